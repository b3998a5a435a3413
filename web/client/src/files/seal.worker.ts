/** The worker behind `Sealer`: encrypts what a page sends, so that the page goes on drawing meanwhile. */
import { isUnread, seal } from "./seal.ts";
import type { SealAnswer, SealQuestion } from "./sealer.ts";

declare const self: DedicatedWorkerGlobalScope;

self.onmessage = async ({ data: { id, job } }: MessageEvent<SealQuestion>) => {
  try {
    const piece = await seal(job);
    self.postMessage({ id, piece } satisfies SealAnswer, [piece.object.buffer]);
  } catch (error) {
    self.postMessage({ id, unread: isUnread(error) } satisfies SealAnswer);
  }
};
