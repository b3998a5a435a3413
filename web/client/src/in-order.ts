/** Does what arrives one after the other. */
export class InOrder {
  readonly #over: () => boolean;
  #last: Promise<void> = Promise.resolve();

  /** @param over whether nothing more is to be done */
  constructor(over: () => boolean) {
    this.#over = over;
  }

  /** What comes later waits for that. */
  wait(other: Promise<void>): void {
    this.#last = this.#last.then(() => other);
  }

  /** Does the work after what came before. One that throws is heard of, and does not stop what comes after. */
  add(work: () => void | Promise<void>): void {
    const unlessOver = () => (this.#over() ? undefined : work());
    this.#last = this.#last.then(unlessOver).catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  }
}
