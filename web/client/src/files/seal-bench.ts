import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import type { PutWatch } from "./put.ts";
import type { SealJob } from "./seal.ts";
import type { Piece } from "./sealer.ts";

/** What the worker is asked: to seal a piece, to put it somewhere, to stop that, to let the piece go. */
export type BenchQuestion = { id: number } & (
  | { job: SealJob }
  | { url: string; headers: Record<string, string> }
  | { order: "stop" | "drop" }
);

/** What it says. `unread`: the file is not there any more as it was. */
export type BenchAnswer = { id: number } & (
  | { sealed: { sha256B64: string; bytes: number } }
  | { unread: boolean }
  | { moved: number }
  | { status: number }
);

/** What is waited for of a piece. */
interface Waiting {
  seal?: (sealed: Result<Piece>) => void;
  put?: { watch: PutWatch; settle(status: number): void };
}

/** One worker and the pieces that lie in it. */
export class SealBench {
  readonly #worker: Worker;
  readonly #pieces = new Map<number, Waiting>();
  /** Pieces that were sealed here. */
  count = 0;
  #isRetired = false;

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.onerror = worker.onmessageerror = () => this.close();
    worker.onmessage = ({ data }: MessageEvent<BenchAnswer>) => this.#heard(data);
  }

  /** Whether nothing lies in it. */
  get isEmpty(): boolean {
    return this.#pieces.size === 0;
  }

  /** Refused with `file_changed` when the file cannot be read, `offline` when the worker could not be had, and `E_RESOURCE`. */
  seal(job: SealJob): Promise<Result<Piece>> {
    const id = this.count++;
    return new Promise((seal) => {
      this.#pieces.set(id, { seal });
      this.#ask({ id, job });
    });
  }

  /** Ends when nothing lies in it any more. */
  retire(): void {
    this.#isRetired = true;
    if (this.isEmpty) this.close();
  }

  /** Ends the worker; what it had not done yet is refused. */
  close(): void {
    this.#worker.terminate();
    this.#isRetired = true;
    for (const { seal, put } of this.#pieces.values()) {
      seal?.(refuse("offline")); // it could not be fetched, or broke down; the next one may do better
      put?.settle(0);
    }
    this.#pieces.clear();
  }

  #heard(said: BenchAnswer): void {
    const { id } = said;
    const waiting = this.#pieces.get(id) ?? {};
    if ("moved" in said) waiting.put?.watch.progress(said.moved);
    else if ("status" in said) waiting.put?.settle(said.status);
    else if ("sealed" in said) waiting.seal?.({ ok: true, value: { ...said.sealed, ...this.#handle(id) } });
    else {
      this.#drop(id);
      waiting.seal?.(refuse(said.unread ? "file_changed" : "E_RESOURCE"));
    }
  }

  #handle(id: number): Pick<Piece, "put" | "drop"> {
    return {
      put: (url, headers, watch) =>
        new Promise((resolve) => {
          if (!this.#pieces.has(id) || watch.signal.aborted) return resolve(0);
          const stop = () => this.#ask({ id, order: "stop" });
          const settle = (status: number) => {
            watch.signal.removeEventListener("abort", stop);
            resolve(status);
          };
          watch.signal.addEventListener("abort", stop);
          this.#pieces.set(id, { put: { watch, settle } });
          this.#ask({ id, url, headers });
        }),
      drop: () => this.#drop(id),
    };
  }

  #drop(id: number): void {
    if (!this.#pieces.delete(id)) return;
    if (this.#isRetired && this.isEmpty) this.close();
    else this.#ask({ id, order: "drop" });
  }

  #ask(question: BenchQuestion): void {
    this.#worker.postMessage(question);
  }
}
