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
  const { key, passphrase, ...where } = start.address;
  if (input.protection === "plain" && !where.encrypted) {
    return {
      ok: true,
      address: { channel: where.channel, encrypted: false, ...(where.title ? { title: where.title } : {}) },
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
