import type { RoomCipher } from "./crypto/cipher.ts";
import { type Content, isText, newId } from "./crypto/content.ts";
import { prefix, readEnvelope } from "./crypto/envelope.ts";
import { CryptoError, type CryptoErrorCode } from "./crypto/errors.ts";
import { ReplayGuard } from "./crypto/replay.ts";
import { Observable } from "./observable.ts";
import type { Frame } from "./protocol/frames.ts";
import type { Roster } from "./roster.ts";
import { cleanTitle } from "./title.ts";
import type { KeyCheck, Message, UnreadableCode } from "./types.ts";

/** A frame that carries a text. */
export type TextFrame = Frame<"chat"> | Frame<"emote"> | Frame<"whisper">;

/** Beyond this difference both clocks are shown, ms (e2ee §4). */
const clockTolerance = 600_000;
/** How long a missing message may still come, ms (e2ee §4). */
const gapPatience = 30_000;
/** Plain messages remembered for dropping repeats, and for edits by their authors. */
const maxMids = 10_000;
const maxEditable = 100;
/** Longest text that edits may build up, UTF-16 units. */
const maxEdited = 65_536;

/** Turns what arrives in one room into messages: opens, checks, marks, drops repeats, notices gaps (e2ee §4, §6). */
export class Inbox {
  readonly keyCheck = new Observable<KeyCheck>("unknown");
  /** Repeated messages that were dropped (E_REPLAY). */
  readonly replays = new Observable(0);
  readonly #roster: Roster;
  readonly #guard = new ReplayGuard();
  readonly #mids = new Set<string>();
  readonly #editable = new Map<string, Message>();
  readonly #gaps = new Set<ReturnType<typeof setTimeout>>();
  readonly #missing: (gap: { nick: string; count: number }) => void;
  readonly #titled: (title: string) => void;

  /**
   * @param missing told of messages that did not come.
   * @param titled told of a title that somebody sent.
   */
  constructor(
    roster: Roster,
    missing: (gap: { nick: string; count: number }) => void,
    titled: (title: string) => void,
  ) {
    this.#roster = roster;
    this.#missing = missing;
    this.#titled = titled;
  }

  /**
   * Reads a frame of somebody else.
   * @param cipher the room's, or `undefined` in a plain room.
   * @returns the message, or `undefined` for a repeat.
   */
  async read(frame: TextFrame, cipher: RoomCipher | undefined): Promise<Message | undefined> {
    const envelope = sealedText(frame);
    if (!cipher) return this.#plain(frame, envelope ? "E_KEY_UNKNOWN" : undefined);
    if (!envelope)
      return { ...this.#outline(frame), text: bareText(frame), security: "not_encrypted", error: "E_PLAIN" };
    try {
      const opened = await cipher.open(envelope);
      this.#keyFits(true);
      return "legacy" in opened ? this.#legacy(frame, opened.legacy) : this.#sealed(frame, opened.content, cipher);
    } catch (error) {
      const code = error instanceof CryptoError ? error.code : "E_FORMAT";
      // v1 names no key, so that a wrong one shows only as a failed tag.
      if (code === "E_KEY_UNKNOWN" || (code === "E_AUTH" && !cipher.kid)) this.#keyFits(false);
      if (code === "E_VERSION" && isKnown(readEnvelope(envelope).v)) return this.#unreadable(frame, "E_MODE");
      if (code !== "E_REPLAY") return this.#unreadable(frame, code);
      this.replays.set(this.replays.value + 1);
      return undefined;
    }
  }

  /** An author changes a plain message (hack.chat's `updateMessage`). @returns the message as it is now. */
  edit({ userid, customId, mode, text }: Frame<"updateMessage">): Message | undefined {
    const place = `${userid} ${customId}`;
    const message = this.#editable.get(place);
    if (!message) return undefined;
    const now = { append: message.text + text, prepend: text + message.text, overwrite: text }[mode];
    const edited = now === undefined || now.length > maxEdited ? message : { ...message, text: now };
    if (mode === "complete") this.#editable.delete(place);
    else this.#editable.set(place, edited);
    return edited === message ? undefined : edited;
  }

  /** Ends the timers. */
  close(): void {
    for (const timer of this.#gaps) clearTimeout(timer);
    this.#gaps.clear();
  }

  #sealed(frame: TextFrame, content: Content, cipher: RoomCipher): Message | undefined {
    const exposed = isText(content) && content.to !== undefined && frame.cmd !== "whisper";
    const elsewhere = content.room !== undefined && content.room !== frame.channel;
    const renamed = frame.mid !== undefined && frame.mid !== content.id;
    if (exposed || elsewhere || renamed) throw new CryptoError("E_AUTH");
    const stream = `${cipher.kid} ${content.sid}`;
    const { arrival, gap } = this.#guard.accept(stream, content.n, content.id);
    if (arrival === "duplicate") return undefined;
    if (arrival === "replay") throw new CryptoError("E_REPLAY");
    if (gap) this.#expect(stream, gap, content.nick);

    const outline = this.#outline(frame);
    const message: Message = { ...outline, key: content.id, nick: content.nick, security: "encrypted" };
    if (content.nick !== outline.nick) message.claimedNick = outline.nick;
    if (Math.abs(message.time - content.ts) > clockTolerance) message.claimedTime = content.ts;
    // A content of a later version is never shown as raw text.
    if (!isText(content)) return { ...message, security: "unreadable", error: "E_VERSION" };
    const title = cleanTitle(content.title);
    if (title) this.#titled(title);
    message.text = content.body;
    if (content.emote && message.kind === "text") message.kind = "emote";
    return message;
  }

  #legacy(frame: TextFrame, text: string): Message | undefined {
    if (this.#repeated(frame.mid)) return undefined;
    const message: Message = { ...this.#outline(frame), text, security: "encrypted" };
    if (message.kind === "text" && text.startsWith("/me ")) return { ...message, kind: "emote", text: text.slice(4) };
    return message;
  }

  #plain(frame: TextFrame, error: CryptoErrorCode | undefined): Message | undefined {
    if (this.#repeated(frame.mid)) return undefined;
    if (error) return this.#unreadable(frame, error);
    const message: Message = { ...this.#outline(frame), text: bareText(frame) };
    if (frame.cmd === "chat" && frame.customId && frame.userid !== undefined) {
      this.#editable.set(`${frame.userid} ${frame.customId}`, message);
      forgetOldest(this.#editable, maxEditable);
    }
    return message;
  }

  #unreadable(frame: TextFrame, error: UnreadableCode): Message {
    return { ...this.#outline(frame), security: "unreadable", error };
  }

  /** What the frame says beside the text; all of it the server's claim. */
  #outline(frame: TextFrame): Message {
    const whisper = frame.cmd === "whisper";
    const userid = whisper ? frame.from : frame.userid;
    const member = this.#roster.find(userid);
    const message: Message = {
      key: newId(), // not the frame's id: a server could give two messages the same
      kind: frame.cmd === "chat" ? "text" : frame.cmd,
      nick: whisper ? (member?.nick ?? "?") : frame.nick,
      text: "",
      security: "plain",
      time: frame.time ?? Date.now(),
      own: false,
    };
    if (userid !== undefined) message.userid = userid;
    if (whisper) message.to = { userid: frame.to, nick: this.#roster.find(frame.to)?.nick ?? "?" };
    const looks = { ...member, ...(whisper ? {} : frame) };
    for (const look of ["trip", "uType", "color", "flair"] as const) if (looks[look]) message[look] = looks[look];
    return message;
  }

  #keyFits(fits: boolean): void {
    if (fits) this.keyCheck.set("match");
    else if (this.keyCheck.value === "unknown") this.keyCheck.set("mismatch");
  }

  #expect(stream: string, [first, last]: [number, number], nick: string): void {
    const timer = setTimeout(() => {
      this.#gaps.delete(timer);
      const count = this.#guard.missing(stream, first, last);
      if (count > 0) this.#missing({ nick, count });
    }, gapPatience);
    this.#gaps.add(timer);
  }

  #repeated(mid: string | undefined): boolean {
    if (mid === undefined) return false;
    if (this.#mids.has(mid)) return true;
    this.#mids.add(mid);
    forgetOldest(this.#mids, maxMids);
    return false;
  }
}

/** Whether that envelope version can be read here, if only in a room of the other mode. */
function isKnown(version: number): boolean {
  return version === 1 || version === 2;
}

/** The envelope in a frame, if there is one; the server puts `@nick ` before an emote. */
function sealedText(frame: TextFrame): string | undefined {
  const text = bareText(frame);
  return text.startsWith(prefix) ? text : undefined;
}

function bareText(frame: TextFrame): string {
  const lead = frame.cmd === "emote" ? `@${frame.nick} ` : "";
  return frame.text.startsWith(lead) ? frame.text.slice(lead.length) : frame.text;
}

function forgetOldest(entries: Set<string> | Map<string, unknown>, max: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(oldest);
  }
}
