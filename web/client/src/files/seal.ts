import { type Bytes, fromBase64, release, toBase64 } from "../crypto/bytes.ts";
import { CryptoError } from "../crypto/errors.ts";
import { encryptChunk, overhead } from "../crypto/files/gcm-stream.ts";
import { encryptSmall, importFileKey } from "../crypto/files/gcm.ts";
import { padme } from "../crypto/padding.ts";

/** From this size on a file is encrypted in chunks, and below it is extended by zeroes (spec/crypto.md §7); bytes. */
export const smallFile = 16_000_000;
/** Plaintext of a chunk in what we send, bytes. */
export const chunkSize = 65_536;
/** A chunk as it is stored, bytes. */
export const storedChunk = chunkSize + overhead;

/** Chunks that are encrypted at a time. */
const atOnce = 8;

/** What is to be encrypted: a whole small file, or some chunks of a large one. */
export type SealJob = { blob: Blob; keyB64: string } & (
  | { nonceB64: string }
  /** `first` is the number of the first chunk; `last` says that the file ends with this piece. */
  | { noncePrefixB64: string; first: number; last: boolean }
);

/** An object or a part of one. */
export interface SealedPiece {
  object: Bytes;
  /** Of a whole file: SHA-256 of the object. Of a piece: of its plaintext, by which it is known again. */
  sha256B64: string;
}

/** Encrypts it. @throws CryptoError; DOMException when the file cannot be read any more */
export async function seal(job: SealJob): Promise<SealedPiece> {
  const plain = new Uint8Array(await job.blob.arrayBuffer());
  const key = bytes(job.keyB64);
  if ("nonceB64" in job) {
    const padded = new Uint8Array(padme(plain.length));
    padded.set(plain);
    const object = await encryptSmall(key, bytes(job.nonceB64), padded);
    return { object, sha256B64: await sha256(object) };
  }
  const [imported, prefix] = [await importFileKey(key), bytes(job.noncePrefixB64)];
  const count = Math.max(1, Math.ceil(plain.length / chunkSize));
  const object = new Uint8Array(plain.length + count * overhead);
  const one = async (i: number) => {
    const chunk = plain.subarray(i * chunkSize, (i + 1) * chunkSize);
    const isLast = job.last && i === count - 1;
    const sealed = await encryptChunk(imported, prefix, job.first + i, isLast, chunk);
    object.set(sealed, i * storedChunk);
    release(sealed);
  };
  for (let i = 0; i < count; i += atOnce) {
    await Promise.all(Array.from({ length: Math.min(atOnce, count - i) }, (_, j) => one(i + j)));
  }
  const sha256B64 = await sha256(plain);
  release(plain);
  return { object, sha256B64 };
}

/** Whether it failed because the file is gone, or not any more what it was when it was picked. */
export function isUnread(error: unknown): boolean {
  return error instanceof DOMException && /^Not(Readable|Found)Error$/.test(error.name);
}

/** SHA-256 in Base64. */
export async function sha256(data: Bytes): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", data)));
}

function bytes(base64: string): Bytes {
  const read = fromBase64(base64);
  if (!read) throw new CryptoError("E_FORMAT");
  return read;
}
