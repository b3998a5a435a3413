import { refuse } from "../refusals.ts";
import type { RoomApi } from "../room-api.ts";
import type { Result } from "../types.ts";

/** Where a part can be put. */
export interface PartAddress {
  n: number;
  putUrl: string;
}

/** An object that was announced, and where it goes: in one piece or in parts. */
export interface Announced {
  attachmentId: string;
  objectKey: string;
  /** Whoever brings it goes on with the object, in another session too. */
  claim?: string;
  putUrl?: string;
  parts?: readonly PartAddress[];
  expiresSeconds: number;
}

/** An object that was announced from here, as it is kept. */
export interface Own {
  id: string;
  claim?: string;
}

/** What is still to come of an object. */
export interface Missing {
  putUrl?: string;
  arrived?: readonly number[];
  parts?: readonly PartAddress[];
  expiresSeconds?: number;
}

/** What an object is announced with. */
export interface Announcement {
  bytes: number;
  sha256B64?: string;
  partBytes?: number;
}

/** The objects of a room, as the server knows them (spec/protocol.md, Attachments). Refused with its codes, `offline`, `timeout`. */
export class Objects {
  readonly #api: RoomApi;
  readonly #room: string;

  constructor(api: RoomApi, room: string) {
    this.#api = api;
    this.#room = room;
  }

  announce(announcement: Announcement): Promise<Result<Announced>> {
    return this.#call("presign", { room: this.#room, ...announcement });
  }

  /** What has not arrived, and where it goes. @param from the first part of interest */
  missing({ id, claim }: Own, from: number): Promise<Result<Missing>> {
    return this.#call(`${encodeURIComponent(id)}/parts`, { from, ...(claim && { claim }) });
  }

  complete({ id, claim }: Own): Promise<Result<{ objectKey: string; bytes: number }>> {
    return this.#call(`${encodeURIComponent(id)}/complete`, { ...(claim && { claim }) });
  }

  /** Where it can be got for some minutes, and its size. */
  address(objectKey: string): Promise<Result<{ getUrl: string; bytes: number }>> {
    const id = idOf(objectKey);
    // Others say what it is called: what cannot be a name is not asked for.
    return /^[\w-]{1,64}$/.test(id) ? this.#call(id) : Promise.resolve(refuse("not_found"));
  }

  async delete(own: Own): Promise<Result> {
    const gone = await this.#delete(own);
    if (gone.ok || gone.refusal.code !== "not_found" || !own.claim) return gone;
    const claimed = await this.missing(own, 1); // an earlier session has announced it
    return claimed.ok ? this.#delete(own) : claimed;
  }

  #delete({ id }: Own): Promise<Result> {
    return this.#call(encodeURIComponent(id), undefined, "DELETE");
  }

  #call<T>(path: string, body?: object, method?: "DELETE"): Promise<Result<T>> {
    return this.#api.call(`attachments/${path}`, body, method);
  }
}

/** An object's name over HTTP: the last segment of its key, without its ending. */
function idOf(objectKey: string): string {
  return objectKey.replace(/^.*\//s, "").replace(/\.bin$/, "");
}
