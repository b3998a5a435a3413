/** @hcchat/client: the wire and the encryption of HCChat, without a user interface. */
export * from "./types.ts";
export { Observable, Emitter, type Observed } from "./observable.ts";
export { parseLink, formatLink, newRoom, type LinkError, type ParsedLink } from "./links.ts";
export { MemoryStore, IndexedDbStore, type KeyValueStore } from "./store.ts";
export { CryptoError, type CryptoErrorCode } from "./crypto/errors.ts";
export type { Argon2id } from "./crypto/keys.ts";
export { argon2idInWorker } from "./crypto/argon2.ts";
export { Handover } from "./handover.ts";
export { ChatClient, type ClientOptions, type PublicChannel } from "./client.ts";
export { Room } from "./room.ts";
export type { RoomInfo } from "./room-settings.ts";
export type { RoomLog } from "./room-log.ts";
export { type Entry, type Gap, type Item, type Quiet, Timeline } from "./timeline/timeline.ts";
export type { Found, Hit } from "./search/index.ts";
export { keeps } from "./policy.ts";
export type { PageQuery } from "./protocol/frames.ts";
