import { equal, fromBase64 } from "./crypto/bytes.ts";
import { PassphraseCipher, type RoomCipher } from "./crypto/cipher.ts";
import { CryptoError } from "./crypto/errors.ts";
import type { Identity } from "./crypto/identity.ts";
import { type Argon2id, deriveRoomKeys, importRoot, stretch } from "./crypto/keys.ts";
import { refuse } from "./refusals.ts";
import type { KeyValueStore } from "./store.ts";
import type { Result, RoomAddress } from "./types.ts";

/** Longest room salt in bytes (e2ee §2). */
const maxSalt = 32;

/** What opening a room's key needs from outside. */
export interface KeySources {
  /** The server's address: salts and remembered keys belong to it. */
  url: string;
  store: KeyValueStore;
  argon2id: Argon2id | undefined;
  /** Who signs what is said in encrypted rooms. */
  identity(): Promise<Identity>;
}

/**
 * Makes the room's cipher from its address and the server's join reply. Expected failures are refusals: `no_key`,
 * `no_argon2`, `salt_changed`, `insecure_context`, `E_RESOURCE`, `E_FORMAT` (an empty passphrase).
 * @param serverSalt `e2ee.saltB64` of the reply.
 */
export async function openRoomKey(
  address: RoomAddress,
  serverSalt: unknown,
  sources: KeySources,
): Promise<Result<RoomCipher>> {
  if (!globalThis.crypto?.subtle) return refuse("insecure_context"); // browsers hide it from plain http
  try {
    const cipher = await (address.compat ? openCompat(address) : openV2(address, serverSalt, sources));
    if (cipher.ok) await sources.store.set(place("policy", sources.url, address.channel), "encrypted");
    return cipher;
  } catch (error) {
    return refuse(error instanceof CryptoError ? error.code : "E_RESOURCE");
  }
}

/**
 * Whether a room may be opened in clear: not when it was encrypted on this device before, until the user had it forgotten.
 * A room's protection is only ever raised by others (e2ee §6).
 */
export async function checkPlain(channel: string, sources: Pick<KeySources, "store" | "url">): Promise<Result> {
  const policy = await sources.store.get(place("policy", sources.url, channel));
  return policy === "encrypted" ? refuse("was_encrypted") : { ok: true, value: undefined };
}

/** Erases what {@link openRoomKey} kept about a room. */
export async function forgetRoomKey(channel: string, { store, url }: Pick<KeySources, "store" | "url">): Promise<void> {
  await store.delete(place("root", url, channel));
  await store.delete(place("salt", url, channel));
  await store.delete(place("policy", url, channel));
}

/**
 * Compares the server's salt with the link's and with the one pinned when the room was first opened, and pins it.
 * A change is never followed: another salt is another key (e2ee §2).
 */
export async function checkSalt(
  address: RoomAddress,
  serverSalt: unknown,
  { store, url }: Pick<KeySources, "store" | "url">,
): Promise<Result<Uint8Array>> {
  const salt = serverSalt === undefined ? new Uint8Array(0) : fromBase64(String(serverSalt));
  if (!salt || salt.length > maxSalt) return refuse("salt_changed");
  const pinned = await store.get(place("salt", url, address.channel));
  for (const known of [address.salt, pinned]) {
    if (known instanceof Uint8Array && !equal(known, salt)) return refuse("salt_changed");
  }
  if (pinned === undefined) await store.set(place("salt", url, address.channel), salt);
  return { ok: true, value: salt };
}

async function openCompat({ passphrase, channel }: RoomAddress): Promise<Result<RoomCipher>> {
  if (!passphrase) return refuse("no_key");
  const { deriveV1, HChatCipher } = await import("./crypto/envelope-v1.ts");
  return { ok: true, value: new HChatCipher(await deriveV1(passphrase, channel)) };
}

async function openV2(address: RoomAddress, serverSalt: unknown, sources: KeySources): Promise<Result<RoomCipher>> {
  const root = await openRoot(address, serverSalt, sources);
  if (!root.ok) return root;
  await sources.identity(); // whether it can be had is known before anything is said
  const keys = await deriveRoomKeys(root.value, address.channel);
  return { ok: true, value: new PassphraseCipher(keys, () => sources.identity()) };
}

async function openRoot(address: RoomAddress, serverSalt: unknown, sources: KeySources): Promise<Result<CryptoKey>> {
  const where = place("root", sources.url, address.channel);
  if (!address.key && !address.passphrase) {
    const remembered = await sources.store.get(where);
    return remembered instanceof CryptoKey ? { ok: true, value: remembered } : refuse("no_key");
  }
  const root = address.key
    ? ({ ok: true, value: await importRoot(address.key) } as const)
    : await stretchRoot(address, serverSalt, sources);
  if (root.ok && address.remember) await sources.store.set(where, root.value);
  return root;
}

async function stretchRoot(address: RoomAddress, serverSalt: unknown, sources: KeySources): Promise<Result<CryptoKey>> {
  if (!sources.argon2id) return refuse("no_argon2");
  const salt = await checkSalt(address, serverSalt, sources);
  if (!salt.ok) return salt;
  const root = await stretch(address.passphrase ?? "", address.channel, salt.value, sources.argon2id);
  return { ok: true, value: root };
}

function place(what: "root" | "salt" | "policy", url: string, channel: string): string {
  return `${what} ${url} ${channel}`;
}
