import type { Bytes } from "./bytes.ts";
import { CryptoError } from "./errors.ts";

/** The largest padded content; with it an envelope stays under 65,536 characters (e2ee §3). */
export const maxBucket = 32_768;
/** The largest content: one byte goes to the end mark. */
export const maxContent = maxBucket - 1;

const endMark = 0x80;

/** The smallest allowed length ≥ `length`: 256, 512, 1024, 2048, 4096, then multiples of 4096. */
export function bucket(length: number): number {
  if (length > 2048) return Math.ceil(length / 4096) * 4096;
  let size = 256;
  while (size < length) size *= 2;
  return size;
}

/** The content, 0x80, and zeros up to its bucket (ISO/IEC 7816-4). */
export function pad(content: Uint8Array): Bytes {
  const padded = new Uint8Array(bucket(content.length + 1));
  padded.set(content);
  padded[content.length] = endMark;
  return padded;
}

/**
 * The content without its padding.
 * @throws CryptoError E_PAD when the end mark is missing.
 */
export function unpad(padded: Bytes): Bytes {
  let last = padded.length - 1;
  while (last >= 0 && padded[last] === 0) last--;
  if (padded[last] !== endMark) throw new CryptoError("E_PAD");
  return padded.subarray(0, last);
}

/**
 * The Padmé length of an object of `length` bytes: at most 12 % more, and only O(log log n) bits of it are told
 * (Nikitin et al. 2019, "Reducing Metadata Leakage from Encrypted Files", algorithm 1). Files are zero-extended to it.
 */
export function padme(length: number): number {
  if (length < 2) return length;
  const exponent = length.toString(2).length - 1;
  const mantissa = exponent.toString(2).length;
  const unit = 2 ** Math.max(0, exponent - mantissa);
  return Math.ceil(length / unit) * unit;
}
