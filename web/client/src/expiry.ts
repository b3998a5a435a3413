/** Longest time that a timer of the platform takes, ms. */
const longest = 2 ** 31 - 1;

/** Tells when messages have to disappear. */
export class Expiry {
  readonly #over: (key: string) => void;
  readonly #now: () => number;
  readonly #ends = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #next = Infinity;

  /**
   * @param over told of each message whose time is over
   * @param now the server's clock, ms since 1970
   */
  constructor(over: (key: string) => void, now: () => number) {
    this.#over = over;
    this.#now = now;
  }

  /** Watches a message. @param end ms since 1970, server clock; `undefined` for one that stays */
  track(key: string, end: number | undefined): void {
    if (end === undefined) {
      this.#ends.delete(key);
      return;
    }
    this.#ends.set(key, end);
    if (end < this.#next) this.#set(end);
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#ends.clear();
  }

  #set(end: number): void {
    clearTimeout(this.#timer);
    this.#next = end;
    if (end === Infinity) return;
    this.#timer = setTimeout(() => this.#check(), Math.min(Math.max(end - this.#now(), 0), longest));
  }

  #check(): void {
    const now = this.#now();
    const due = [...this.#ends].filter(([, end]) => end <= now);
    for (const [key] of due) this.#ends.delete(key);
    this.#set(Math.min(Infinity, ...this.#ends.values()));
    for (const [key] of due) this.#over(key);
  }
}
