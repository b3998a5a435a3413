import { type Bytes, concat, u32 } from "../bytes.ts";
import { decrypt } from "../envelope.ts";
import { CryptoError } from "../errors.ts";
import { checkChunkSize, inChunks } from "./chunks.ts";
import { importFileKey } from "./gcm.ts";

/** The scheme's name in attachments: audio and video of 16 MB and more, seekable by Range. */
export const scheme = "aes-256-gcm.stream";
/** Bytes that a chunk grows by. */
export const overhead = 16;
/** Length of the nonce prefix in bytes. */
export const prefixLength = 7;

/**
 * Encrypts a file by STREAM (Hoang, Reyhanitabar, Rogaway, Vizár 2015; e2ee §5.1): chunk i has the nonce
 * prefix ‖ u32 i ‖ (1 for the last, else 0).
 * @param key 32 bytes, for this object only.
 * @param prefix 7 random bytes.
 */
export async function encryptSeekable(
  key: Bytes,
  prefix: Bytes,
  chunkSize = 65_536,
): Promise<TransformStream<Uint8Array, Uint8Array>> {
  checkChunkSize(chunkSize);
  const imported = await importFileKey(key);
  return inChunks(chunkSize, (chunk, index, last) => encryptChunk(imported, prefix, index, last, chunk));
}

/** Encrypts chunk `index` alone, for an upload that begins anywhere. The same chunk gives the same bytes, so it must be the same. */
export async function encryptChunk(
  key: CryptoKey,
  prefix: Bytes,
  index: number,
  last: boolean,
  chunk: Bytes,
): Promise<Bytes> {
  const parameters = { name: "AES-GCM", iv: nonce(prefix, index, last) };
  return new Uint8Array(await crypto.subtle.encrypt(parameters, key, chunk));
}

/** Decrypts a whole file. The stream fails with CryptoError E_AUTH or E_TRUNCATED; until its end the plaintext is provisional. */
export async function decryptSeekable(
  key: Bytes,
  prefix: Bytes,
  chunkSize = 65_536,
): Promise<TransformStream<Uint8Array, Uint8Array>> {
  checkChunkSize(chunkSize);
  if (prefix.length !== prefixLength) throw new CryptoError("E_FORMAT");
  const imported = await importFileKey(key);
  return inChunks(chunkSize + overhead, (chunk, index, last) => decryptChunk(imported, prefix, index, last, chunk));
}

/**
 * Decrypts chunk `index` alone, for a player that seeks.
 * @param last whether it is the object's last chunk, from the object's size.
 * @throws CryptoError E_TRUNCATED, E_AUTH
 */
export async function decryptChunk(
  key: CryptoKey,
  prefix: Bytes,
  index: number,
  last: boolean,
  chunk: Bytes,
): Promise<Bytes> {
  if (chunk.length < overhead) throw new CryptoError("E_TRUNCATED");
  return decrypt(key, nonce(prefix, index, last), chunk);
}

function nonce(prefix: Bytes, index: number, last: boolean): Bytes {
  if (index > 0xffff_ffff) throw new CryptoError("E_LIMIT");
  return concat(prefix, u32(index), Uint8Array.of(last ? 1 : 0));
}
