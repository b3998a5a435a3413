import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import { isUnread, seal, type SealedPiece, type SealJob } from "./seal.ts";

/** What the worker is asked. */
export interface SealQuestion {
  id: number;
  job: SealJob;
}

/** What it says. `unread`: the file is not there any more as it was. */
export type SealAnswer = { id: number } & ({ piece: SealedPiece } | { unread: boolean });

/** Encrypts files, in a worker where the page gives one; it is ended when there is nothing to do. */
export class Sealer {
  readonly #start: (() => Worker) | undefined;
  readonly #waiting = new Map<number, (result: Result<SealedPiece>) => void>();
  #worker: Worker | undefined;
  #count = 0;

  constructor(start: (() => Worker) | undefined) {
    this.#start = start;
  }

  /** Refused with `file_changed` when the file cannot be read, and `E_RESOURCE`. */
  seal(job: SealJob): Promise<Result<SealedPiece>> {
    if (!this.#start) return sealHere(job);
    const worker = (this.#worker ??= this.#open(this.#start));
    const id = this.#count++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      worker.postMessage({ id, job } satisfies SealQuestion);
    });
  }

  /** Ends the worker; what it had not done yet is refused. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const settle of this.#waiting.values()) settle(refuse("E_RESOURCE"));
    this.#waiting.clear();
  }

  #open(start: () => Worker): Worker {
    const worker = start();
    worker.onerror = worker.onmessageerror = () => this.close();
    worker.onmessage = ({ data }: MessageEvent<SealAnswer>) => {
      const settle = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("piece" in data) settle?.({ ok: true, value: data.piece });
      else settle?.(refuse(data.unread ? "file_changed" : "E_RESOURCE"));
      if (this.#waiting.size === 0) this.#rest();
    };
    return worker;
  }

  /** Between two parts there is a moment without work; the worker is kept over it. */
  #rest(): void {
    const worker = this.#worker;
    setTimeout(() => {
      if (worker && worker === this.#worker && this.#waiting.size === 0) this.close();
    }, 30_000);
  }
}

async function sealHere(job: SealJob): Promise<Result<SealedPiece>> {
  try {
    return { ok: true, value: await seal(job) };
  } catch (error) {
    return refuse(isUnread(error) ? "file_changed" : "E_RESOURCE");
  }
}
