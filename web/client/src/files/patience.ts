/** Waits for a better time, which begins at the latest when there is a connection again. */
export class Patience {
  readonly #wakes = new Set<() => void>();

  /** @param time ms */
  wait(time: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        this.#wakes.delete(end);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, time);
      this.#wakes.add(end);
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    });
  }

  /** It may go better now. */
  wake(): void {
    for (const wake of Array.from(this.#wakes)) wake();
  }
}

/** How long to wait after so many tries in vain, ms. */
export function backoff(tries: number): number {
  return Math.min(30_000, 1_000 * 2 ** Math.min(tries, 5)) * (0.5 + Math.random() / 2);
}
