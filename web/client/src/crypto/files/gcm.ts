import { type Bytes, utf8 } from "../bytes.ts";
import { decrypt } from "../envelope.ts";
import { CryptoError } from "../errors.ts";

/** The scheme's name in attachments: one piece, below 16 MB. */
export const scheme = "aes-256-gcm";
/** Largest plaintext in bytes. */
export const maxPlaintext = 16_777_215;
const tagLength = 16;
const additionalData = utf8(`hc-e2ee/2/file-aad:${scheme}`);

/**
 * Encrypts a small file in one piece (e2ee §5.1).
 * @param key 32 bytes, for this object only.
 * @param nonce 12 random bytes.
 * @throws CryptoError E_LIMIT
 */
export async function encryptSmall(key: Bytes, nonce: Bytes, plain: Bytes): Promise<Bytes> {
  if (plain.length > maxPlaintext) throw new CryptoError("E_LIMIT");
  const parameters = { name: "AES-GCM", iv: nonce, additionalData };
  return new Uint8Array(await crypto.subtle.encrypt(parameters, await importFileKey(key), plain));
}

/**
 * Decrypts a small file.
 * @throws CryptoError E_TRUNCATED, E_LIMIT, E_FORMAT, E_AUTH
 */
export async function decryptSmall(key: Bytes, nonce: Bytes, object: Bytes): Promise<Bytes> {
  if (nonce.length !== 12) throw new CryptoError("E_FORMAT");
  if (object.length < tagLength) throw new CryptoError("E_TRUNCATED");
  if (object.length > maxPlaintext + tagLength) throw new CryptoError("E_LIMIT");
  return decrypt(await importFileKey(key), nonce, object, additionalData);
}

/** A file's key for AES-256-GCM. */
export function importFileKey(key: Bytes): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt", "decrypt"]);
}
