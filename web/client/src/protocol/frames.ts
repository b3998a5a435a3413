/**
 * The frames of the family `hcchat` (spec/protocol.md). What the server sends is checked here once, so that nothing behind
 * this file meets a member of a wrong type; frames and members that are not known are dropped.
 */

/** Client → server. */
export type ClientFrame =
  | { cmd: "session"; proto: 3; token?: string }
  | { cmd: "join"; channel: string; nick: string; pass?: string }
  | { cmd: "leave" | "typing" | "who"; channel: string }
  | { cmd: "chat" | "emote"; channel: string; text: string; mid: string }
  | { cmd: "whisper"; channel: string; userid: number; text: string; mid: string }
  | { cmd: "changenick"; channel: string; nick: string }
  | { cmd: "changecolor"; channel: string; color: string }
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

const shapes = {
  session: { token: textOrAbsent, restored: flagOrAbsent, channels: "array?" },
  onlineSet: { channel: text, users: "array", e2ee: "object?" },
  onlineAdd: { channel: text, ...user },
  onlineRemove: { channel: text, userid: number, nick: textOrAbsent },
  updateUser: { channel: text, ...user },
  chat: {
    channel: text,
    nick: text,
    text: text,
    userid: numberOrAbsent,
    trip: textOrAbsent,
    uType: textOrAbsent,
    color: textOrAbsent,
    flair: textOrAbsent,
    mid: textOrAbsent,
    customId: textOrAbsent,
    time: numberOrAbsent,
  },
  emote: {
    channel: text,
    nick: text,
    text: text,
    userid: numberOrAbsent,
    trip: textOrAbsent,
    mid: textOrAbsent,
    time: numberOrAbsent,
  },
  updateMessage: { channel: text, userid: number, customId: text, mode: text, text: text },
  whisper: { channel: text, from: number, to: number, text: text, mid: textOrAbsent, time: numberOrAbsent },
  invite: { channel: text, from: number, to: numberOrAbsent, inviteChannel: text },
  typing: { channel: text, userid: number },
  ack: { channel: textOrAbsent, mid: text, time: numberOrAbsent },
  nack: { channel: textOrAbsent, mid: text, code: text, text: textOrAbsent, retryAfterMs: numberOrAbsent },
  info: { channel: textOrAbsent, text: text, id: numberOrAbsent, time: numberOrAbsent },
  warn: {
    channel: textOrAbsent,
    room: textOrAbsent,
    text: text,
    code: textOrAbsent,
    id: numberOrAbsent,
    retryAfterMs: numberOrAbsent,
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
  const json = parse(data);
  const cmd = json?.["cmd"];
  if (!json || typeof cmd !== "string" || !Object.hasOwn(shapes, cmd)) return undefined;
  const read = pick(json, shapes[cmd as ServerCommand]);
  return read && ({ cmd, ...read } as ServerFrame);
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
