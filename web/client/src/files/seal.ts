import { type Bytes, concat, fromBase64, release, toBase64 } from "../crypto/bytes.ts";
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

/** Chunks that are read and encrypted at a time: no more of a file is ever held. */
const atOnce = 8;

/** What is to be encrypted: a whole small file, or some chunks of a large one. */
export type SealJob = { blob: Blob; keyB64: string } & (
  | { nonceB64: string }
  /** `first` is the number of the first chunk; `last` says that the file ends with this piece. */
  | { noncePrefixB64: string; first: number; last: boolean }
);

/** An object or a part of one. */
export interface SealedPiece {
  /** A blob, for what is in one browsers keep outside the page. */
  object: Blob;
  /** Of a whole file: SHA-256 of the object. Of a piece: of the hashes of its plaintext, by which it is known again. */
  sha256B64: string;
}

/** Encrypts it. @throws CryptoError; DOMException when the file cannot be read any more */
export async function seal(job: SealJob): Promise<SealedPiece> {
  const key = bytes(job.keyB64);
  if ("nonceB64" in job) {
    const padded = new Uint8Array(padme(job.blob.size));
    padded.set(new Uint8Array(await job.blob.arrayBuffer()));
    const object = await encryptSmall(key, bytes(job.nonceB64), padded);
    return { object: new Blob([object]), sha256B64: await sha256(object) };
  }
  const { blob, first, last } = job;
  const [imported, prefix] = [await importFileKey(key), bytes(job.noncePrefixB64)];
  const [sealed, hashes]: [Blob[], Bytes[]] = [[], []];
  const count = chunksOf(blob);
  for (let i = 0; i < count; i += atOnce) {
    const plain = await some(blob, i);
    const one = (_: unknown, j: number) => {
      const chunk = plain.subarray(j * chunkSize, (j + 1) * chunkSize);
      return encryptChunk(imported, prefix, first + i + j, last && i + j === count - 1, chunk);
    };
    const chunks = await Promise.all(Array.from({ length: Math.min(atOnce, count - i) }, one));
    hashes.push(await digest(plain));
    sealed.push(new Blob(chunks));
    for (const used of [plain, ...chunks]) release(used);
  }
  return { object: new Blob(sealed), sha256B64: await sha256(concat(...hashes)) };
}

/** What the chunks of a large file are known by, as {@link seal} says it. @throws DOMException when the file cannot be read any more */
export async function hashOf(blob: Blob): Promise<string> {
  const hashes: Bytes[] = [];
  for (let i = 0; i < chunksOf(blob); i += atOnce) {
    const plain = await some(blob, i);
    hashes.push(await digest(plain));
    release(plain);
  }
  return sha256(concat(...hashes));
}

function chunksOf({ size }: Blob): number {
  return Math.max(1, Math.ceil(size / chunkSize));
}

/** As many chunks as are held at a time. */
async function some(blob: Blob, first: number): Promise<Bytes> {
  return new Uint8Array(await blob.slice(first * chunkSize, (first + atOnce) * chunkSize).arrayBuffer());
}

async function digest(data: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", data));
}

/** Whether it failed because the file is gone, or not any more what it was when it was picked. */
export function isUnread(error: unknown): boolean {
  return error instanceof DOMException && /^Not(Readable|Found)Error$/.test(error.name);
}

/** SHA-256 in Base64. */
export async function sha256(data: Bytes): Promise<string> {
  return toBase64(await digest(data));
}

function bytes(base64: string): Bytes {
  const read = fromBase64(base64);
  if (!read) throw new CryptoError("E_FORMAT");
  return read;
}
