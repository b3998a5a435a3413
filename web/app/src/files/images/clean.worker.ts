import { clean, type Cleaned, preview, type Preview } from "./clean.ts";

/** What the worker is asked: to clean a picture, or to make the small ones of a frame. */
export type CleanQuestion = { id: number } & ({ blob: Blob } | { bitmap: ImageBitmap });

/** What it says. Without either it could not be done. */
export interface CleanAnswer {
  id: number;
  cleaned?: Cleaned;
  preview?: Preview;
}

async function answer(question: CleanQuestion): Promise<Omit<CleanAnswer, "id">> {
  try {
    if ("blob" in question) return { cleaned: await clean(question.blob) };
    return { preview: await preview(question.bitmap) };
  } catch {
    return {};
  } finally {
    if ("bitmap" in question) question.bitmap.close();
  }
}

// Decoding and writing a large picture takes seconds: the page goes on meanwhile.
addEventListener("message", (event: MessageEvent<CleanQuestion>) => {
  void answer(event.data).then((said) => postMessage({ id: event.data.id, ...said } satisfies CleanAnswer));
});
