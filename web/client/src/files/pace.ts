import type { Transfer, TransferState } from "./types.ts";

/** A rate is told anew after so long, ms. */
const step = 500;

/** How far a transfer is, and how fast. */
export class Pace {
  done = 0;
  #rate = 0;
  #since = 0;
  #from = 0;

  /** So many bytes are done. @returns whether that is worth telling: for it is told to a whole page */
  moved(done: number): boolean {
    const now = Date.now();
    if (this.#since === 0 || done < this.#from) this.#begin(now, done);
    const passed = now - this.#since;
    this.done = done;
    if (passed < step) return passed === 0 || done === 0;
    const rate = ((done - this.#from) * 1000) / passed;
    this.#rate = this.#rate === 0 ? rate : this.#rate * 0.6 + rate * 0.4;
    this.#begin(now, done);
    return true;
  }

  /** It stands still. */
  rest(): void {
    this.#since = this.#rate = 0;
  }

  /** A transfer as it is now. */
  of(transfer: Omit<Transfer, "done" | "rate" | "state">, state: TransferState): Transfer {
    const done = state === "done" ? transfer.size : Math.min(this.done, transfer.size || this.done);
    return { ...transfer, state, done, rate: state === "running" ? Math.round(this.#rate) : 0 };
  }

  #begin(now: number, done: number): void {
    this.#since = now;
    this.#from = done;
  }
}
