import type { Authors } from "../authors.ts";
import type { FilesOfRoom } from "../files/files-owner.ts";
import { type Emitter, Observable } from "../observable.ts";
import type { ClientFrame } from "../protocol/frames.ts";
import type { RoomEvents } from "../types.ts";
import type { CallDesk } from "./desk.ts";

/** What the calls of a room need of it. */
export interface CallsOwner extends FilesOfRoom {
  /** The server's address. */
  url: string;
  channel: string;
  authors: Authors;
  events: Emitter<RoomEvents>;
  send(frame: ClientFrame): boolean;
}

/** The call of a room, as the server tells of it. What opens, begins and enters one is fetched with the first. */
export class RoomCalls {
  /** The call that there is: `start` and `people`, neither of them checked. */
  readonly told = new Observable<Readonly<Record<string, unknown>> | undefined>(undefined);
  readonly #owner: CallsOwner;
  #desk: Promise<CallDesk> | undefined;

  constructor(owner: CallsOwner) {
    this.#owner = owner;
  }

  /** Fetches what works with calls. */
  open(): Promise<CallDesk> {
    this.#desk ??= import("./desk.ts").then(({ CallDesk }) => new CallDesk(this.#owner, this.told));
    this.#desk.catch(() => (this.#desk = undefined)); // no connection: the next time
    return this.#desk;
  }
}
