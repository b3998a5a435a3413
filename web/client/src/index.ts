/** @hcchat/client: the wire and the encryption of HCChat, without a user interface. */
export * from "./types.ts";
export { Observable, Emitter, type Observed } from "./observable.ts";
export { parseLink, formatLink, newRoom, type LinkError, type ParsedLink } from "./links.ts";
export { MemoryStore, IndexedDbStore, type KeyValueStore } from "./store.ts";
export { CryptoError, type CryptoErrorCode } from "./crypto/errors.ts";

import type { Emitter, Observed } from "./observable.ts";
import type { KeyValueStore } from "./store.ts";
import type { ConnectionState, KeyCheck, Member, Notice, Result, RoomAddress, RoomEvents, RoomState } from "./types.ts";

/** Argon2id with the fixed parameters of e2ee §2. */
export type Argon2id = (password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>;
/** Argon2id in a worker; the app makes the worker because only it has the Trusted Types policy. */
export declare function argon2idInWorker(createWorker: () => Worker): Argon2id;

export interface ClientOptions {
  /** `wss://host/chat-ws` */
  url: string;
  WebSocket?: typeof WebSocket;
  /** Needed for passphrase rooms only. */
  argon2id?: Argon2id;
  /** Pinned salts and remembered keys; default in memory. */
  store?: KeyValueStore;
}

export declare class ChatClient {
  constructor(options: ClientOptions);
  readonly state: Observed<ConnectionState>;
  readonly rooms: Observed<readonly Room[]>;
  readonly notices: Emitter<{ info: Notice }>;
  /** Connects when needed; the outcome is in `room.state` and `room.entered`. */
  join(address: RoomAddress, nick: string, pass?: string): Room;
  retryNow(): void;
  publicChannels(): Promise<Result<readonly { name: string; count: number }[]>>;
  /** Erases the remembered key and the pinned salt of a room. */
  forget(channel: string): Promise<void>;
  close(): void;
}

export declare class Room {
  readonly channel: string;
  readonly address: RoomAddress;
  readonly encrypted: boolean;
  readonly state: Observed<RoomState>;
  readonly members: Observed<readonly Member[]>;
  readonly me: Observed<Member | undefined>;
  readonly title: Observed<string | undefined>;
  readonly keyCheck: Observed<KeyCheck>;
  /** The room's code for reading aloud (kid); once the key is known. */
  readonly keyCode: Observed<string | undefined>;
  /** Members that are typing now. */
  readonly typing: Observed<readonly Member[]>;
  readonly events: Emitter<RoomEvents>;
  /** Settles with the first outcome of the join. */
  readonly entered: Promise<Result>;
  /** Refused at once: empty, too_long, left, … ; else the message's key. */
  say(text: string): Result<string>;
  emote(text: string): Result<string>;
  whisper(userid: number, text: string): Result<string>;
  /** Tell others that one is typing; at most one frame per 3 s goes out. */
  sendTyping(): void;
  retry(key: string): void;
  changeNick(nick: string): Promise<Result>;
  /** Hex 3 or 6, or `reset`. */
  changeColor(color: string): Promise<Result>;
  leave(): void;
}
