import { type Bytes, concat, fromBase64, prefixed, random, toBase64, utf8 } from "./bytes.ts";
import { CryptoError } from "./errors.ts";
import type { Identity, IdentityKey } from "./identity.ts";
import { parseObject } from "./json.ts";
import type { RoomKeys } from "./keys.ts";
import { bucket, maxBucket, maxContent, pad, unpad } from "./padding.ts";
import { maxSignedContent, signContent, verifyContent } from "./signed.ts";

/** What every encrypted text begins with, exactly so. */
export const prefix = "E2EE:";

const unsigned = "AES-GCM";
const signed = "AES-GCM.Ed25519";
const ivLength = 12;
const tagLength = 16;

/** The JSON of an envelope of any version, as far as it was checked: prefix, base64, JSON, `v`. */
export type Envelope = Record<string, unknown> & { v: number };

/** What an envelope v2 held. */
export interface OpenedEnvelope {
  /** A JSON object, not yet checked further. */
  content: Record<string, unknown>;
  /** Whose signature it has; when it has none, whoever holds the room's key may have made it. */
  signer: IdentityKey | undefined;
}

/**
 * Takes the outer layers off.
 * @throws CryptoError E_PLAIN without the prefix, E_LIMIT over 65,536 characters, else E_FORMAT.
 */
export function readEnvelope(text: string): Envelope {
  if (!text.startsWith(prefix)) throw new CryptoError("E_PLAIN");
  if (text.length > 65_536) throw new CryptoError("E_LIMIT");
  const bytes = fromBase64(text.slice(prefix.length));
  const envelope = bytes && parseObject(bytes);
  if (!envelope || typeof envelope["v"] !== "number") throw new CryptoError("E_FORMAT");
  return envelope as Envelope;
}

/** The text to send for an envelope's JSON. */
export function writeEnvelope(envelope: Envelope): string {
  return prefix + toBase64(utf8(JSON.stringify(envelope)));
}

/**
 * Seals `content` (UTF-8 JSON) as an envelope v2 (e2ee §3), signed when somebody signs it.
 * @throws CryptoError E_LIMIT when it is over 32,767 bytes, or over 32,671 to be signed.
 */
export function seal(keys: RoomKeys, content: Uint8Array, identity?: Identity): Promise<string> {
  return sealUnder(random(ivLength), keys, content, identity); // never a counter: many devices share the key
}

/** Seals under a given iv, which must never be used twice: for test vectors only. */
export async function sealUnder(iv: Bytes, keys: RoomKeys, content: Uint8Array, identity?: Identity): Promise<string> {
  if (content.length > (identity ? maxSignedContent : maxContent)) throw new CryptoError("E_LIMIT");
  const inner = identity ? await signContent(identity, keys, content) : content;
  const alg = identity ? signed : unsigned;
  const additionalData = authenticated(keys.channel, alg, keys);
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData }, keys.message, pad(inner));
  return writeEnvelope({ v: 2, alg, kid: keys.kid, iv: toBase64(iv), ct: toBase64(new Uint8Array(sealed)) });
}

/**
 * Opens an envelope v2 with the key of the ring that it names, in the order of checks of e2ee §3.
 * @param channel the room in which the text arrived; it is authenticated.
 * @throws CryptoError with the first check that failed; nothing of the plaintext leaves then.
 */
export async function open(ring: readonly RoomKeys[], text: string, channel: string): Promise<OpenedEnvelope> {
  const envelope = readEnvelope(text);
  if (envelope.v !== 2) throw new CryptoError("E_VERSION");
  const { alg, kid } = envelope as Record<string, unknown>;
  if (typeof alg !== "string") throw new CryptoError("E_FORMAT");
  if (alg !== unsigned && alg !== signed) throw new CryptoError("E_ALG");
  if (typeof kid !== "string") throw new CryptoError("E_FORMAT");
  const keys = ring.find((candidate) => candidate.kid === kid);
  if (!keys) throw new CryptoError("E_KEY_UNKNOWN");

  const { iv, sealed } = readSealed(envelope);
  const size = sealed.length - tagLength;
  if (size < 1 || bucket(size) !== size) throw new CryptoError("E_FORMAT");
  if (size > maxBucket) throw new CryptoError("E_LIMIT");

  const inner = unpad(await decrypt(keys.message, iv, sealed, authenticated(channel, alg, keys)));
  const opened =
    alg === signed
      ? await verifyContent({ channel, kidBytes: keys.kidBytes }, inner)
      : { content: inner, signer: undefined };
  const content = parseObject(opened.content);
  if (!content) throw new CryptoError("E_FORMAT");
  return { content, signer: opened.signer };
}

/** The iv and the ciphertext of an envelope of version 1 or 2. */
export function readSealed(envelope: Envelope): { iv: Bytes; sealed: Bytes } {
  const { iv: ivText, ct } = envelope as Record<string, unknown>;
  const iv = typeof ivText === "string" ? fromBase64(ivText) : undefined;
  const sealed = typeof ct === "string" ? fromBase64(ct) : undefined;
  if (iv?.length !== ivLength || !sealed || sealed.length < tagLength) throw new CryptoError("E_FORMAT");
  return { iv, sealed };
}

/**
 * AES-GCM, with its one failure named.
 * @throws CryptoError E_AUTH
 */
export async function decrypt(
  key: CryptoKey,
  iv: Bytes,
  sealed: Bytes,
  additionalData?: Bytes,
): Promise<Uint8Array<ArrayBuffer>> {
  const parameters: AesGcmParams = { name: "AES-GCM", iv };
  if (additionalData) parameters.additionalData = additionalData;
  try {
    return new Uint8Array(await crypto.subtle.decrypt(parameters, key, sealed));
  } catch {
    throw new CryptoError("E_AUTH");
  }
}

function authenticated(channel: string, alg: string, keys: RoomKeys): Bytes {
  return concat(utf8("hc-e2ee/2/aad"), prefixed(channel), prefixed(alg), prefixed(keys.kidBytes));
}
