import { isDoubtful, type Authors } from "../authors.ts";
import { isAsMeant, isKnown, readContent } from "../crypto/content.ts";
import { open } from "../crypto/envelope.ts";
import type { RoomKeys } from "../crypto/keys.ts";
import { readEvent } from "../protocol/frames.ts";

/** How old the beginning of a call may be by its sender's clock, ms. What is older may be an old call that is put before us again, with its keys. */
const oldest = 24 * 3_600_000;
/** How far clocks may be apart, ms. */
const tolerance = 600_000;

/** Somebody in a call, as the server says. */
export interface CallPerson {
  nick: string;
  identity: string;
}

/** A call whose beginning was opened and found to be what it should. */
export interface OngoingCall {
  /** Of which all its keys are made. */
  id: string;
  /** The `mid` of the message that began it. */
  key: string;
  /** Who began it. */
  nick: string;
  /** Whether that is signed otherwise than what is known of that name. */
  doubtful: boolean;
  video: boolean;
  /** When it began by its sender's clock, ms since 1970. */
  since: number;
  people: readonly CallPerson[];
}

/**
 * Reads what the server tells of a call. Nothing but the envelope in it is believed: it must be this room's, open with its key, and be young.
 * @returns `undefined` when that is not so
 */
export async function readCall(
  told: Readonly<Record<string, unknown>>,
  { keys, authors, channel }: { keys: RoomKeys; authors: Authors; channel: string },
): Promise<OngoingCall | undefined> {
  const frame = readEvent(told["start"]);
  if (frame?.cmd !== "chat" || frame.channel !== channel) return undefined;
  try {
    const { content: json, signer } = await open([keys], frame.text, channel);
    const content = readContent(json);
    const { id, ts, nick, room = channel } = content;
    const age = Date.now() - ts;
    if (!isKnown(content) || content.t !== "rtc.start" || content.mode !== "room") return undefined;
    if (id !== frame.mid || room !== channel || !isAsMeant(content, false, signer !== undefined)) return undefined;
    if (age > oldest || age < -tolerance) return undefined;
    const doubtful = isDoubtful(authors.judge(nick, signer).standing);
    const people = readPeople(told["people"]);
    return { id: content.callId, key: id, nick, doubtful, video: content.video === true, since: ts, people };
  } catch {
    return undefined; // of another key, or tampered with
  }
}

function readPeople(people: unknown): CallPerson[] {
  return Array.isArray(people) ? people.filter(isPerson).map(({ nick, identity }) => ({ nick, identity })) : [];
}

function isPerson(value: unknown): value is CallPerson {
  const { nick, identity } = (value ?? {}) as Record<string, unknown>;
  return typeof nick === "string" && typeof identity === "string";
}
