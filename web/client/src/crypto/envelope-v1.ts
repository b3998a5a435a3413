import { type Bytes, fromUtf8, random, toBase64, utf8 } from "./bytes.ts";
import type { Opened, RoomCipher } from "./cipher.ts";
import { decrypt, readEnvelope, readSealed, writeEnvelope } from "./envelope.ts";
import { CryptoError } from "./errors.ts";

const rounds = 250_000;

/** The key of envelope v1, as the HChat app derives it. Cheaper to guess than v2: only for rooms in compatibility mode. */
export async function deriveV1(passphrase: string, channel: string): Promise<CryptoKey> {
  const password = await crypto.subtle.importKey("raw", utf8(passphrase), "PBKDF2", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: utf8(`hc:${channel}`), iterations: rounds },
    password,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

/** Seals plain text as envelope v1. */
export async function sealV1(key: CryptoKey, text: string): Promise<string> {
  const iv = random(12);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, utf8(text));
  return writeEnvelope({ v: 1, alg: "AES-GCM", iv: toBase64(iv), ct: toBase64(new Uint8Array(sealed)) });
}

/**
 * Opens envelope v1. It names no key and authenticates no room, so a wrong passphrase and a forgery look alike.
 * @throws CryptoError
 */
export async function openV1(key: CryptoKey, text: string): Promise<string> {
  const envelope = readEnvelope(text);
  if (envelope.v !== 1) throw new CryptoError("E_VERSION");
  if (envelope["alg"] !== "AES-GCM") throw new CryptoError("E_ALG");
  const { iv, sealed } = readSealed(envelope);
  const plain = fromUtf8(await decrypt(key, iv, sealed));
  if (plain === undefined) throw new CryptoError("E_FORMAT");
  return plain;
}

/** Envelope v1, for rooms that the user opened in HChat compatibility. */
export class HChatCipher implements RoomCipher {
  readonly kid = undefined;
  readonly #key: CryptoKey;

  constructor(key: CryptoKey) {
    this.#key = key;
  }

  seal(content: Bytes): Promise<string> {
    return sealV1(this.#key, fromUtf8(content) ?? "");
  }

  async open(text: string): Promise<Opened> {
    return { legacy: await openV1(this.#key, text) };
  }
}
