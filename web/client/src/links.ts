import { fromBase64Url, toBase64Url } from "./crypto/bytes.ts";
import { cleanTitle } from "./title.ts";
import type { RoomAddress } from "./types.ts";

/** Length of a room key in bytes. */
const keyLength = 32;
/** Longest room salt in bytes (e2ee §2). */
const maxSalt = 32;
/** Longest channel in UTF-16 units (spec/protocol.md). */
export const maxChannel = 120;

/** An invitation, as a link carries it. */
const invitation = /^[A-Za-z0-9_-]{1,200}$/;

/** Why a text is no room link. */
export type LinkError = "not_a_link" | "bad_channel" | "bad_key" | "bad_salt" | "bad_invite";

/** What {@link parseLink} found. A damaged key is an error: such a link must never open a plain room. */
export type ParsedLink = { ok: true; address: RoomAddress } | { ok: false; error: LinkError };

/**
 * Reads `<base>/#/r/<channel>?k=…&s=…&i=…&e=1&t=…`, or only its part from `#` on.
 * Unknown parameters are ignored; a link with a key is encrypted whatever `e` says.
 */
export function parseLink(url: string): ParsedLink {
  const found = /#\/r\/([^?#]*)(?:\?([^#]*))?$/.exec(url.trim());
  if (!found) return { ok: false, error: "not_a_link" };
  const channel = decode(found[1] ?? "")?.normalize("NFC");
  if (!channel || channel.length > maxChannel) return { ok: false, error: "bad_channel" };
  const query = parameters(found[2] ?? "");
  if (!query) return { ok: false, error: "not_a_link" };
  const { k, s, i, e, t } = query;
  const address: RoomAddress = { channel, encrypted: k !== undefined || e === "1" };

  if (k !== undefined) {
    const key = fromBase64Url(k);
    if (key?.length !== keyLength) return { ok: false, error: "bad_key" };
    address.key = key;
  }
  if (s) {
    const salt = fromBase64Url(s);
    if (!salt || salt.length > maxSalt) return { ok: false, error: "bad_salt" };
    address.salt = salt;
  }
  if (i !== undefined) {
    if (!invitation.test(i)) return { ok: false, error: "bad_invite" };
    address.invite = i;
  }
  const title = cleanTitle(t);
  if (title) address.title = title;
  return { ok: true, address };
}

/**
 * Writes the link that opens the room. The part after `#` never reaches a server.
 * @param base the page's address without a fragment, e.g. `https://chat.example`.
 * @param options `secret: false` leaves the key and the invitation out: who follows the link is asked for them.
 */
export function formatLink(base: string, address: RoomAddress, options: { secret: boolean }): string {
  const query: string[] = [];
  if (options.secret && address.key) query.push(`k=${toBase64Url(address.key)}`);
  if (address.salt?.length) query.push(`s=${toBase64Url(address.salt)}`);
  if (options.secret && address.invite) query.push(`i=${encodeURIComponent(address.invite)}`);
  if (address.encrypted) query.push("e=1");
  const title = cleanTitle(address.title);
  if (title) query.push(`t=${encodeURIComponent(title)}`);
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
  const shown = cleanTitle(title)?.trim();
  if (shown) address.title = shown;
  return address;
}

/** The parameters, or `undefined` when one comes twice or is cut off. A plus is a plus here, not a space. */
function parameters(query: string): Partial<Record<string, string>> | undefined {
  const found = new Map<string, string>();
  for (const pair of query.split("&").filter((part) => part !== "")) {
    const [name = "", ...rest] = pair.split("=");
    const value = decode(rest.join("="));
    if (value === undefined || found.has(name)) return undefined;
    found.set(name, value);
  }
  return Object.fromEntries(found);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
