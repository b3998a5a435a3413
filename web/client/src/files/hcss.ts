import { type Bytes, concat, fromBase64, u32, utf8 } from "../crypto/bytes.ts";
import { CryptoError } from "../crypto/errors.ts";
import { inChunks } from "../crypto/files/chunks.ts";
import { parseObject } from "../crypto/json.ts";
import { readySodium } from "../crypto/sodium.ts";

/** Longest header that is read, bytes. */
const maxHeader = 4_096;
const tagLength = 16;

/** What stands at the beginning of such a file. Nothing proves it but that what follows opens. */
interface Header {
  salt: Bytes;
  prefix: Bytes;
  chunkSize: number;
  fileSize: number;
}

/**
 * Opens a `.hcss` file of the HChat app (ChaCha20-Poly1305 in chunks under a key made of the passphrase).
 * @returns its plaintext, which fails with CryptoError: provisional until its end
 */
export async function openHcss(
  object: ReadableStream<Uint8Array>,
  passphrase: string,
): Promise<ReadableStream<Uint8Array>> {
  const reader = object.getReader();
  const head = await take(reader, 4, new Uint8Array(0));
  const length = new DataView(head.taken.buffer).getUint32(0);
  if (length > maxHeader) throw new CryptoError("E_FORMAT");
  const { taken, rest } = await take(reader, length, head.rest);
  const { salt, prefix, chunkSize, fileSize } = readHeader(taken);
  const key = await deriveKey(passphrase, salt);
  const sodium = await readySodium();
  let size = 0;
  const work = inChunks(chunkSize + tagLength, (chunk, index, last) => {
    if (chunk.length < tagLength) throw new CryptoError("E_TRUNCATED");
    let plain: Uint8Array;
    try {
      const [data, nonce] = [concat(utf8("HCSSv1"), u32(index)), concat(prefix, u32(index))];
      plain = sodium.crypto_aead_chacha20poly1305_ietf_decrypt(null, chunk, data, nonce, key);
    } catch {
      throw new CryptoError("E_AUTH");
    }
    size += plain.length;
    if (size > fileSize) throw new CryptoError("E_TRAILING");
    if (last && size < fileSize) throw new CryptoError("E_TRUNCATED");
    return plain;
  });
  return following(reader, rest).pipeThrough(work);
}

function readHeader(bytes: Bytes): Header {
  const { version, alg, info, hkdfSalt_b64, noncePrefix_b64, chunkSize, fileSize } = parseObject(bytes) ?? {};
  const [salt, prefix] = [hkdfSalt_b64, noncePrefix_b64].map((text) =>
    typeof text === "string" ? fromBase64(text) : undefined,
  );
  const sound =
    version === 1 &&
    alg === "ChaChaPoly-HKDF-SHA256" &&
    info === "hc-secretstream-v1" &&
    Number.isSafeInteger(fileSize) &&
    Number.isInteger(chunkSize) &&
    (chunkSize as number) >= 4_096 &&
    (chunkSize as number) <= 1_048_576;
  if (!sound || salt?.length !== 16 || prefix?.length !== 8) throw new CryptoError("E_FORMAT");
  return { salt, prefix, chunkSize: chunkSize as number, fileSize: fileSize as number };
}

async function deriveKey(passphrase: string, salt: Bytes): Promise<Bytes> {
  const secret = await crypto.subtle.digest("SHA-256", utf8(passphrase));
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt, info: utf8("hc-secretstream-v1") };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}

async function take(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  length: number,
  begun: Uint8Array,
): Promise<{ taken: Bytes; rest: Uint8Array }> {
  let all = begun;
  while (all.length < length) {
    const { done, value } = await reader.read();
    if (done) throw new CryptoError("E_TRUNCATED");
    all = concat(all, value);
  }
  return { taken: new Uint8Array(all.subarray(0, length)), rest: all.subarray(length) };
}

function following(reader: ReadableStreamDefaultReader<Uint8Array>, first: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (first.length > 0) controller.enqueue(first);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (why) => reader.cancel(why),
  });
}
