import type { RoomKeys } from "../crypto/keys.ts";
import type { Room } from "../room.ts";
import type { RoomLog } from "../room-log.ts";
import type { RoomOwner } from "../room-owner.ts";
import type { Sender } from "../sender.ts";

/** What the files of a room need of it. */
export interface FilesOfRoom {
  sender: Sender;
  log: RoomLog;
  ask: Room["ask"];
  /** The room's keys, for objects that bring none of their own. */
  keys(): RoomKeys | undefined;
  /** Whether one has left. */
  over(): boolean;
}

/** What the files of a room need. */
export interface FilesOwner extends FilesOfRoom, Pick<RoomOwner, "url" | "vault" | "store" | "locks" | "workers"> {
  channel: string;
  /** The room's passphrase, for files of the HChat app. */
  passphrase: string | undefined;
}
