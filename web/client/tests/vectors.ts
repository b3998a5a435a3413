import { readFileSync } from "node:fs";
import { argon2id } from "../src/crypto/sodium.ts";
import { deriveRoomKeys, importRoot, type RoomKeys, stretch } from "../src/crypto/keys.ts";
import type { Bytes } from "../src/crypto/bytes.ts";

interface RoomVector {
  name: string;
  passphrase?: string;
  channel: string;
  saltHex: string;
  normalizedHex?: string;
  argonSaltHex?: string;
  rootHex: string;
  kid: string;
  attHex: string;
  rtcHex: string;
  shareHex: string;
}

interface StreamVector {
  keyHex: string;
  headerHex: string;
  size: number;
  chunkSize: number;
  cipherBytes: number;
  sha256: string;
  cipherHex?: string;
}

interface Vectors {
  rooms: RoomVector[];
  pad: { contentLen: number; paddedLen: number }[];
  padme: { len: number; padded: number }[];
  envelopes: { room: string; content: string; ivHex: string; text: string }[];
  legacyV1: { passphrase: string; channel: string; plain: string; text: string }[];
  streams: StreamVector[];
  streamsEmptyFinal: StreamVector[];
  small: { keyHex: string; nonceHex: string; size: number; cipherBytes: number; sha256: string }[];
  gcmStream: {
    keyHex: string;
    prefixHex: string;
    size: number;
    chunkSize: number;
    cipherBytes: number;
    sha256: string;
  }[];
  fileKeys: { room: string; scheme: string; objectKey: string; keyHex: string }[];
  rtc: { room: string; callId: string; identity: string; epoch: number; keyHex: string; livekitKeyString: string }[];
  envelopeNegative: { name: string; text: string; ring: string[]; channel: string; expect: string }[];
  streamNegative: {
    keyHex: string;
    headerHex: string;
    wrongKeyHex: string;
    wrongHeaderHex: string;
    chunkSize: number;
    cases: { name: string; size: number; op: string; expect: string; objectBytes: number; objectSha256: string }[];
  };
}

interface SignedVector {
  name: string;
  room: string;
  identity: string;
  content: string;
  repeat?: number;
  ivHex: string;
  text?: string;
  textLength?: number;
  textSha256?: string;
}

interface PinsStep {
  do: "see" | "verify" | "accept" | "alsoKnownAs" | "json";
  nick: string;
  key?: string;
  standing?: string;
  pinned?: string;
  done?: boolean;
  nicks?: string[];
  json?: unknown;
}

interface IdentityVectors {
  rfc8032: { seedHex: string; publicHex: string; messageHex: string; signatureHex: string }[];
  identities: {
    name: string;
    seedHex: string;
    publicHex: string;
    publicB64u: string;
    fingerprint: string;
    shown: string;
    exported: string;
  }[];
  importNegative: { name: string; text: string }[];
  envelopes: SignedVector[];
  tooLong: SignedVector & { expect: string };
  smallOrderHex: string[];
  open: { name: string; text: string; ring: string[]; channel: string; expect: string; signer?: string | null }[];
  whispers: { name: string; text: string; whisper: boolean; expect: string }[];
  folds: { nick: string; folded: string }[];
  pins: PinsStep[];
  pinsNegative: { name: string; json: unknown }[];
}

export const vectors = read<Vectors>("e2ee-vectors.json");
/** Identities, signed envelopes and pins. */
export const identityVectors = read<IdentityVectors>("identity-vectors.json");

function read<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../../../spec/vectors/${name}`, import.meta.url), "utf8")) as T;
}

export function hex(text: string): Bytes {
  return new Uint8Array(Buffer.from(text, "hex"));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

/** The keys of a room of the vector file, from its root. */
export async function keysOf(name: string): Promise<RoomKeys> {
  const room = vectors.rooms.find((candidate) => candidate.name === name);
  if (!room) throw new Error(`no room ${name} in the vectors`);
  return deriveRoomKeys(await importRoot(hex(room.rootHex)), room.channel);
}

/** The keys of a room of the vector file, from its passphrase when it has one. */
export async function keysFromSecret(room: RoomVector): Promise<RoomKeys> {
  const root =
    room.passphrase === undefined
      ? await importRoot(hex(room.rootHex))
      : await stretch(room.passphrase, room.channel, hex(room.saltHex), argon2id);
  return deriveRoomKeys(root, room.channel);
}

/** The plaintext that the vectors' files have. */
export function pattern(size: number): Bytes {
  return Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
}

/** The code of the CryptoError that `work` ends with, or `OK`. */
export async function outcome(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return "OK";
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}
