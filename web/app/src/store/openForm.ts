import { parseLink, type RoomAddress } from "@hcchat/client";

export type Protection = "encrypted" | "compat" | "plain";

/** What stands in the form. */
export interface FormInput {
  room: string;
  secret: string;
  protection: Protection;
  remember: boolean;
}

type FormResult =
  | { ok: true; address: RoomAddress }
  | {
      ok: false;
      field: "room" | "secret";
      problem: "roomMissing" | "roomTooLong" | "passphraseMissing" | "linkOtherRoom" | "linkNoKey";
    };

export function looksLikeLink(text: string): boolean {
  return text.includes("#/r/");
}

/**
 * Whether somebody who has the room's messages could find the passphrase by trying (below about 50 bits). A coarse count:
 * what people choose are words, so a letter is worth 2 bits (3 when cases are mixed), a digit 3, a Chinese character 9.
 */
export function guessable(passphrase: string): boolean {
  const letter = /\p{Ll}.*\p{Lu}/u.test(passphrase) ? 3 : 2;
  let bits = 0;
  for (const c of passphrase.normalize("NFKC").trim()) {
    if (/\p{Script=Han}/u.test(c)) bits += 9;
    else if (/\p{N}/u.test(c)) bits += 3;
    else bits += /\p{L}|\s/u.test(c) ? letter : 4;
  }
  return bits < 50;
}

/** A name like this one that is likely to be free: `Ann_2`, then `Ann_3`. At most 24 characters, as the server has it. */
export function nextNick(nick: string): string {
  const [, base = nick, count = "1"] = /^(.+)_(\d{1,3})$/u.exec(nick) ?? [];
  const ending = `_${Number(count) + 1}`;
  return [...base].slice(0, 24 - ending.length).join("") + ending;
}

/** Which fields make sense for what is known and typed so far. */
export function fixedFields(
  input: FormInput,
  address: RoomAddress | undefined,
  refused?: string,
): { plain: boolean; needsSecret: boolean } {
  const link = looksLikeLink(input.room) ? parseLink(input.room) : undefined;
  const pasted = link?.ok ? link.address : undefined;
  const plain = input.protection === "plain" && !pasted?.encrypted && !address?.encrypted;
  const given = address?.key ?? address?.passphrase ?? pasted?.key;
  const remembered = address?.remember === true && address.encrypted && refused !== "no_key";
  const keyFailed = refused === "no_key" || refused === "E_RESOURCE" || refused === "no_argon2";
  return { plain, needsSecret: !plain && (keyFailed || (!given && !remembered)) };
}

/** The room that the form describes, or the field that is wrong. */
export function readForm(input: FormInput, known: RoomAddress | undefined, needsSecret: boolean): FormResult {
  const start = known ? { ok: true as const, address: known } : readRoom(input.room);
  if (!start.ok) return start;
  const { key, passphrase, compat: _, ...where } = start.address; // the form says which encryption
  if (input.protection === "plain" && !where.encrypted) {
    const { channel, title, invite, password } = where;
    return {
      ok: true,
      address: {
        channel,
        encrypted: false,
        ...(title ? { title } : {}),
        ...(invite ? { invite } : {}),
        ...(password ? { password } : {}),
      },
    };
  }
  const address: RoomAddress = { ...where, encrypted: true, remember: input.remember };
  if (input.protection === "compat") address.compat = true;
  if (!needsSecret) {
    return {
      ok: true,
      address: { ...address, ...(key ? { key } : {}), ...(passphrase !== undefined ? { passphrase } : {}) },
    };
  }
  return withSecret(address, input.secret);
}

function readRoom(room: string): FormResult {
  const typed = room.trim();
  if (typed === "") return { ok: false, field: "room", problem: "roomMissing" };
  if (looksLikeLink(typed)) {
    const link = parseLink(typed);
    return link.ok ? { ok: true, address: link.address } : { ok: false, field: "room", problem: "roomMissing" };
  }
  if (typed.length > 120) return { ok: false, field: "room", problem: "roomTooLong" };
  return { ok: true, address: { channel: typed.normalize("NFC"), encrypted: false } };
}

function withSecret(address: RoomAddress, secret: string): FormResult {
  if (secret.trim() === "") return { ok: false, field: "secret", problem: "passphraseMissing" };
  if (!looksLikeLink(secret)) return { ok: true, address: { ...address, passphrase: secret } };
  const link = parseLink(secret);
  if (!link.ok || !link.address.key) return { ok: false, field: "secret", problem: "linkNoKey" };
  if (link.address.channel !== address.channel) return { ok: false, field: "secret", problem: "linkOtherRoom" };
  return { ok: true, address: { ...address, ...link.address } };
}
