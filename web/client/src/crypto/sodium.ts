import sodium from "libsodium-wrappers-sumo";
import { CryptoError } from "./errors.ts";

/** libsodium, ready to use. 188 kB: import this module lazily, in a worker when there is a page. */
export async function readySodium(): Promise<typeof sodium> {
  await sodium.ready;
  return sodium;
}

/**
 * Argon2id on this thread, with the parameters of e2ee §2.
 * @throws CryptoError E_RESOURCE when 64 MiB cannot be had; no weaker setting exists.
 */
export async function argon2id(password: Uint8Array, salt: Uint8Array): Promise<Uint8Array> {
  const { crypto_pwhash, crypto_pwhash_ALG_ARGON2ID13 } = await readySodium();
  try {
    return crypto_pwhash(32, password, salt, 3, 65_536 * 1024, crypto_pwhash_ALG_ARGON2ID13);
  } catch {
    throw new CryptoError("E_RESOURCE");
  }
}
