import { startWorker } from "../../trusted.ts";
import type { Cleaned, Preview } from "./clean.ts";
import type { CleanAnswer, CleanQuestion } from "./clean.worker.ts";
import address from "./clean.worker.ts?worker&url";

interface Waiting {
  question: CleanQuestion;
  resolve: (answer: CleanAnswer) => void;
}

/** When a worker is asked for again that could not be fetched. ms */
const again = 2_000;

/** What was asked, by its number. */
const waiting = new Map<number, Waiting>();
let worker: Worker | undefined;
let last = 0;

// It lies in the browser's cache from now on: a picture is chosen without a connection, too.
void fetch(address).catch(() => undefined);

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
    waiting.set(question.id, { question, resolve });
    worker ??= begin();
    worker.postMessage(question, handedOver);
  });
}

function begin(): Worker {
  const begun = startWorker(address);
  const answer = (one: CleanAnswer) => {
    waiting.get(one.id)?.resolve(one);
    waiting.delete(one.id);
    if (waiting.size > 0) return;
    begun.terminate(); // what it has decoded takes memory
    worker = undefined;
  };
  begun.onmessage = ({ data }: MessageEvent<CleanAnswer>) => answer(data);
  begun.onerror = (event) => {
    for (const { question } of waiting.values()) {
      // Of a worker that could not be fetched nobody knows what it would have said. A frame went there with it.
      if (event instanceof ErrorEvent || "bitmap" in question) answer({ id: question.id });
    }
    if (waiting.size > 0) setTimeout(() => repeat(begun), again);
  };
  return begun;
}

/** Asks another worker all that this one was asked. */
function repeat(before: Worker): void {
  before.terminate();
  worker = begin();
  for (const { question } of waiting.values()) worker.postMessage(question);
}
