import type { FileDraft } from "@hcchat/client";
import type { Picked } from "../store/choosing.ts";
import { readCommand } from "../store/commands.ts";
import { text } from "../store/filesText.ts";
import type { OpenRoom, Problem } from "../store/openRoom.ts";
import { keptOf } from "./kept.ts";
import { nameOf, prepare, type Prepared } from "./prepare.ts";

/** Files that a message has, at most. */
export const mostFiles = 10;
/** What the small pictures of a message may have together. bytes */
const thumbsBytes = 20_480;

/**
 * Sends what was chosen, with a caption for the first message. What cannot be sent stands in the tray again.
 * @param captioned is called when the caption has gone
 */
export async function sendPicked(opened: OpenRoom, typed: string, captioned: () => void): Promise<Problem | undefined> {
  const { choosing } = opened;
  const command = readCommand(typed);
  // A whisper would be read by everybody.
  if (command.kind !== "say") return { kind: "said", text: text.value.noCommand };
  const caption = command.text;
  const picked = choosing.picked.peek();
  const re = opened.writing.peek()?.message.key;
  choosing.picked.value = [];
  choosing.preparing.value++;
  try {
    const all = await Promise.all(picked.map(async (one) => ({ one, prepared: await prepare(one) })));
    const undecided = all.find(({ prepared }) => prepared.kind === "unclean");
    if (undecided) {
      return putBack(opened, picked, { kind: "said", text: text.value.uncleanFirst(nameOf(undecided.one.file)) });
    }
    const ready = all.flatMap(({ one, prepared }) => (prepared.kind === "ready" ? [{ one, prepared }] : []));
    const unreadable = all.flatMap(({ one, prepared }) => (prepared.kind === "unreadable" ? [one] : []));
    for (let at = 0; at < ready.length; at += mostFiles) {
      const drafts = fitting(ready.slice(at, at + mostFiles).map(({ prepared }) => prepared));
      const result = at === 0 ? send(opened, drafts, caption, re) : send(opened, drafts, "");
      if (!result.ok) {
        const left = [...ready.slice(at).map(({ one }) => one), ...unreadable];
        return putBack(opened, left, { kind: "refused", refusal: result.refusal });
      }
      if (at > 0) continue;
      captioned();
      opened.writing.value = undefined;
    }
    const [first] = unreadable;
    return first && putBack(opened, unreadable, { kind: "said", text: whyUnreadable(first) });
  } finally {
    choosing.preparing.value--;
  }
}

/** What is wrong with what cannot be read. */
export function whyUnreadable({ file, isFolder }: Picked): string {
  return text.value[isFolder ? "folder" : "unreadable"](nameOf(file));
}

/** Sends one message, and keeps its files for being shown. */
export function send(opened: OpenRoom, drafts: FileDraft[], caption: string, re?: string) {
  const result = opened.room.files.send(drafts, caption, re);
  if (!result.ok) return result;
  const { files = [] } = opened.room.log.timeline.find(result.value) ?? {};
  files.forEach((file, i) => keptOf(opened).put(result.value, file, drafts[i]!.blob));
  return result;
}

function putBack(opened: OpenRoom, picked: readonly Picked[], problem: Problem): Problem {
  const { choosing } = opened;
  choosing.picked.value = [...picked, ...choosing.picked.peek()];
  return problem;
}

/** The drafts, with smaller pictures where they would be too much for one message. */
function fitting(ready: readonly (Prepared & { kind: "ready" })[]): FileDraft[] {
  const bytes = ready.reduce((sum, { draft }) => sum + (draft.thumb?.data.length ?? 0), 0);
  if (bytes <= thumbsBytes) return ready.map(({ draft }) => draft);
  return ready.map(({ draft, small }) => {
    const { thumb: tooMuch, ...rest } = draft;
    return tooMuch && small ? { ...rest, thumb: small } : rest;
  });
}
