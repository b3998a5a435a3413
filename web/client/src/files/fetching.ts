import { CryptoError } from "../crypto/errors.ts";
import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import { opening, type RoomSecrets } from "./opening.ts";
import { Patience } from "./patience.ts";
import { type ObjectAddress, Refused, stored } from "./stored.ts";
import { openTarget, type Place, type Target } from "./target.ts";
import type { SharedFile } from "./types.ts";

/** What is fetched, how it is opened, and where to it goes. It can be sent to a worker. */
export interface FetchJob {
  file: SharedFile;
  secrets: RoomSecrets;
  place: Place;
}

/** What becomes of one that runs; `wake`: it may go better now. */
export type FetchOrder = "pause" | "resume" | "stop" | "wake";

/** Who asked for it. */
export interface FetchOwner {
  /** A fresh address. */
  address(): Promise<Result<ObjectAddress>>;
  /** So many bytes of the object have come. */
  progress(bytes: number): void;
  /** It stands still, or goes on. */
  waits(isWaiting: boolean): void;
}

/** One file on its way: fetched, opened, written, verified to its end. Here or in a worker, which is the same to whoever asked. */
export interface Fetch {
  /**
   * Settles when it is over. Refused with the code of what is wrong; then what was written is nothing.
   * @returns what lies in memory
   */
  run(): Promise<Result<Blob | undefined>>;
  order(what: FetchOrder): void;
}

/** A file that is fetched where this runs. */
export class Fetching implements Fetch {
  readonly #job: FetchJob;
  readonly #owner: FetchOwner;
  readonly #patience = new Patience();
  readonly #ending = new AbortController();
  /** Settles when it goes on. */
  #gate: Promise<void> | undefined;
  #open: (() => void) | undefined;

  constructor(job: FetchJob, owner: FetchOwner) {
    this.#job = job;
    this.#owner = owner;
  }

  async run(): Promise<Result<Blob | undefined>> {
    let target: Target | undefined;
    try {
      target = await openTarget(this.#job.place);
      const { file, secrets } = this.#job;
      const object = stored({
        ...this.#owner,
        patience: this.#patience,
        signal: this.#ending.signal,
        gate: () => this.#gate,
      });
      const reader = (await opening(object, file, secrets)).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await target.write(value);
      }
      return { ok: true, value: await target.keep() };
    } catch (error) {
      this.#ending.abort(); // nothing more is wanted of the store
      await target?.drop().catch(() => undefined);
      if (error instanceof Refused) return { ok: false, refusal: error.refusal };
      return refuse(error instanceof CryptoError ? error.code : "E_RESOURCE"); // a full disk, e.g.
    }
  }

  order(what: FetchOrder): void {
    if (what === "pause") this.#gate ??= new Promise((resolve) => (this.#open = resolve));
    else if (what === "wake") this.#patience.wake();
    else {
      if (what === "stop") this.#ending.abort();
      this.#open?.();
      this.#gate = this.#open = undefined;
    }
  }
}
