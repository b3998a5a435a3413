import { etc, getPublicKeyAsync, Point, signAsync } from "@noble/ed25519";
import type { Ed25519 } from "./ed25519.ts";

/**
 * In JavaScript, for browsers that have none (before Chromium 137, Firefox 129, Safari 17). Load it lazily; it takes nothing from modules
 * that others load.
 */
export const portable: Ed25519 = {
  publicKey: async (seed) => new Uint8Array(await getPublicKeyAsync(seed)),
  sign: async (seed, message) => new Uint8Array(await signAsync(message, seed)),
  async verify(key, message, signature) {
    // The library's own verify multiplies by the cofactor, and so accepts what the others do not.
    const r = signature.subarray(0, 32);
    const hash = await crypto.subtle.digest("SHA-512", new Uint8Array(etc.concatBytes(r, key, message)));
    const k = number(new Uint8Array(hash)) % Point.CURVE().n;
    try {
      const sB = Point.BASE.multiply(number(signature.subarray(32)), false);
      return sB.subtract(Point.fromBytes(key).multiply(k, false)).toHex() === etc.bytesToHex(r);
    } catch {
      return false; // no point of the curve
    }
  },
};

/** Little-endian. */
function number(bytes: Uint8Array): bigint {
  return BigInt(`0x${etc.bytesToHex(bytes.slice().reverse())}`);
}
