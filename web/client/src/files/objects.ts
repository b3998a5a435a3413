import { callApi, type CallOptions } from "../account-api.ts";
import type { Result } from "../types.ts";

/** A capability is renewed so long before its end, ms. */
const margin = 60_000;

/** What the server gives over the socket, for HTTP. */
export interface Capability {
  jwt: string;
  expiresSeconds: number;
}

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
  readonly #url: string;
  readonly #room: string;
  readonly #ask: () => Promise<Result<Capability>>;
  #capability: { jwt: string; until: number } | undefined;
  #asked: Promise<Result<string>> | undefined;

  /**
   * @param url the server's address, `wss://host/chat-ws`
   * @param ask gets a capability for the room
   */
  constructor(url: string, room: string, ask: () => Promise<Result<Capability>>) {
    this.#url = new URL("api/attachments/", url.replace(/^ws/, "http")).href;
    this.#room = room;
    this.#ask = ask;
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
    return this.#call(encodeURIComponent(idOf(objectKey)));
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

  async #call<T>(path: string, body?: object, method?: "DELETE"): Promise<Result<T>> {
    for (let isAgain = false; ; isAgain = true) {
      const token = await this.#token();
      if (!token.ok) return token;
      const options: CallOptions = { token: token.value, ...(method && { method }) };
      const answer = await callApi<T>({ url: this.#url }, path, body, options);
      if (answer.ok || answer.refusal.code !== "bad_token" || isAgain) return answer;
      this.#capability = undefined;
    }
  }

  #token(): Promise<Result<string>> {
    const known = this.#capability;
    if (known && known.until > Date.now()) return Promise.resolve({ ok: true, value: known.jwt });
    this.#asked ??= this.#renew().finally(() => (this.#asked = undefined));
    return this.#asked;
  }

  async #renew(): Promise<Result<string>> {
    const asked = await this.#ask();
    if (!asked.ok) return asked;
    const { jwt, expiresSeconds } = asked.value;
    this.#capability = { jwt, until: Date.now() + expiresSeconds * 1000 - margin };
    return { ok: true, value: jwt };
  }
}

/** An object's name over HTTP: the last segment of its key, without its ending. */
function idOf(objectKey: string): string {
  return objectKey.replace(/^.*\//s, "").replace(/\.bin$/, "");
}
