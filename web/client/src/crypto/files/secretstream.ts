import { CryptoError } from "../errors.ts";
import { readySodium } from "../sodium.ts";
import { checkChunkSize, inChunks } from "./chunks.ts";

/** The scheme's name in attachments: opaque files of 16 MB and more. */
export const scheme = "secretstream.xchacha20poly1305";
/** Bytes that a chunk grows by: one of tag, sixteen of MAC. */
export const overhead = 17;
/** Length of the header in bytes. It is not secret and travels beside the object. */
export const headerLength = 24;

/**
 * Encrypts a file (e2ee §5.1): ⌈n/chunkSize⌉ chunks, the last tagged FINAL.
 * @param key 32 bytes, for this object only.
 * @param header 24 random bytes.
 */
export async function encryptStream(
  key: Uint8Array,
  header: Uint8Array,
  chunkSize = 65_536,
): Promise<TransformStream<Uint8Array, Uint8Array>> {
  checkChunkSize(chunkSize);
  const sodium = await readySodium();
  // The state of a writer and of a reader is the same; only this way can the header be given.
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  return inChunks(chunkSize, (chunk, _, last) => {
    const tag = last
      ? sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
      : sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE;
    return sodium.crypto_secretstream_xchacha20poly1305_push(state, chunk, null, tag);
  });
}

/**
 * Decrypts a file. Its plaintext may be shown or saved only when the stream has ended without an error: what came before
 * may be the beginning of a cut-off object. Also accepts an empty FINAL chunk after full ones.
 * The stream fails with CryptoError E_AUTH, E_FORMAT (a tag that does not belong here), E_TRUNCATED or E_TRAILING.
 */
export async function decryptStream(
  key: Uint8Array,
  header: Uint8Array,
  chunkSize = 65_536,
): Promise<TransformStream<Uint8Array, Uint8Array>> {
  checkChunkSize(chunkSize);
  if (header.length !== headerLength) throw new CryptoError("E_FORMAT");
  const sodium = await readySodium();
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  return inChunks(chunkSize + overhead, (chunk, _, last) => {
    if (chunk.length < overhead) throw new CryptoError("E_TRUNCATED");
    const opened = sodium.crypto_secretstream_xchacha20poly1305_pull(state, chunk, null);
    if (!opened) throw new CryptoError("E_AUTH");
    if (opened.tag === sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL) {
      if (!last) throw new CryptoError("E_TRAILING");
      return opened.message;
    }
    const whole = chunk.length === chunkSize + overhead;
    if (opened.tag !== sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE || !whole) {
      throw new CryptoError("E_FORMAT");
    }
    if (last) throw new CryptoError("E_TRUNCATED");
    return opened.message;
  });
}
