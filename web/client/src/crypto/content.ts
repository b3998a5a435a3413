import { type Bytes, random, toBase64Url, utf8 } from "./bytes.ts";
import { CryptoError } from "./errors.ts";

/** The members that every content has (e2ee §4). */
export interface Content {
  /** What it is; a type that this client does not know means "update your app". */
  t: string;
  /** 16 random bytes as base64url: also the `mid` on the wire. */
  id: string;
  /** The sender's clock, ms since 1970. */
  ts: number;
  nick: string;
  /** Random per running client, base64url of 8 bytes. */
  sid: string;
  /** Counts the messages of `sid` from 0. */
  n: number;
  /** The room, when the sender says it. */
  room?: string;
}

/** A text. */
export interface TextContent extends Content {
  t: "text";
  body: string;
  /** An action ("/me"). */
  emote?: boolean;
  /** Of a whisper: the nick it is for. A text that has it is not valid in a message to everybody. */
  to?: string;
  /** The room's title, with one's first message after joining. */
  title?: string;
}

/** Longest nick, type and room title, in UTF-16 units. */
export const maxName = 120;

/** A new content id. */
export function newId(): string {
  return toBase64Url(random(16));
}

/** A new `sid`. */
export function newSid(): string {
  return toBase64Url(random(8));
}

/** The bytes to seal. */
export function encodeContent(content: Content): Bytes {
  return utf8(JSON.stringify(content));
}

/**
 * Checks the opened JSON and keeps what is known of it.
 * @throws CryptoError E_FORMAT when a required member is missing or has another shape.
 */
export function readContent(json: Record<string, unknown>): Content | TextContent {
  const { t, id, ts, nick, sid, n, room } = json;
  const sound =
    isName(t) &&
    typeof id === "string" &&
    /^[A-Za-z0-9_-]{21}[AQgw]$/.test(id) &&
    isCount(ts) &&
    isName(nick) &&
    typeof sid === "string" &&
    /^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/.test(sid) &&
    isCount(n) &&
    (room === undefined || typeof room === "string");
  if (!sound) throw new CryptoError("E_FORMAT");
  const content: Content = { t, id, ts, nick, sid, n };
  if (room !== undefined) content.room = room;
  return t === "text" ? readText(content, json) : content;
}

/** Whether it is a text of this client's understanding. */
export function isText(content: Content): content is TextContent {
  return content.t === "text";
}

function readText(content: Content, json: Record<string, unknown>): TextContent {
  const { body, emote, title, to } = json;
  const sound =
    typeof body === "string" &&
    (emote === undefined || typeof emote === "boolean") &&
    (title === undefined || isName(title)) &&
    (to === undefined || isName(to));
  if (!sound) throw new CryptoError("E_FORMAT");
  const text: TextContent = { ...content, t: "text", body };
  if (emote === true) text.emote = true;
  if (to !== undefined) text.to = to;
  if (title !== undefined) text.title = title;
  return text;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= maxName;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
