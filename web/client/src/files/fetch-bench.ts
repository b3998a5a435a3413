import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import type { Fetch, FetchJob, FetchOrder, FetchOwner } from "./fetching.ts";
import type { ObjectAddress } from "./stored.ts";

/** What the worker is told: what to do, and what it has asked for. */
export type FetchQuestion = { job: FetchJob } | { address: Result<ObjectAddress> } | { order: FetchOrder };

/** What it says. */
export type FetchAnswer =
  | { asks: "address" }
  | { moved: number }
  | { waits: boolean }
  | { outcome: Result<Blob | undefined> };

/** A file that is fetched in a worker of its own, which ends with it: all that large buffers leave behind goes along. */
export class FetchBench implements Fetch {
  readonly #worker: Worker;
  readonly #job: FetchJob;
  readonly #owner: FetchOwner;

  constructor(worker: Worker, job: FetchJob, owner: FetchOwner) {
    this.#worker = worker;
    this.#job = job;
    this.#owner = owner;
  }

  async run(): Promise<Result<Blob | undefined>> {
    const outcome = await new Promise<Result<Blob | undefined>>((resolve) => {
      // It could not be fetched, or broke down.
      this.#worker.onerror = this.#worker.onmessageerror = () => resolve(refuse("offline"));
      this.#worker.onmessage = ({ data }: MessageEvent<FetchAnswer>) => {
        if ("outcome" in data) resolve(data.outcome);
        else if ("moved" in data) this.#owner.progress(data.moved);
        else if ("waits" in data) this.#owner.waits(data.waits);
        else void this.#owner.address().then((address) => this.#tell({ address }));
      };
      this.#tell({ job: this.#job });
    });
    this.#worker.terminate();
    return outcome;
  }

  order(order: FetchOrder): void {
    this.#tell({ order });
  }

  #tell(question: FetchQuestion): void {
    this.#worker.postMessage(question);
  }
}
