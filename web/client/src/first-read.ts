import type { PageFrame } from "./history.ts";
import type { PageQuery } from "./protocol/frames.ts";

/** How long what one says waits for the newest messages, ms. */
const patience = 3_000;
/** Pages that are read at most: some hold receipts only. */
const mostPages = 5;

/** What the first reading needs of its log. */
export interface FirstReadOwner {
  load(query: PageQuery): Promise<{ page: PageFrame } | undefined>;
  limit: number;
  /** Whether what was looked for has been found. */
  found(): boolean;
  /** It has ended. */
  ended(): void;
}

/** Reads the newest of a room before one says something there, so that it is said under the timer in force. */
export class FirstRead {
  /** The newest number of the room's list; 0 when there is nothing to read. */
  head = 0;
  readonly #owner: FirstReadOwner;
  #newest: Promise<{ page: PageFrame } | undefined> | undefined;
  #over = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(owner: FirstReadOwner) {
    this.#owner = owner;
  }

  /** Whether it has ended, well or not. */
  get over(): boolean {
    return this.#over;
  }

  /** Somebody is loading the newest page anyway. */
  loading(newest: Promise<{ page: PageFrame } | undefined>): void {
    if (!this.#over) this.#newest = newest;
  }

  /** What arrives can be read now. @param matters whether what one says depends on it */
  begin(matters: boolean): void {
    if (this.#over) return;
    if (!matters || this.head === 0) return this.#end();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#end(), patience);
    void this.#read(this.#newest ?? this.#owner.load({ limit: this.#owner.limit }));
  }

  /** The connection is gone: it begins anew with the next. */
  lost(): void {
    clearTimeout(this.#timer);
    this.#newest = undefined;
  }

  async #read(newest: Promise<{ page: PageFrame } | undefined>): Promise<void> {
    let loaded = await newest;
    for (let pages = 1; loaded && !this.#owner.found() && loaded.page.more && pages < mostPages; pages++) {
      const { epoch, from } = loaded.page;
      loaded = await this.#owner.load({ epoch, before: from, limit: this.#owner.limit });
    }
    if (loaded) this.#end(); // else there is no connection, or no answer in time
  }

  #end(): void {
    clearTimeout(this.#timer);
    if (this.#over) return;
    this.#over = true;
    this.#newest = undefined;
    this.#owner.ended();
  }
}
