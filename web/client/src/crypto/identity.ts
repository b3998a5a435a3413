import { type Bytes, concat, equal, fromBase64Url, random, toBase64Url, utf8 } from "./bytes.ts";
import { ed25519 } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";

/** The public half of an identity: base64url of 32 bytes. */
export type IdentityKey = string;

const seedLength = 32;
const checksumLength = 4;
const prefix = "hcid1-";

/** The key with which a person's clients sign what they say in encrypted rooms (e2ee §3). Made once, carried from device to device. */
export class Identity {
  /** The public half. */
  readonly key: IdentityKey;
  /** The public half's short name, 20 characters. */
  readonly fingerprint: string;
  readonly #seed: Bytes;

  private constructor(seed: Bytes, key: IdentityKey, fingerprint: string) {
    this.#seed = seed;
    this.key = key;
    this.fingerprint = fingerprint;
  }

  /** A new identity. */
  static generate(): Promise<Identity> {
    return Identity.fromSeed(random(seedLength));
  }

  /** @throws CryptoError E_FORMAT when it is not 32 bytes. */
  static async fromSeed(seed: Uint8Array): Promise<Identity> {
    if (seed.length !== seedLength) throw new CryptoError("E_FORMAT");
    const own = new Uint8Array(seed);
    const key = toBase64Url(await (await ed25519()).publicKey(own));
    return new Identity(own, key, await fingerprint(key));
  }

  /**
   * Reads what {@link export} wrote.
   * @throws CryptoError E_FORMAT for anything else, such as a mistyped one.
   */
  static async import(text: string): Promise<Identity> {
    const bytes = text.startsWith(prefix) ? fromBase64Url(text.slice(prefix.length)) : undefined;
    if (bytes?.length !== seedLength + checksumLength) throw new CryptoError("E_FORMAT");
    const seed = bytes.subarray(0, seedLength);
    if (!equal(await checksum(seed), bytes.subarray(seedLength))) throw new CryptoError("E_FORMAT");
    return Identity.fromSeed(seed);
  }

  /** A copy of the seed, which is all that has to be kept; encrypt it where it lies. */
  get seed(): Bytes {
    return this.#seed.slice();
  }

  /** The identity as `hcid1-…`, for carrying it to another device. Whoever has it can sign in one's name. */
  async export(): Promise<string> {
    return prefix + toBase64Url(concat(this.#seed, await checksum(this.#seed)));
  }

  /** Signs a message. Whatever is signed begins with a label of its own, so that no signature fits another purpose. */
  async sign(message: Bytes): Promise<Bytes> {
    return (await ed25519()).sign(this.#seed, message);
  }
}

/** Whether it can be a public half. */
export function isIdentityKey(value: unknown): value is IdentityKey {
  return typeof value === "string" && fromBase64Url(value)?.length === 32;
}

/** The short name of a key, 20 characters. @throws CryptoError E_FORMAT when it is none. */
export async function fingerprint(key: IdentityKey): Promise<string> {
  const bytes = fromBase64Url(key);
  if (bytes?.length !== 32) throw new CryptoError("E_FORMAT");
  return toBase64Url((await sha256("hc-e2ee/2/identity", bytes)).subarray(0, 15));
}

/** A fingerprint for people, in four groups of five. */
export function inGroups(fingerprint: string): string {
  return fingerprint.replace(/.{5}(?!$)/g, "$& ");
}

async function checksum(seed: Uint8Array): Promise<Bytes> {
  return (await sha256("hc-e2ee/2/identity-seed", seed)).slice(0, checksumLength);
}

async function sha256(label: string, bytes: Uint8Array): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", concat(utf8(label), bytes)));
}
