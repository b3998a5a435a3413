/** How long a page that has gone may take to come back, by a reload, to what it has left, ms. */
const returnTime = 3_000;

/** Lets one page at a time go on with a message's uploads. */
export class UploadLocks {
  readonly #locks: LockManager;
  readonly #name: (key: string) => string;
  readonly #closing: AbortSignal;

  constructor(locks: LockManager, name: (key: string) => string, closing: AbortSignal) {
    this.#locks = locks;
    this.#name = name;
    this.#closing = closing;
  }

  /** Takes the lock of a message of one's own. @returns what gives it back */
  claim(key: string): Promise<() => void> {
    return new Promise((resolve) => {
      const hold = () => new Promise<void>(resolve);
      this.#locks.request(this.#name(key), hold).catch(() => resolve(() => undefined));
    });
  }

  /** Takes over what another page has left: now when that has gone, else when it does, and does not come back. */
  async inherit(key: string, adopt: (unlock: () => void) => void): Promise<void> {
    const free = await this.#take(key, adopt);
    if (free || this.#closing.aborted) return;
    const gone = this.#locks.request(this.#name(key), { signal: this.#closing }, () => undefined);
    const later = () => setTimeout(() => void (this.#closing.aborted || this.#take(key, adopt)), returnTime);
    gone.then(later).catch(() => undefined); // this page goes first
  }

  /** @returns whether the lock was free */
  #take(key: string, adopt: (unlock: () => void) => void): Promise<boolean> {
    return new Promise((resolve) => {
      const take = async (lock: Lock | null) => {
        resolve(lock !== null);
        if (lock && !this.#closing.aborted) await new Promise<void>(adopt);
      };
      this.#locks.request(this.#name(key), { ifAvailable: true }, take).catch(() => resolve(false));
    });
  }
}
