/** The worker behind `FetchBench`: fetches one file, opens and writes it, so that the page goes on drawing meanwhile and never holds it. */
import type { Result } from "../types.ts";
import { Fetching } from "./fetching.ts";
import type { FetchAnswer, FetchQuestion } from "./fetch-bench.ts";
import type { ObjectAddress } from "./stored.ts";

declare const self: DedicatedWorkerGlobalScope;

/** Progress is told at most so often, ms. */
const step = 100;

let fetching: Fetching | undefined;
let addressed: ((found: Result<ObjectAddress>) => void) | undefined;
let told = 0;

self.onmessage = ({ data }: MessageEvent<FetchQuestion>) => {
  if ("address" in data) addressed?.(data.address);
  else if ("order" in data) fetching?.order(data.order);
  else {
    fetching = new Fetching(data.job, { address, progress, waits: (waits) => answer({ waits }) });
    void fetching.run().then((outcome) => answer({ outcome }));
  }
};

function address(): Promise<Result<ObjectAddress>> {
  return new Promise((resolve) => {
    addressed = resolve;
    answer({ asks: "address" });
  });
}

function progress(moved: number): void {
  const now = Date.now();
  if (now - told < step) return;
  told = now;
  answer({ moved });
}

function answer(said: FetchAnswer): void {
  self.postMessage(said);
}
