import { type Bytes, concat, equal, fromBase64Url } from "./bytes.ts";

/** Ed25519 (RFC 8032) over seeds of 32 bytes. What it verifies with is known to be sound, see {@link verify}. */
export interface Ed25519 {
  publicKey(seed: Uint8Array): Promise<Bytes>;
  sign(seed: Uint8Array, message: Bytes): Promise<Bytes>;
  /** Whether [S]B = R + [k]A, without the cofactor. */
  verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean>;
}

const p = 2n ** 255n - 19n;
/** The order of the group. */
const order = 2n ** 252n + 27742317777372353535851937790883648493n;
/** The y of a point of order 8. */
const y8 = 0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n;
/** The y of every point of small order. */
const small = new Set([0n, 1n, p - 1n, y8, p - y8]);
/** RFC 8410: what stands in front of the seed in PKCS #8. */
const pkcs8 = Uint8Array.of(0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32);
const name = "Ed25519";

/** The browser's own. */
export const native: Ed25519 = {
  async publicKey(seed) {
    const { x } = await crypto.subtle.exportKey("jwk", await importSeed(seed, true));
    return fromBase64Url(x ?? "") ?? new Uint8Array(0);
  },
  async sign(seed, message) {
    return new Uint8Array(await crypto.subtle.sign(name, await importSeed(seed, false), message));
  },
  async verify(key, message, signature) {
    try {
      const imported = await crypto.subtle.importKey("raw", key, name, false, ["verify"]);
      return await crypto.subtle.verify(name, imported, signature, message);
    } catch {
      return false; // no point of the curve
    }
  },
};

let chosen: Promise<Ed25519> | undefined;

/** The one that works here: the browser's, or one in JavaScript that is loaded then. */
export function ed25519(): Promise<Ed25519> {
  chosen ??= choose().catch((error: unknown) => {
    chosen = undefined; // the other could not be loaded; it may be next time
    throw error;
  });
  return chosen;
}

/**
 * Whether a signature is right by e2ee §3: key and R are of no small order, the key is canonical, S is below the order. The browsers do not
 * all ask that.
 */
export async function verify(key: Bytes, message: Bytes, signature: Bytes): Promise<boolean> {
  const sound = isSound(key) && isSound(signature.subarray(0, 32)) && number(signature.subarray(32)) < order;
  return sound && (await ed25519()).verify(key, message, signature);
}

async function choose(): Promise<Ed25519> {
  return (await works(native)) ? native : (await import("./ed25519-portable.ts")).portable;
}

/** Tries it with the first vector of RFC 8032. A signature need not be the vector's: some browsers put in chance. */
async function works(candidate: Ed25519): Promise<boolean> {
  const seed = fromBase64Url("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")!;
  const key = fromBase64Url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")!;
  const message = new Uint8Array(1);
  try {
    const signature = await candidate.sign(seed, message);
    return equal(await candidate.publicKey(seed), key) && (await candidate.verify(key, message, signature));
  } catch {
    return false;
  }
}

async function importSeed(seed: Uint8Array, extractable: boolean): Promise<CryptoKey> {
  const encoded = concat(pkcs8, seed);
  try {
    return await crypto.subtle.importKey("pkcs8", encoded, name, extractable, ["sign"]);
  } finally {
    encoded.fill(0);
  }
}

function isSound(point: Uint8Array): boolean {
  const y = BigInt.asUintN(255, number(point));
  return y < p && !small.has(y);
}

/** Little-endian. */
function number(bytes: Uint8Array): bigint {
  return bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}
