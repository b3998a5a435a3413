import { Observable } from "./observable.ts";
import type { RoomInfo } from "./types.ts";

/** From these levels on one decides about a room: where it belongs to somebody, and where it does not. */
const ownerLevel = 99_999;
const moderatorLevel = 9_999;

/** What a room is set to and whose it is. `OwnedRoom` changes it. */
export class RoomSettings {
  /** Nothing where the server does not say. */
  readonly info = new Observable<RoomInfo | undefined>(undefined);
  readonly #eased: () => void;

  /** @param eased the room has become less slow */
  constructor(eased: () => void) {
    this.#eased = eased;
  }

  /** Whether somebody of that level decides about the room. */
  isUpTo(level: number): boolean {
    return level >= (this.info.value?.owned ? ownerLevel : moderatorLevel);
  }

  /** The server says what the room is. */
  told(room: unknown): void {
    const [before, info] = [this.info.value, readInfo(room)];
    if (!info) return;
    this.info.set(info);
    if (before && info.slow < before.slow) this.#eased();
  }
}

function readInfo(room: unknown): RoomInfo | undefined {
  if (typeof room !== "object" || room === null) return undefined;
  const { owned, access, knock, slow, password, listed, raided, motd } = room as Record<string, unknown>;
  if (typeof owned !== "boolean" || (access !== "open" && access !== "invite" && access !== "locked")) return undefined;
  return {
    owned,
    access,
    knock: knock === true,
    slow: typeof slow === "number" ? slow : 0,
    password: password === true,
    listed: listed === true,
    raided: raided === true,
    ...(typeof motd === "string" && { motd }),
  };
}
