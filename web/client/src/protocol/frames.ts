/**
 * The frames of the family `hcchat` (spec/protocol.md). What the server sends is checked here once, so that nothing behind
 * this file meets a member of a wrong type; frames and members that are not known are dropped.
 */
import type { HistoryPolicy, Opener, Place, RoomChange, RoomRole } from "../types.ts";

/** A position in a room's list, as `resume` names it. */
export interface Position extends Place {
  channel: string;
  /** The position is one of one's whispers. */
  inbox?: true;
}

/** What a page of a room's list is asked for by: what follows `since`, or the newest below `before`, or the newest. */
export interface PageQuery {
  /** The present one when left out. */
  epoch?: string;
  since?: number;
  before?: number;
  /** Most events on the page, 1–200. */
  limit?: number;
}

/** An object as the server has to know it (spec/crypto.md §7). */
export interface Attachment {
  objectKey: string;
  mime: string;
  /** Of the stored object. */
  bytes: number;
  encryption: object;
}

/** What stands beside a text that comes with files. */
export interface Attaching {
  type?: "attachment";
  attachment?: Attachment;
  attachments?: Attachment[];
  /** By these the objects are the message's, whoever one is when it goes out. */
  claims?: string[];
}

/** A frame with a `mid`: acknowledged or refused by it, and safe to send again. */
export type Sendable =
  | ({ cmd: "chat" | "emote"; channel: string; text: string; mid: string; ttl?: number } & Attaching)
  | { cmd: "whisper"; channel: string; userid: number; nick?: string; trip?: string; text: string; mid: string }
  | { cmd: "note"; channel: string; text: string; mid: string }
  | { cmd: "edit"; channel: string; target: string; text: string; mid: string }
  | { cmd: "delete"; channel: string; target: string; text?: string; mid: string }
  | { cmd: "add_reaction" | "remove_reaction"; channel: string; messageId: string; emoji: string; mid: string };

/** Whom a command is about: somebody who is here, or whom the room knows. */
type Whom = { userid: number } | { identity: string };

/** A question: it goes out with a `mid`, by which a refusal of it is known. */
export type Asked =
  | { cmd: "identify"; key: string; sig: string }
  | ({ cmd: "sethistory"; channel: string } & Partial<HistoryPolicy>)
  | { cmd: "claim" | "unclaim" | "closeroom" | "roles" | "invites" | "bans"; channel: string }
  | { cmd: "capability"; channel: string }
  | { cmd: "chat"; channel: string; text: string; call: true }
  | { cmd: "changenick"; channel: string; nick: string }
  | { cmd: "changecolor"; channel: string; color: string }
  | ({ cmd: "setroom"; channel: string } & RoomChange)
  | ({ cmd: "setrole"; channel: string; role: RoomRole | "none" } & Whom)
  | { cmd: "createinvite"; channel: string; uses: number; seconds: number }
  | { cmd: "revokeinvite" | "pardon"; channel: string; id: string }
  | { cmd: "knock"; channel: string; nick: string; pass?: string; text?: string }
  | { cmd: "admit"; channel: string; userid: number; deny?: true }
  | { cmd: "kick"; channel: string; userid: number }
  | { cmd: "ban" | "mute"; channel: string; userid: number; seconds: number; scope: "room" };

/** Client → server. */
export type ClientFrame =
  | Sendable
  | (Asked & { mid: string })
  | { cmd: "session"; proto: 3; token?: string; resume?: Position[] }
  | { cmd: "identify"; accessToken: string }
  | ({ cmd: "join"; channel: string; nick: string; pass?: string; resume?: Place; work?: number } & Opener)
  | { cmd: "leave" | "typing" | "who"; channel: string }
  | ({ cmd: "sync"; channel: string; inbox?: true } & PageQuery)
  | { cmd: "delivered_receipt" | "read_receipt"; channel: string; messageId: string }
  | { cmd: "getchannels" | "ping" };

const text = "string";
const number = "number";
const textOrAbsent = "string?";
const numberOrAbsent = "number?";
const flagOrAbsent = "boolean?";

const user = {
  nick: text,
  userid: number,
  trip: textOrAbsent,
  hash: textOrAbsent,
  uType: textOrAbsent,
  level: numberOrAbsent,
  isBot: flagOrAbsent,
  isme: flagOrAbsent,
  color: textOrAbsent,
  flair: textOrAbsent,
} as const;

/** Where a sequenced frame stands in the room's list. */
const placed = { epoch: textOrAbsent, seq: numberOrAbsent, time: numberOrAbsent } as const;

/** Who did it. */
const author = { channel: text, nick: text, userid: numberOrAbsent, trip: textOrAbsent, ...placed } as const;

const reaction = {
  channel: text,
  messageId: text,
  emoji: text,
  nick: textOrAbsent,
  userId: textOrAbsent,
  userid: numberOrAbsent,
  mid: textOrAbsent,
  ...placed,
} as const;

const receipt = {
  channel: text,
  messageId: text,
  nick: textOrAbsent,
  userId: textOrAbsent,
  userid: numberOrAbsent,
  ...placed,
} as const;

const ban = { id: text, nick: text, muted: flagOrAbsent, expires: number, identities: "array?" } as const;

const shapes = {
  session: {
    token: textOrAbsent,
    restored: flagOrAbsent,
    channels: "array?",
    nonce: textOrAbsent,
    calls: flagOrAbsent,
  },
  identity: { identity: text },
  capability: { channel: text, jwt: text, expiresSeconds: number },
  onlineSet: {
    channel: text,
    users: "array",
    e2ee: "object?",
    epoch: textOrAbsent,
    head: numberOrAbsent,
    oldest: numberOrAbsent,
    history: "object?",
    room: "object?",
    call: "object?",
    time: numberOrAbsent,
  },
  call: { channel: text, call: "object?" },
  onlineAdd: { channel: text, ...user },
  onlineRemove: { channel: text, userid: number, nick: textOrAbsent },
  updateUser: { channel: text, ...user },
  chat: {
    ...author,
    text: text,
    uType: textOrAbsent,
    color: textOrAbsent,
    flair: textOrAbsent,
    mid: textOrAbsent,
    customId: textOrAbsent,
    ttl: numberOrAbsent,
    attachment: "object?",
    attachments: "array?",
  },
  emote: { ...author, text: text, mid: textOrAbsent, ttl: numberOrAbsent },
  edit: { ...author, target: text, text: text, mid: textOrAbsent },
  delete: { ...author, target: text, text: textOrAbsent, mid: textOrAbsent, moderator: flagOrAbsent },
  note: { ...author, text: text, mid: textOrAbsent },
  reaction_added: reaction,
  reaction_removed: reaction,
  delivered_receipt: receipt,
  read_receipt: receipt,
  roomInfo: { channel: text, nick: textOrAbsent, room: "object" },
  roles: { channel: text, roles: "array" },
  invitation: { channel: text, id: text, invite: text, uses: number, expires: number },
  invites: { channel: text, invites: "array" },
  inviteRevoked: { channel: text, id: text },
  knock: { channel: text, userid: number, nick: text, trip: textOrAbsent, identity: textOrAbsent, text: textOrAbsent },
  knocked: { channel: text },
  admitted: { channel: text },
  knockAnswered: { channel: text, userid: number, nick: text, denied: flagOrAbsent },
  banned: { channel: text, by: textOrAbsent, ...ban },
  bans: { channel: text, bans: "array" },
  pardoned: { channel: text, id: text },
  roomState: { channel: text, nick: textOrAbsent, userid: numberOrAbsent, history: "object?", ...placed },
  updateMessage: { channel: text, userid: number, customId: text, mode: text, text: text, ...placed },
  whisper: {
    channel: text,
    from: number,
    to: number,
    nick: textOrAbsent,
    trip: textOrAbsent,
    text: text,
    mid: textOrAbsent,
    inbox: "object?",
    time: numberOrAbsent,
  },
  invite: { channel: text, from: number, to: numberOrAbsent, inviteChannel: text },
  typing: { channel: text, userid: number },
  ack: { channel: textOrAbsent, mid: text, epoch: textOrAbsent, seq: numberOrAbsent, time: numberOrAbsent },
  nack: { channel: textOrAbsent, mid: text, code: text, text: textOrAbsent, retryAfterMs: numberOrAbsent },
  replay: {
    channel: text,
    epoch: text,
    recovered: flagOrAbsent,
    oldest: numberOrAbsent,
    head: number,
    from: numberOrAbsent,
    to: numberOrAbsent,
    events: "array?",
    more: flagOrAbsent,
    previous: textOrAbsent,
    inbox: flagOrAbsent,
  },
  info: {
    channel: textOrAbsent,
    text: text,
    id: numberOrAbsent,
    time: numberOrAbsent,
    nick: textOrAbsent,
    by: textOrAbsent,
  },
  warn: {
    channel: textOrAbsent,
    room: textOrAbsent,
    text: text,
    code: textOrAbsent,
    id: numberOrAbsent,
    retryAfterMs: numberOrAbsent,
    challenge: textOrAbsent,
    bits: numberOrAbsent,
  },
  publicchannels: { list: "array" },
  reconnect: { afterMs: number, reason: textOrAbsent },
  pong: {},
} as const;

interface Types {
  string: string;
  number: number;
  boolean: boolean;
  array: readonly unknown[];
  object: Readonly<Record<string, unknown>>;
}

type Shape = Readonly<Record<string, keyof Types | `${keyof Types}?`>>;
type Read<S extends Shape> = {
  [M in keyof S as S[M] extends `${string}?` ? never : M]: S[M] extends keyof Types ? Types[S[M]] : never;
} & {
  [M in keyof S as S[M] extends `${string}?` ? M : never]?: S[M] extends `${infer T extends keyof Types}?`
    ? Types[T]
    : never;
};

/** The name of a server frame that this client knows. */
export type ServerCommand = keyof typeof shapes;
/** One kind of server frame. */
export type Frame<C extends ServerCommand> = { cmd: C } & Read<(typeof shapes)[C]>;
/** Server → client. */
export type ServerFrame = { [C in ServerCommand]: Frame<C> }[ServerCommand];
/** A user as frames describe it. */
export type UserFrame = Read<typeof user>;

/** A checked server frame, or `undefined` for one that is unknown or malformed. */
export function readFrame(data: unknown): ServerFrame | undefined {
  return readEvent(parse(data));
}

/** The same for a frame that is an element of `replay.events`. */
export function readEvent(json: unknown): ServerFrame | undefined {
  if (!isObject(json)) return undefined;
  const { cmd } = json;
  if (typeof cmd !== "string" || !Object.hasOwn(shapes, cmd)) return undefined;
  const read = pick(json, shapes[cmd as ServerCommand]);
  return read && ({ cmd, ...read } as ServerFrame);
}

/** Where the frame stands in the room's list, when it has a place there. */
export function placeOf(frame: ServerFrame): Place | undefined {
  const { epoch, seq } = frame as { epoch?: unknown; seq?: unknown };
  if (typeof epoch !== "string" || !Number.isSafeInteger(seq) || (seq as number) < 1) return undefined;
  return { epoch, seq: seq as number };
}

/** A checked element of `onlineSet.users`. */
export function readUser(value: unknown): UserFrame | undefined {
  return isObject(value) ? (pick(value, user) as UserFrame | undefined) : undefined;
}

/** The known members of `json`; `undefined` when a required one is missing or of another type. */
function pick(json: Readonly<Record<string, unknown>>, shape: Shape): Record<string, unknown> | undefined {
  const read: Record<string, unknown> = {};
  for (const [member, type] of Object.entries(shape)) {
    const value = json[member];
    if (typeName(value) === type.replace("?", "")) read[member] = value;
    else if (!type.endsWith("?")) return undefined;
  }
  return read;
}

function typeName(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (value === null) return "null";
  return typeof value === "number" && !Number.isFinite(value) ? "infinite" : typeof value;
}

function parse(data: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof data !== "string") return undefined;
  try {
    const value: unknown = JSON.parse(data);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeName(value) === "object";
}
