import type { SharedFile } from "../files/types.ts";
import { type Bytes, random, toBase64Url, utf8 } from "./bytes.ts";
import { readFiles } from "./content-files.ts";
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
  /** The id of the message that this one answers. */
  re?: string;
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
  /** Seconds after which it disappears. */
  ttl?: number;
}

/** Files, perhaps with a caption. */
export interface FileContent extends Content {
  t: "file";
  files: readonly SharedFile[];
  /** The caption, often empty. */
  body: string;
  /** Seconds after which it disappears. */
  ttl?: number;
}

/** Another body for a message. */
export interface EditContent extends Content {
  t: "edit";
  target: string;
  body: string;
}

/** A message is taken back. */
export interface DeleteContent extends Content {
  t: "delete";
  target: string;
}

/** A sign under a message, or with `off` its withdrawal. One per nick and key. */
export interface ReactContent extends Content {
  t: "react";
  target: string;
  key: string;
  off?: boolean;
}

/** How far somebody has received (`got`) and read (`upto`): ids of the newest messages. */
export interface ReceiptContent extends Content {
  t: "receipt";
  upto?: string;
  got?: string;
}

/** From here on messages disappear after `ttl` seconds; 0 for none. */
export interface TimerContent extends Content {
  t: "timer";
  ttl: number;
}

/** A call has begun (e2ee §8). */
export interface CallContent extends Content {
  t: "rtc.start";
  /** 16 random bytes as base64url, new for each call: all its keys are made of it. */
  callId: string;
  /** How keys are shared: `room` for those that everybody makes of the room's. */
  mode: string;
  /** Whether it began with cameras on. */
  video?: boolean;
}

/** From here on a call's keys are those of another epoch. */
export interface RekeyContent extends Content {
  t: "rtc.rekey";
  callId: string;
  epoch: number;
}

/** The kinds that this client understands. */
export type KnownContent =
  | TextContent
  | FileContent
  | EditContent
  | DeleteContent
  | ReactContent
  | ReceiptContent
  | TimerContent
  | CallContent
  | RekeyContent;

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
export function readContent(json: Record<string, unknown>): Content | KnownContent {
  const { t, id, ts, nick, sid, n, room, re } = json;
  const sound =
    isName(t) &&
    isId(id) &&
    isCount(ts) &&
    isName(nick) &&
    typeof sid === "string" &&
    /^[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]$/.test(sid) &&
    isCount(n) &&
    (room === undefined || isText(room)) &&
    (re === undefined || isId(re));
  if (!sound) throw new CryptoError("E_FORMAT");
  const content: Content = { t, id, ts, nick, sid, n };
  if (room !== undefined) content.room = room;
  if (re !== undefined) content.re = re;
  const read = Object.hasOwn(readers, t) ? readers[t as KnownContent["t"]](json) : {};
  if (!read) throw new CryptoError("E_FORMAT");
  return { ...content, ...read };
}

/** Whether it is a kind of this client's understanding. */
export function isKnown(content: Content): content is KnownContent {
  return Object.hasOwn(readers, content.t);
}

/**
 * Whether a content may be shown as it came: no whisper to everybody (e2ee §4), and what somebody signed for everybody not as a whisper
 * (e2ee §3). Otherwise it is E_AUTH.
 */
export function isAsMeant(content: Content, whisper: boolean, signed: boolean): boolean {
  const addressed = isKnown(content) && content.t === "text" && content.to !== undefined;
  return whisper ? addressed || !signed : !addressed;
}

/** The members of each kind; `undefined` when one of them has another shape. */
const readers: { [K in KnownContent["t"]]: (json: Record<string, unknown>) => object | undefined } = {
  text({ body, emote, title, to, ttl }) {
    const sound = isText(body) && isFlag(emote) && isNameOrAbsent(title) && isNameOrAbsent(to) && isCountOrAbsent(ttl);
    return sound ? given({ body, emote: emote || undefined, to, title, ttl: ttl || undefined }) : undefined;
  },
  file({ files, body, ttl }) {
    const read = readFiles(files);
    const sound = read && isText(body) && isCountOrAbsent(ttl);
    return sound ? given({ files: read, body, ttl: ttl || undefined }) : undefined;
  },
  edit: ({ target, body }) => (isId(target) && isText(body) ? { target, body } : undefined),
  delete: ({ target }) => (isId(target) ? { target } : undefined),
  react: ({ target, key, off }) =>
    isId(target) && isName(key) && isFlag(off) ? given({ target, key, off: off || undefined }) : undefined,
  receipt: ({ upto, got }) =>
    (upto === undefined || isId(upto)) && (got === undefined || isId(got)) && (upto ?? got) !== undefined
      ? given({ upto, got })
      : undefined,
  timer: ({ ttl }) => (isCount(ttl) ? { ttl } : undefined),
  "rtc.start": ({ callId, mode, video }) =>
    isId(callId) && isName(mode) && isFlag(video) ? given({ callId, mode, video: video || undefined }) : undefined,
  "rtc.rekey": ({ callId, epoch }) =>
    isId(callId) && isCount(epoch) && epoch < 2 ** 32 ? { callId, epoch } : undefined,
};

/** The members that are there. */
function given(members: Record<string, unknown>): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function isId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9_-]{21}[AQgw]$/.test(value);
}

function isFlag(value: unknown): value is boolean | undefined {
  return value === undefined || typeof value === "boolean";
}

function isNameOrAbsent(value: unknown): value is string | undefined {
  return value === undefined || isName(value);
}

function isCountOrAbsent(value: unknown): value is number | undefined {
  return value === undefined || isCount(value);
}

function isName(value: unknown): value is string {
  return isText(value) && value !== "" && value.length <= maxName;
}

/** A string that is Unicode: one with a lone surrogate has no UTF-8 (e2ee §1). */
function isText(value: unknown): value is string {
  return typeof value === "string" && value.isWellFormed();
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
