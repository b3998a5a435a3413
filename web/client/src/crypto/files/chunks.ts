import { type Bytes, release } from "../bytes.ts";
import { CryptoError } from "../errors.ts";

/** Smallest and largest chunk of plaintext that is accepted, in bytes (e2ee §5.1). */
const chunkRange = [4096, 1_048_576] as const;

/**
 * Works on one chunk, which is overwritten afterwards; `last` says that nothing follows. Every chunk but the last has exactly the full size.
 */
export type ChunkWork = (chunk: Bytes, index: number, last: boolean) => Uint8Array | Promise<Uint8Array>;

/**
 * Cuts a stream of bytes into chunks of `size` and puts each through `work`. A chunk is held back until it is known
 * whether another follows; an empty stream is one empty chunk. What it is given is used up: a file of gigabytes leaves no garbage behind.
 */
export function inChunks(size: number, work: ChunkWork): TransformStream<Uint8Array, Uint8Array> {
  const held = new Uint8Array(size);
  let length = 0;
  let index = 0;
  return new TransformStream({
    async transform(bytes, controller) {
      let at = 0;
      while (at < bytes.length) {
        if (length === size) {
          controller.enqueue(await work(held, index++, false));
          length = 0;
        }
        const taken = bytes.subarray(at, at + size - length);
        held.set(taken, length);
        length += taken.length;
        at += taken.length;
      }
      if (bytes.length === bytes.buffer.byteLength) release(bytes as Bytes); // nobody else's
    },
    async flush(controller) {
      controller.enqueue(await work(held.subarray(0, length), index, true));
    },
  });
}

/**
 * Checks a chunk size that came from somebody else.
 * @throws CryptoError E_FORMAT
 */
export function checkChunkSize(size: number): void {
  if (!Number.isInteger(size) || size < chunkRange[0] || size > chunkRange[1]) throw new CryptoError("E_FORMAT");
}
