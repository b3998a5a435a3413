import type { CryptoErrorCode } from "./crypto/errors.ts";
import type { LocalRefusal, Refusal } from "./types.ts";

const sentences: Record<LocalRefusal, string> = {
  offline: "There is no connection to the server.",
  timeout: "The server did not answer.",
  left: "You are not in that room.",
  removed: "You were removed from that room.",
  room_closed: "That room was closed.",
  bad_channel: "A room name has 1 to 120 characters.",
  empty: "The message has no text.",
  too_long: "The message is too long.",
  no_such_member: "Nobody of that number is in the room.",
  no_key: "The key or passphrase of the room is missing.",
  no_argon2: "Passphrases cannot be used here.",
  salt_changed: "The server's salt for this room changed.",
  was_encrypted: "This room was encrypted before; it is not opened in clear.",
  not_found: "There is no such message.",
  not_yours: "Only its author may change a message.",
  other_key: "The message was encrypted with another key.",
  not_encrypted: "Files are sent in encrypted rooms only.",
  too_many_files: "A message has 1 to 10 files.",
  other_file: "That is another file.",
  file_changed: "The file was changed or is gone.",
  storage_full: "The server's disk is full.",
  store_refused: "The object store does not take it.",
  too_large: "The file is too large for the memory.",
  not_playable: "That cannot be played here.",
  no_service_worker: "This page has no service worker.",
  insecure_context: "Encryption works on https or localhost only.",
  E_RESOURCE: "There is not enough memory for the passphrase.",
};

/** A refusal of our own as an outcome. */
export function refuse(code: LocalRefusal | CryptoErrorCode): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: refusal(code) };
}

/** A refusal of our own. */
export function refusal(code: LocalRefusal | CryptoErrorCode): Refusal {
  return { code, text: sentences[code as LocalRefusal] ?? code };
}

/** A refusal by the server, from a `warn` or `nack` frame. */
export function serverRefusal(frame: {
  code?: string | undefined;
  text?: string | undefined;
  retryAfterMs?: number | undefined;
}): Refusal {
  const code = frame.code ?? "unknown";
  const told: Refusal = { code, text: frame.text ?? code };
  if (frame.retryAfterMs !== undefined) told.retryAfterMs = frame.retryAfterMs;
  return told;
}

/** Whether a server's code says only that something came too fast: `limited`, `rate`, `rate_…` (spec/codes.md). */
export function isRate(code: string): boolean {
  return code === "limited" || code === "rate" || code.startsWith("rate_");
}

/** Whether the server may take the same thing later (spec/codes.md), so that it goes again by itself. */
export function isTemporary(code: string): boolean {
  return isRate(code) || code === "slow" || code === "unavailable" || code === "storage_full";
}
