import { fromBase64Url, toBase64Url } from "./crypto/bytes.ts";
import type { RoomAddress } from "./types.ts";

/** Length of a room key in bytes. */
const keyLength = 32;
/** Longest room salt in bytes (e2ee §2). */
const maxSalt = 32;
/** Longest channel in UTF-16 units (spec/protocol.md). */
export const maxChannel = 120;

/** Why a text is no room link. */
export type LinkError = "not_a_link" | "bad_channel" | "bad_key" | "bad_salt";

/** What {@link parseLink} found. A damaged key is an error: such a link must never open a plain room. */
export type ParsedLink = { ok: true; address: RoomAddress } | { ok: false; error: LinkError };

/**
 * Reads `<base>/#/r/<channel>?k=…&s=…&e=1&t=…`, or only its part from `#` on.
 * Unknown parameters are ignored; a link with a key is encrypted whatever `e` says.
 */
export function parseLink(url: string): ParsedLink {
  const found = /#\/r\/([^?#]*)(?:\?([^#]*))?$/.exec(url.trim());
  if (!found) return { ok: false, error: "not_a_link" };
  const channel = decode(found[1] ?? "");
  if (channel === undefined || channel.length < 1 || channel.length > maxChannel) {
    return { ok: false, error: "bad_channel" };
  }
  const query = new URLSearchParams(found[2] ?? "");
  const address: RoomAddress = { channel: channel.normalize("NFC"), encrypted: query.get("e") === "1" };

  const key = query.get("k");
  if (key !== null) {
    const bytes = fromBase64Url(key);
    if (bytes?.length !== keyLength) return { ok: false, error: "bad_key" };
    address.key = bytes;
    address.encrypted = true;
  }
  const salt = query.get("s");
  if (salt) {
    const bytes = fromBase64Url(salt);
    if (!bytes || bytes.length > maxSalt) return { ok: false, error: "bad_salt" };
    address.salt = bytes;
  }
  const title = query.get("t");
  if (title) address.title = title;
  return { ok: true, address };
}

/**
 * Writes the link that opens the room. The part after `#` never reaches a server.
 * @param base the page's address without a fragment, e.g. `https://chat.example`.
 * @param options `secret: false` leaves the key out: who follows the link is asked for it.
 */
export function formatLink(base: string, address: RoomAddress, options: { secret: boolean }): string {
  const query: string[] = [];
  if (options.secret && address.key) query.push(`k=${toBase64Url(address.key)}`);
  if (address.salt?.length) query.push(`s=${toBase64Url(address.salt)}`);
  if (address.encrypted) query.push("e=1");
  if (address.title) query.push(`t=${encodeURIComponent(address.title)}`);
  const root = base.replace(/#.*$/s, "").replace(/\/+$/, "");
  return `${root}/#/r/${encodeURIComponent(address.channel)}${query.length > 0 ? `?${query.join("&")}` : ""}`;
}

/** A fresh encrypted room: a wire name that tells nothing, and a random key. */
export function newRoom(title: string): RoomAddress {
  const address: RoomAddress = {
    channel: toBase64Url(crypto.getRandomValues(new Uint8Array(12))),
    encrypted: true,
    key: crypto.getRandomValues(new Uint8Array(keyLength)),
  };
  if (title.trim() !== "") address.title = title.trim();
  return address;
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
