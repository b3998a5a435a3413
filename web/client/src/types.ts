import type { CryptoErrorCode } from "./crypto/errors.ts";
import type { IdentityKey } from "./crypto/identity.ts";
import type { SharedFile } from "./files/types.ts";

/** What opens the door of a room that belongs to somebody. It goes to the server, and decrypts nothing. */
export interface Opener {
  /** An invitation, from a link. */
  invite?: string;
  /** The password that the room's owner has put on its door. No link carries it. */
  password?: string;
}

/** Where a room is and how it is opened. It is what an invite link carries. */
export interface RoomAddress extends Opener {
  /** The room's name on the wire, 1–120 UTF-16 units. */
  channel: string;
  /** Whether everything said here is encrypted. It is only ever raised, never lowered by the server (e2ee §6). */
  encrypted: boolean;
  /** The room key, 32 random bytes. A room has a key or a passphrase, or neither when its key was remembered. */
  key?: Uint8Array;
  /** The passphrase as typed; it is normalised before use (e2ee §2). */
  passphrase?: string;
  /** The room salt from the link, 0–32 bytes. The server's must be equal. */
  salt?: Uint8Array;
  /** The title for people. The server never sees it. */
  title?: string;
  /** HChat compatibility: envelope v1, by passphrase only. Never set without the user's wish. */
  compat?: boolean;
  /** Keep the derived root on this device as a non-extractable key, so that the secret is not asked for again. */
  remember?: boolean;
}

/** The state of the one socket. */
export type ConnectionState =
  | { kind: "idle" }
  /** `restart` when the server announced that it goes down, until a connection has opened again. */
  | { kind: "connecting"; restart: boolean }
  | { kind: "open" }
  /** Lost; the next try is at `retryAt` (ms since 1970). `restart` as above. */
  | { kind: "waiting"; retryAt: number; attempt: number; restart: boolean }
  /** Over for good: the caller closed it, or another session took over, or we were kicked, or are forbidden. */
  | { kind: "closed"; reason: ClosedReason };

export type ClosedReason = "closed" | "taken_over" | "kicked" | "forbidden";

/** A refusal, by the server or by this client, with a stable word to translate. */
export interface Refusal {
  /** Stable word, see spec/codes.md and {@link LocalRefusal}. */
  code: string;
  /** A human sentence in English, for logs and as a last resort. */
  text: string;
  /** The earliest sensible time for another try, in ms from now. */
  retryAfterMs?: number;
}

/** Refusal words made by this client. */
export type LocalRefusal =
  | "offline"
  | "timeout"
  | "left"
  | "removed"
  | "room_closed"
  | "bad_channel"
  | "empty"
  | "too_long"
  | "no_such_member"
  | "no_key"
  | "no_argon2"
  | "salt_changed"
  | "was_encrypted"
  | "insecure_context"
  | "not_yours"
  | "not_found"
  | "other_key"
  | "not_encrypted"
  | "too_many_files"
  | "other_file"
  | "file_changed"
  | "storage_full"
  | "store_refused"
  | "too_large"
  | "not_playable"
  | "no_service_worker"
  | "E_RESOURCE";

/** The outcome of a request: expected refusals are values, not exceptions. */
export type Result<T = unknown> = { ok: true; value: T } | { ok: false; refusal: Refusal };

/** The state of one's membership in a room. */
export type RoomState =
  /** The join is on its way, or waits for the connection. */
  | { kind: "joining" }
  /** Inside, but the passphrase is still being stretched (up to seconds on a phone). */
  | { kind: "deriving" }
  | { kind: "joined" }
  /** The server said no, or the key cannot be used (`salt_changed`, `no_key`, `E_RESOURCE`). Join again to retry. */
  | { kind: "refused"; refusal: Refusal }
  | { kind: "left" };

/** Somebody in the room. All of it is the server's claim. */
export interface Member {
  /** The server's number for this connection in this room; unique while connected. */
  userid: number;
  nick: string;
  trip?: string;
  /** Hash of the address, different in every room; may be empty. */
  hash?: string;
  /** `user`, `mod`, `admin`, … */
  uType: string;
  level: number;
  isBot: boolean;
  /** Hex without `#`. */
  color?: string;
  flair?: string;
  isme: boolean;
}

/** Where something stands in a room's list: `seq` counts from 1 without gaps within an `epoch` (spec/protocol.md). */
export interface Place {
  epoch: string;
  seq: number;
}

/** What the server keeps of a room. */
export interface HistoryPolicy {
  /** Nothing, encrypted messages only, or everything. */
  mode: "off" | "encrypted" | "on";
  /** How long it is kept, in days. */
  days: number;
  /** How many events are kept at most. */
  count: number;
  /** Seconds after which messages disappear; 0 for none. */
  ttl: number;
}

/** What somebody may do by right of a room that belongs to somebody. */
export type RoomRole = "owner" | "moderator" | "member";

/** What a room is, as the server says. */
export interface RoomInfo {
  /** Whether it belongs to somebody. */
  owned: boolean;
  /** Who may come in. */
  access: "open" | "invite" | "locked";
  /** Whether those outside may ask to be let in. */
  knock: boolean;
  /** Least time between two messages of one person, seconds. */
  slow: number;
  /** Whether it has a password. */
  password: boolean;
  /** Whether it stands on the public list. */
  listed: boolean;
  /** Whether newcomers always pay by work, or while so many come that it must be a raid. */
  raid: "on" | "auto";
  /** Whether so many are coming in that newcomers pay by work. */
  raided: boolean;
  /** Its message of the day, which the server can read. */
  motd?: string;
}

/** What is to become of a room; what is left out stays as it is. An empty password or message is none. */
export type RoomChange = Partial<Omit<RoomInfo, "owned" | "password" | "raided"> & { password: string }>;

/** Somebody stands outside and asks to be let in. */
export interface Knock {
  /** What letting in takes. */
  userid: number;
  /** The name that they want. */
  nick: string;
  trip?: string;
  /** The key that they have proven: `key:` and its fingerprint. */
  identity?: string;
  /** What they say; nothing proves it. */
  text?: string;
}

/** A sign under a message and who gave it. */
export interface Reaction {
  key: string;
  nicks: readonly string[];
  /** Whether one is among them. */
  mine: boolean;
}

export type MessageKind = "text" | "emote" | "whisper";

/** How a message reached us. */
export type MessageSecurity =
  /** Opened with the room's key. */
  | "encrypted"
  /** Plain text in a plain room. */
  | "plain"
  /** Plain text in an encrypted room: may be forged by the server. Show it marked (E_PLAIN). */
  | "not_encrypted"
  /** An envelope that did not open, or a content of a later version; `error` says why and `text` is empty. */
  | "unreadable";

/**
 * Why a message is not shown as it was meant. `E_MODE`: its envelope is of the other known version (v1 in a room of v2, v2 in
 * one of HChat compatibility), so the sender opened the room in the other mode; no update would help.
 */
export type UnreadableCode = CryptoErrorCode | "E_MODE";

/** The way of one's own message. */
export type SendState = "sending" | "sent" | "failed";

/** One message. Objects are never changed: an `update` event brings a new one with the same `key`. */
export interface Message {
  /** Unique in the room and stable. For an own or an encrypted message it is the content's id and the `mid` on the wire. */
  key: string;
  kind: MessageKind;
  /** The sender's nick: the one inside the envelope when there is one. */
  nick: string;
  /** The server's claim, when it differs from the nick inside: show both, with a warning. */
  claimedNick?: string;
  /** The sender's number, when the server gave one. */
  userid?: number;
  trip?: string;
  uType?: string;
  color?: string;
  flair?: string;
  /** For a whisper: whom it is for. */
  to?: { userid: number; nick: string; trip?: string };
  /** Of a message with files: their caption, often empty. */
  text: string;
  /** A call that it began; its text is empty then. */
  call?: { id: string; video: boolean };
  /** Files that came with it; also while it is being sent. */
  files?: readonly SharedFile[];
  security: MessageSecurity;
  error?: UnreadableCode;
  /** ms since 1970 by the server's clock; for an own message that is not sent yet, by ours. */
  time: number;
  /** The sender's clock, ms since 1970, when it is more than ten minutes off: show both. */
  claimedTime?: number;
  own: boolean;
  /** Where it stands in the room's list; absent while it is on its way, and for whispers. */
  place?: Place;
  /** The sender's running client (e2ee §4), for whose an edit is. Only what came in an envelope v2 has one. */
  sid?: string;
  /** Whose signature it has (e2ee §4a). `room.authors` says how that stands to its nick. */
  signer?: IdentityKey;
  /** Of a whisper: the nick that its content is for, when that is not one's own. */
  writtenTo?: string;
  /** Whether others can name it: for replies, edits and reactions. */
  named?: boolean;
  /** The key of the message that this one answers. */
  re?: string;
  /** Its author has changed the text. */
  edited?: boolean;
  /** It was taken back, and its text is gone. `moderator` is the server's claim. */
  deleted?: "author" | "moderator";
  reactions?: readonly Reaction[];
  /** When it disappears, ms since 1970, server clock. */
  expires?: number;
  /** Own messages only. */
  state?: SendState;
  /** Why `state` is `failed`. `room.retry(key)` sends it again, `room.discard(key)` gives it up. */
  failure?: Refusal;
}

/** How far an own message has come with the others. */
export interface Reached {
  delivered: readonly string[];
  read: readonly string[];
}

/** Whether our key is the room's, judged from the envelopes received (e2ee §2). */
export type KeyCheck =
  /** Nobody else has said anything yet. */
  | "unknown"
  | "match"
  /** Others use another passphrase or key. */
  | "mismatch";

/** A notice of the server about the room, e.g. the message of the day (1304). */
export interface Notice {
  text: string;
  id: number;
  /** ms since 1970, server clock. */
  time: number;
}

/** Events of a {@link Room}. */
export interface RoomEvents {
  /** A new message of ours (in state `sending`) or of others. */
  message: Message;
  /** A message changed: its state, its text by its author, its reactions. */
  update: Message;
  /** A message is gone without a trace: its time was over, or its sending was given up. */
  removed: { key: string };
  /** An edit, deletion or reaction of ours was refused and taken back. */
  undone: Refusal;
  /** The time after which messages disappear was changed by `nick`. Seconds, 0 for none. */
  timer: { nick: string; ttl: number };
  /** A call's keys are those of another epoch from now on. */
  rekey: { callId: string; epoch: number };
  joined: Member;
  left: Member;
  renamed: { member: Member; from: string };
  invite: { from: number; channel: string };
  info: Notice;
  /** Somebody was put out; those who keep order are told. */
  putOut: { by?: string; nick?: string };
  /** Somebody was banned or muted here; those who keep order are told. */
  banned: { by?: string; nick: string; muted?: boolean; expires: number };
  warn: Refusal;
  /** `count` messages of `nick` were sent but did not arrive within 30 s. */
  missing: { nick: string; count: number };
}
