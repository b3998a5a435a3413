/** A page's view of the locks, and its end, which releases what it holds. */
export interface LockPage {
  locks: LockManager;
  gone(): void;
}

/** `navigator.locks` of one origin: a lock is asked for by pages, one after the other. */
export class Locks {
  readonly #queues = new Map<string, (() => void)[]>();

  page(): LockPage {
    let gone = (): void => undefined;
    const end = new Promise<void>((resolve) => (gone = resolve));
    const request = (name: string, ...rest: unknown[]) => this.#request(name, end, rest);
    return { locks: { request } as unknown as LockManager, gone };
  }

  async #request(name: string, end: Promise<void>, rest: unknown[]): Promise<unknown> {
    const work = rest.at(-1) as (lock: object | null) => unknown;
    const { ifAvailable, signal } = (rest.length > 1 ? rest[0] : {}) as { ifAvailable?: boolean; signal?: AbortSignal };
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    if (queue.length > 0 && ifAvailable) return work(null);
    await new Promise<void>((resolve, reject) => {
      queue.push(resolve);
      signal?.addEventListener("abort", () => {
        if (queue[0] === resolve) return; // it was granted
        queue.splice(queue.indexOf(resolve), 1);
        reject(new Error("aborted"));
      });
      if (queue.length === 1) resolve();
    });
    try {
      return await Promise.race([work({ name }), end]);
    } finally {
      queue.shift();
      queue[0]?.();
    }
  }
}
