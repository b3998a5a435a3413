import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { concat, utf8 } from "../src/crypto/bytes.ts";
import { fileKey, mediaKey } from "../src/crypto/derived.ts";
import { open, sealUnder } from "../src/crypto/envelope.ts";
import { deriveV1, openV1 } from "../src/crypto/envelope-v1.ts";
import * as gcm from "../src/crypto/files/gcm.ts";
import * as gcmStream from "../src/crypto/files/gcm-stream.ts";
import * as secretstream from "../src/crypto/files/secretstream.ts";
import { argonSalt, deriveBytes, normalizePassphrase } from "../src/crypto/keys.ts";
import { pad, padme, unpad } from "../src/crypto/padding.ts";
import { readySodium } from "../src/crypto/sodium.ts";
import { hex, keysFromSecret, keysOf, outcome, pattern, toHex, vectors } from "./vectors.ts";

describe("key schedule", () => {
  test.each(vectors.rooms)("room $name has the keys of the vector", async (room) => {
    const keys = await keysFromSecret(room);
    expect(keys.kid).toBe(room.kid);
    for (const [label, wanted] of Object.entries({ att: room.attHex, rtc: room.rtcHex, share: room.shareHex })) {
      expect(toHex(await deriveBytes(keys.root, label, room.channel, 32))).toBe(wanted);
    }
    if (room.passphrase !== undefined) {
      expect(toHex(normalizePassphrase(room.passphrase))).toBe(room.normalizedHex);
      expect(toHex(await argonSalt(room.channel, hex(room.saltHex)))).toBe(room.argonSaltHex);
    }
  });

  test("the root cannot be read back", async () => {
    const { root } = await keysOf("ascii");
    expect(root.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("raw", root)).rejects.toThrow();
  });

  test.each(["", "  \t\n", "　"])("an empty passphrase is refused: %j", (passphrase) => {
    expect(() => normalizePassphrase(passphrase)).toThrow("E_FORMAT");
  });
});

describe("padding", () => {
  test.each(vectors.pad)("$contentLen bytes become $paddedLen and come back", ({ contentLen, paddedLen }) => {
    const padded = pad(pattern(contentLen));
    expect(padded.length).toBe(paddedLen);
    expect(toHex(unpad(padded))).toBe(toHex(pattern(contentLen)));
  });

  test.each(vectors.padme)("Padmé of $len is $padded", ({ len, padded }) => expect(padme(len)).toBe(padded));
});

describe("envelope", () => {
  test.each(vectors.envelopes)("opens what the others sealed in $room ($content)", async ({ room, content, text }) => {
    const keys = await keysOf(room);
    expect(await open([keys], text, keys.channel)).toEqual({ content: JSON.parse(content), signer: undefined });
  });

  test.each(vectors.envelopes)("is sealed as in the vector in $room", async ({ room, content, ivHex, text }) => {
    expect(await sealUnder(hex(ivHex), await keysOf(room), utf8(content))).toBe(text);
  });

  test.each(vectors.envelopeNegative)("$name: $expect", async ({ text, ring, channel, expect: wanted }) => {
    const keys = await Promise.all(ring.map(keysOf));
    expect(await outcome(() => open(keys, text, channel))).toBe(wanted);
  });

  test("the vector file has its 24 negatives", () => expect(vectors.envelopeNegative).toHaveLength(24));

  test.each(vectors.legacyV1)("opens envelope v1 in $channel", async ({ passphrase, channel, plain, text }) => {
    expect(await openV1(await deriveV1(passphrase, channel), text)).toBe(plain);
  });
});

describe("files", () => {
  test.each(vectors.streams)("secretstream of $size bytes", async (vector) => {
    const [key, header] = [hex(vector.keyHex), hex(vector.headerHex)];
    const object = await through(pattern(vector.size), await secretstream.encryptStream(key, header, vector.chunkSize));
    expect(object.length).toBe(vector.cipherBytes);
    expect(sha256(object)).toBe(vector.sha256);
    const plain = await through(object, await secretstream.decryptStream(key, header, vector.chunkSize));
    expect(sha256(plain)).toBe(sha256(pattern(vector.size)));
  });

  test.each(vectors.streamsEmptyFinal)("secretstream of $size bytes and an empty final chunk", async (vector) => {
    const [key, header] = [hex(vector.keyHex), hex(vector.headerHex)];
    const object = await chunks(key, header, vector.size, vector.chunkSize, { emptyFinal: true });
    expect(sha256(concat(...object))).toBe(vector.sha256);
  });

  test.each(vectors.small)("aes-256-gcm of $size bytes", async (vector) => {
    const [key, nonce] = [hex(vector.keyHex), hex(vector.nonceHex)];
    const object = await gcm.encryptSmall(key, nonce, pattern(vector.size));
    expect(sha256(object)).toBe(vector.sha256);
    expect(sha256(await gcm.decryptSmall(key, nonce, object))).toBe(sha256(pattern(vector.size)));
  });

  test.each(vectors.gcmStream)("aes-256-gcm.stream of $size bytes", async (vector) => {
    const [key, prefix] = [hex(vector.keyHex), hex(vector.prefixHex)];
    const object = await through(pattern(vector.size), await gcmStream.encryptSeekable(key, prefix, vector.chunkSize));
    expect(object.length).toBe(vector.cipherBytes);
    expect(sha256(object)).toBe(vector.sha256);
    const plain = await through(object, await gcmStream.decryptSeekable(key, prefix, vector.chunkSize));
    expect(sha256(plain)).toBe(sha256(pattern(vector.size)));
  });

  test("a chunk of aes-256-gcm.stream opens alone, and only in its own place", async () => {
    const key = pattern(32);
    const prefix = pattern(7);
    const object = await through(pattern(10_000), await gcmStream.encryptSeekable(key, prefix, 4096));
    const second = object.slice(4112, 8224);
    const imported = await gcm.importFileKey(key);
    expect(await gcmStream.decryptChunk(imported, prefix, 1, false, second)).toEqual(pattern(10_000).slice(4096, 8192));
    expect(await outcome(() => gcmStream.decryptChunk(imported, prefix, 2, false, second))).toBe("E_AUTH");
    expect(await outcome(() => gcmStream.decryptChunk(imported, prefix, 1, true, second))).toBe("E_AUTH");
    const cut = await gcmStream.decryptSeekable(key, prefix, 4096);
    expect(await outcome(() => through(object.slice(0, 8224), cut))).toBe("E_AUTH");
  });

  test.each(vectors.fileKeys)("file key for $scheme", async ({ room, scheme, objectKey, keyHex }) => {
    expect(toHex(await fileKey(await keysOf(room), scheme, objectKey))).toBe(keyHex);
  });

  test.each(vectors.rtc)("media key of $identity in epoch $epoch", async (vector) => {
    const key = await mediaKey(await keysOf(vector.room), vector.callId, vector.identity, vector.epoch);
    expect(toHex(key)).toBe(vector.keyHex);
    expect(Buffer.from(key).toString("base64")).toBe(vector.livekitKeyString);
  });

  test.each(vectors.streamNegative.cases)("$name: $expect", async (negative) => {
    const { keyHex, headerHex, wrongKeyHex, wrongHeaderHex, chunkSize } = vectors.streamNegative;
    const object = await damaged(negative.op, negative.size);
    expect([object.length, sha256(object)]).toEqual([negative.objectBytes, negative.objectSha256]);
    const key = hex(negative.op === "wrongKey" ? wrongKeyHex : keyHex);
    const header = hex(negative.op === "wrongHeader" ? wrongHeaderHex : headerHex);
    const decrypting = await secretstream.decryptStream(key, header, chunkSize);
    expect(await outcome(() => through(object, decrypting))).toBe(negative.expect);
  });

  test("the vector file has its 18 stream negatives", () => expect(vectors.streamNegative.cases).toHaveLength(18));

  test.each([0, 4095, 1_048_577, 65_536.5])("a chunk size of %d is refused", async (size) => {
    expect(await outcome(() => secretstream.decryptStream(pattern(32), pattern(24), size))).toBe("E_FORMAT");
    expect(await outcome(() => gcmStream.decryptSeekable(pattern(32), pattern(7), size))).toBe("E_FORMAT");
  });
});

async function through(bytes: Uint8Array, transform: TransformStream<Uint8Array, Uint8Array>): Promise<Uint8Array> {
  const pieces = [bytes.slice(0, 10), bytes.slice(10, 70_000), bytes.slice(70_000)];
  const writer = transform.writable.getWriter();
  const writing = (async () => {
    for (const piece of pieces) await writer.write(piece);
    await writer.close();
  })();
  writing.catch(() => undefined); // the reader is told the same error
  const out: Uint8Array[] = [];
  const reader = transform.readable.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) out.push(read.value);
  return concat(...out);
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The chunks of a secretstream, with tags that an honest writer would not set. */
async function chunks(
  key: Uint8Array,
  header: Uint8Array,
  size: number,
  chunkSize: number,
  odd: { emptyFinal?: boolean; noFinal?: boolean; tag0?: number },
): Promise<Uint8Array[]> {
  const sodium = await readySodium();
  const state = sodium.crypto_secretstream_xchacha20poly1305_init_pull(header, key);
  const plain = pattern(size);
  const parts: Uint8Array[] = [];
  for (let at = 0; at < size; at += chunkSize) parts.push(plain.subarray(at, at + chunkSize));
  if (odd.emptyFinal || parts.length === 0) parts.push(new Uint8Array(0));
  return parts.map((part, i) => {
    const final = i === parts.length - 1 && !odd.noFinal ? 3 : 0;
    const tag = i === 0 && odd.tag0 !== undefined ? odd.tag0 : final;
    return sodium.crypto_secretstream_xchacha20poly1305_push(state, part, null, tag);
  });
}

/** Builds a damaged object as the vector file describes it. */
async function damaged(op: string, size: number): Promise<Uint8Array> {
  const { keyHex, headerHex, chunkSize } = vectors.streamNegative;
  const odd = {
    emptyFinal: op === "emptyFinal",
    noFinal: op === "noFinal",
    ...(op.startsWith("tag0=") ? { tag0: Number(op.slice(5)) } : {}),
  };
  const list = await chunks(hex(keyHex), hex(headerHex), size, chunkSize, odd);
  const object = concat(...list);
  const [first, second, ...rest] = list as [Uint8Array, Uint8Array, ...Uint8Array[]];
  if (op === "empty") return new Uint8Array(0);
  if (op === "first16") return object.slice(0, 16);
  if (op === "dropLast") return concat(...list.slice(0, -1));
  if (op === "cut5") return object.slice(0, -5);
  if (op === "swap01") return concat(second, first, ...rest);
  if (op === "dup0") return concat(first, ...list);
  if (op === "drop1") return concat(first, ...rest);
  if (op === "append20") return concat(object, new Uint8Array(20));
  if (op.startsWith("flip")) {
    const at = Number(op.slice(4));
    object[at] = object[at]! ^ 1;
  }
  return object;
}
