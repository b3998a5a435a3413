import { type Bytes, concat, fromBase64, toBase64 } from "../crypto/bytes.ts";
import { fileKey } from "../crypto/derived.ts";
import { CryptoError } from "../crypto/errors.ts";
import { decryptSeekable } from "../crypto/files/gcm-stream.ts";
import { decryptSmall, maxPlaintext } from "../crypto/files/gcm.ts";
import type { RoomKeys } from "../crypto/keys.ts";
import { padme } from "../crypto/padding.ts";
import { plainSize } from "./attachments.ts";
import { sha256, smallFile } from "./seal.ts";
import type { FileEncryption, SharedFile } from "./types.ts";

/** What files are opened with whose object has no key of its own. */
export interface RoomSecrets {
  keys: RoomKeys | undefined;
  passphrase: string | undefined;
}

/**
 * The plaintext of a file, of the bytes of its object. Until the stream has ended without an error all of it is provisional: nothing may be shown or named.
 * It fails with CryptoError.
 */
export async function opening(
  object: ReadableStream<Uint8Array>,
  file: SharedFile,
  secrets: RoomSecrets,
): Promise<ReadableStream<Uint8Array>> {
  const { encryption, sha256B64, keyB64, objectKey, size } = file;
  if (encryption.scheme === "hcss") {
    if (secrets.passphrase === undefined) throw new CryptoError("E_KEY_UNKNOWN");
    return (await import("./hcss.ts")).openHcss(object, secrets.passphrase);
  }
  const key = keyB64 === "" ? await derived(secrets.keys, encryption.scheme, objectKey) : bytes(keyB64);
  const hashed = sha256B64 !== undefined && encryption.scheme !== "aes-256-gcm";
  const source = hashed ? object.pipeThrough(await hashing(sha256B64)) : object;
  const plain = source.pipeThrough(await decryption(encryption, key, sha256B64));
  return keyB64 === "" ? plain : plain.pipeThrough(cut(size));
}

/** Whether an object of so many bytes can be that file: else somebody would have us fetch without end. */
export function fitsObject({ encryption, size, keyB64 }: SharedFile, stored: number): boolean {
  if (encryption.scheme === "hcss" || keyB64 === "") return true;
  const plain = plainSize(stored, encryption);
  return plain <= (size < smallFile ? Math.max(padme(size), 1) : size);
}

async function decryption(
  encryption: Exclude<FileEncryption, { scheme: "hcss" }>,
  key: Bytes,
  sha256B64: string | undefined,
): Promise<TransformStream<Uint8Array, Uint8Array>> {
  switch (encryption.scheme) {
    case "aes-256-gcm":
      return inOnePiece(key, bytes(encryption.nonceB64), sha256B64);
    case "aes-256-gcm.stream":
      return decryptSeekable(key, bytes(encryption.noncePrefixB64), encryption.chunkSize);
    case "secretstream.xchacha20poly1305": {
      const { decryptStream } = await import("../crypto/files/secretstream.ts");
      return decryptStream(key, bytes(encryption.headerB64), encryption.chunkSize);
    }
  }
}

function inOnePiece(key: Bytes, nonce: Bytes, expected: string | undefined): TransformStream<Uint8Array, Uint8Array> {
  const held: Uint8Array[] = [];
  let length = 0;
  return new TransformStream({
    transform(piece) {
      length += piece.length;
      if (length > maxPlaintext + 16) throw new CryptoError("E_LIMIT");
      held.push(piece);
    },
    async flush(controller) {
      const object = concat(...held);
      if (expected !== undefined && (await sha256(object)) !== canonical(expected)) throw new CryptoError("E_AUTH");
      controller.enqueue(await decryptSmall(key, nonce, object));
    },
  });
}

/** Passes on what comes, and fails at its end when it was something else. */
async function hashing(expected: string): Promise<TransformStream<Uint8Array, Uint8Array>> {
  const sodium = await (await import("../crypto/sodium.ts")).readySodium();
  const state = sodium.crypto_hash_sha256_init();
  return new TransformStream({
    transform(piece, controller) {
      sodium.crypto_hash_sha256_update(state, piece);
      controller.enqueue(piece);
    },
    flush() {
      if (toBase64(sodium.crypto_hash_sha256_final(state)) !== canonical(expected)) throw new CryptoError("E_AUTH");
    },
  });
}

/** Takes away the zeroes behind a file. */
function cut(size: number): TransformStream<Uint8Array, Uint8Array> {
  let left = size;
  return new TransformStream({
    transform(piece, controller) {
      if (left > 0) controller.enqueue(piece.subarray(0, left));
      left = Math.max(0, left - piece.length);
    },
    flush() {
      if (left > 0) throw new CryptoError("E_TRUNCATED");
    },
  });
}

function derived(keys: RoomKeys | undefined, scheme: string, objectKey: string): Promise<Bytes> {
  if (!keys) throw new CryptoError("E_KEY_UNKNOWN");
  return fileKey(keys, scheme, objectKey);
}

/** Base64 with its padding, which may be missing. */
function canonical(base64: string): string {
  return toBase64(bytes(base64));
}

function bytes(base64: string): Bytes {
  const read = fromBase64(base64);
  if (!read) throw new CryptoError("E_FORMAT");
  return read;
}
