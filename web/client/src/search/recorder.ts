import type { Amendment } from "../amendments.ts";
import type { Message } from "../types.ts";
import type { Found, Hit, SearchIndex } from "./index.ts";

/** Keeps the search index of a room in step with what is read there. The index itself is loaded when there is something for it. */
export class Recorder {
  readonly #make: () => Promise<SearchIndex>;
  #index: Promise<SearchIndex> | undefined;

  /** @param open makes the index */
  constructor(open: () => Promise<SearchIndex>) {
    this.#make = open;
  }

  /** Takes note of a message as it is shown now. */
  add(message: Message): void {
    const { place, kind, state = "sent", security } = message;
    if (message.deleted) return this.remove(message.key);
    const readable = security === "encrypted" || security === "plain";
    if (!place || !readable || kind === "whisper" || state !== "sent") return;
    this.#then((index) => index.add({ ...message, place }));
  }

  /** A message is gone. */
  remove(key: string): void {
    if (this.#index) this.#then((index) => index.remove(key));
  }

  /** Something changes a message that may not be in memory. */
  amend(amendment: Amendment): void {
    if (amendment.place && amendment.kind !== "react") this.#then((index) => index.amend(amendment));
  }

  /** The messages that have every word of `query`, newest first. */
  async find(query: string, limit: number, now: number, oldest: number): Promise<Found> {
    return (await this.#open()).find(query, limit, now, oldest);
  }

  /** Where the message of that key stands, if it was ever read. */
  async locate(key: string): Promise<Hit | undefined> {
    return (await this.#open()).locate(key);
  }

  /** How many messages can be found. */
  async size(): Promise<number> {
    return (await this.#open()).size;
  }

  close(): void {
    if (this.#index) this.#then((index) => index.close());
  }

  #open(): Promise<SearchIndex> {
    this.#index ??= this.#make();
    return this.#index;
  }

  /** A failing index costs the search, never the room. */
  #then(work: (index: SearchIndex) => Promise<void>): void {
    void this.#open()
      .then(work)
      .catch(() => undefined);
  }
}
