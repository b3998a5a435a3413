import { type Bytes, concat, prefixed, toBase64Url, utf8 } from "./bytes.ts";
import { CryptoError } from "./errors.ts";

/** Argon2id v1.3 with t = 3, m = 64 MiB, p = 1 and 32 bytes out (e2ee §2). The parameters are part of v2, hence no arguments. */
export type Argon2id = (password: Uint8Array, salt: Uint8Array) => Promise<Uint8Array>;

const label = "hc-e2ee/2/";

/** The keys of one room, as far as text needs them; the others come from {@link deriveBytes}. */
export interface RoomKeys {
  readonly channel: string;
  /** Names the key on the wire: base64url of eight bytes. */
  readonly kid: string;
  readonly kidBytes: Bytes;
  /** K_msg, for AES-256-GCM. */
  readonly message: CryptoKey;
  /** The root, an HKDF key that no script can read. */
  readonly root: CryptoKey;
}

/**
 * P of e2ee §2: NFKC, because Chinese input methods type full-width digits and spaces, then outer whitespace off.
 * @throws CryptoError E_FORMAT when nothing is left.
 */
export function normalizePassphrase(passphrase: string): Bytes {
  const text = passphrase.normalize("NFKC").replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
  if (text === "") throw new CryptoError("E_FORMAT");
  return utf8(text);
}

/** S of e2ee §2: what Argon2id is salted with. */
export async function argonSalt(channel: string, roomSalt: Uint8Array): Promise<Bytes> {
  const hash = await crypto.subtle.digest(
    "SHA-256",
    concat(utf8(`${label}salt`), prefixed(channel), prefixed(roomSalt)),
  );
  return new Uint8Array(hash, 0, 16);
}

/**
 * Stretches a passphrase to the root of a room: 64 MiB and up to seconds of work.
 * @throws CryptoError E_FORMAT for an empty passphrase, E_RESOURCE when the memory is not there.
 */
export async function stretch(
  passphrase: string,
  channel: string,
  roomSalt: Uint8Array,
  argon2id: Argon2id,
): Promise<CryptoKey> {
  const password = normalizePassphrase(passphrase);
  const root = await argon2id(password, await argonSalt(channel, roomSalt));
  const key = await importRoot(root);
  root.fill(0);
  return key;
}

/** Makes a root of 32 bytes usable and unreadable. The bytes stay the caller's. */
export function importRoot(root: Uint8Array): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", new Uint8Array(root), "HKDF", false, ["deriveBits", "deriveKey"]);
}

/** The keys of `channel` under `root`. */
export async function deriveRoomKeys(root: CryptoKey, channel: string): Promise<RoomKeys> {
  const kidBytes = await deriveBytes(root, "kid", channel, 8);
  const message = await crypto.subtle.deriveKey(
    schedule("msg", channel),
    root,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
  return { channel, kid: toBase64Url(kidBytes), kidBytes, message, root };
}

/** D(l, n) of e2ee §2, for `kid`, `att`, `rtc` and `share`. */
export async function deriveBytes(root: CryptoKey, name: string, channel: string, length: number): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.deriveBits(schedule(name, channel), root, length * 8));
}

function schedule(name: string, channel: string): HkdfParams {
  return {
    name: "HKDF",
    hash: "SHA-256",
    salt: utf8(`${label}root`),
    info: concat(utf8(label + name), prefixed(channel)),
  };
}
