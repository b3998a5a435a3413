import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import { put, type PutWatch } from "./put.ts";
import { isUnread, seal, type SealJob } from "./seal.ts";
import { SealBench } from "./seal-bench.ts";

/** Pieces after which a worker is replaced: browsers collect late what large buffers leave behind, and all of it goes with its worker. */
const perWorker = 1;
/** For so long a worker is kept that has nothing to do, ms. */
const idle = 30_000;

/** An object or a part of one, sealed; where it lies is nobody's concern. */
export interface Piece {
  bytes: number;
  /** Of a whole file: SHA-256 of the object. Of a part: of the hashes of its plaintext, by which it is known again. */
  sha256B64: string;
  /** Puts it to an address. @returns the status of the answer; 0 when there was none */
  put(url: string, headers: Record<string, string>, watch: PutWatch): Promise<number>;
  /** Lets it go. */
  drop(): void;
}

/** Encrypts files, in workers where the page gives some; they end when there is nothing to do. */
export class Sealer {
  readonly #start: (() => Worker) | undefined;
  readonly #benches = new Set<SealBench>();
  #bench: SealBench | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(start: (() => Worker) | undefined) {
    this.#start = start;
  }

  /** Refused with `file_changed` when the file cannot be read, `offline` when a worker could not be had, and `E_RESOURCE`. */
  seal(job: SealJob): Promise<Result<Piece>> {
    if (!this.#start) return sealHere(job);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#rest(), idle);
    if (!this.#bench || this.#bench.count >= perWorker) {
      this.#bench?.retire();
      for (const other of this.#benches) if (other.isEmpty) this.#benches.delete(other); // it has ended
      this.#bench = new SealBench(this.#start());
      this.#benches.add(this.#bench);
    }
    return this.#bench.seal(job);
  }

  /** Ends the workers; what they had not done yet is refused. */
  close(): void {
    clearTimeout(this.#timer);
    for (const bench of this.#benches) bench.close();
    this.#benches.clear();
    this.#bench = undefined;
  }

  #rest(): void {
    if ([...this.#benches].every(({ isEmpty }) => isEmpty)) this.close();
    else this.#timer = setTimeout(() => this.#rest(), idle);
  }
}

async function sealHere(job: SealJob): Promise<Result<Piece>> {
  try {
    const { object, sha256B64 } = await seal(job);
    const piece = { bytes: object.size, sha256B64, drop: () => undefined };
    return { ok: true, value: { ...piece, put: (url, headers, watch) => put(url, object, headers, watch) } };
  } catch (error) {
    return refuse(isUnread(error) ? "file_changed" : "E_RESOURCE");
  }
}
