/** The worker behind `SealBench`: encrypts pieces of files and puts them to the store, so that the page goes on drawing meanwhile and never holds them. */
import { put } from "./put.ts";
import { isUnread, seal } from "./seal.ts";
import type { BenchAnswer, BenchQuestion } from "./seal-bench.ts";

declare const self: DedicatedWorkerGlobalScope;

/** What is sealed, until it is let go. */
const pieces = new Map<number, Blob>();
const puts = new Map<number, AbortController>();

self.onmessage = ({ data }: MessageEvent<BenchQuestion>) => {
  const { id } = data;
  if ("job" in data) void sealed(id, data.job);
  else if ("url" in data) void sent(id, data.url, data.headers);
  else if (data.order === "stop") puts.get(id)?.abort();
  else pieces.delete(id);
};

async function sealed(id: number, job: Parameters<typeof seal>[0]): Promise<void> {
  try {
    const { object, sha256B64 } = await seal(job);
    pieces.set(id, object);
    answer({ id, sealed: { sha256B64, bytes: object.size } });
  } catch (error) {
    answer({ id, unread: isUnread(error) });
  }
}

async function sent(id: number, url: string, headers: Record<string, string>): Promise<void> {
  const ending = new AbortController();
  puts.set(id, ending);
  const progress = (moved: number) => answer({ id, moved });
  const status = await put(url, pieces.get(id)!, headers, { progress, signal: ending.signal });
  puts.delete(id);
  answer({ id, status });
}

function answer(said: BenchAnswer): void {
  self.postMessage(said);
}
