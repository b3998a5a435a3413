import type { IdentityKey } from "./crypto/identity.ts";
import type { FileWorkers } from "./files/types.ts";
import type { Handover } from "./handover.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import type { KeyRights } from "./key-rights.ts";
import type { KeySources } from "./room-key.ts";
import type { Room } from "./room.ts";
import type { Vault } from "./vault.ts";

/** What a room needs of its client. */
export interface RoomOwner extends KeySources {
  /** Where what waits to be sent is kept; without it, as long as the page lives. */
  vault: Vault | undefined;
  locks: LockManager | undefined;
  handover: Handover;
  rights: KeyRights;
  workers: FileWorkers;
  /** The key that one signs with in encrypted rooms, once it was asked for. */
  signer(): IdentityKey | undefined;
  send(frame: ClientFrame): boolean;
  connected(): boolean;
  /** The room is over for this client. */
  ended(room: Room): void;
}
