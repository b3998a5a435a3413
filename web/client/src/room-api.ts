import { callApi, type CallOptions } from "./account-api.ts";
import type { Room } from "./room.ts";
import type { Result } from "./types.ts";

/** A capability is renewed so long before its end, ms. */
const margin = 60_000;

/** Calls the server over HTTP as whoever one is in a room (spec/protocol.md, HTTP). Refused with its codes, `offline`, `timeout`. */
export class RoomApi {
  readonly #url: string;
  readonly #room: string;
  readonly #ask: Room["ask"];
  #capability: { jwt: string; until: number } | undefined;
  #asked: Promise<Result<string>> | undefined;

  /**
   * @param url the server's address, `wss://host/chat-ws`
   * @param ask asks over the socket, for a capability
   */
  constructor(url: string, room: string, ask: Room["ask"]) {
    this.#url = new URL("api/", url.replace(/^ws/, "http")).href;
    this.#room = room;
    this.#ask = ask;
  }

  /** @param body makes it a POST */
  async call<T>(path: string, body?: object, method?: "DELETE"): Promise<Result<T>> {
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
    const channel = this.#room;
    const asked = await this.#ask({ cmd: "capability", channel }, (frame) =>
      frame.cmd === "capability" && frame.channel === channel ? frame : undefined,
    );
    if (!asked.ok) return asked;
    const { jwt, expiresSeconds } = asked.value;
    this.#capability = { jwt, until: Date.now() + expiresSeconds * 1000 - margin };
    return { ok: true, value: jwt };
  }
}
