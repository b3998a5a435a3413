import { startWorker } from "../../trusted.ts";
import type { Cleaned, Preview } from "./clean.ts";
import type { CleanAnswer, CleanQuestion } from "./clean.worker.ts";
import address from "./clean.worker.ts?worker&url";

/** Waits for the worker's answers, by their numbers. */
const waiting = new Map<number, (answer: CleanAnswer) => void>();
let worker: Worker | undefined;
let last = 0;

/** Takes out of a picture what is no picture. In a worker, which ends when there is nothing more to do. */
export async function cleanPicture(blob: Blob): Promise<Cleaned> {
  return (await ask({ id: ++last, blob })).cleaned ?? { kind: "unclean" };
}

/** The small pictures of a frame of a film. The frame is gone afterwards. */
export async function previewOf(bitmap: ImageBitmap): Promise<Preview | undefined> {
  return (await ask({ id: ++last, bitmap }, [bitmap])).preview;
}

function ask(question: CleanQuestion, handedOver: Transferable[] = []): Promise<CleanAnswer> {
  return new Promise((resolve) => {
    waiting.set(question.id, resolve);
    worker ??= begin();
    worker.postMessage(question, handedOver);
  });
}

function begin(): Worker {
  const begun = startWorker(address);
  const answer = (one: CleanAnswer) => {
    waiting.get(one.id)?.(one);
    waiting.delete(one.id);
    if (waiting.size > 0) return;
    begun.terminate(); // what it has decoded takes memory
    worker = undefined;
  };
  begun.onmessage = ({ data }: MessageEvent<CleanAnswer>) => answer(data);
  begun.onerror = () => [...waiting.keys()].forEach((id) => answer({ id }));
  return begun;
}
