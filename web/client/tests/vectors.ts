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
  envelopes: { room: string; content: string; text: string }[];
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

const file = new URL("../../../spec/vectors/e2ee-vectors.json", import.meta.url);
export const vectors = JSON.parse(readFileSync(file, "utf8")) as Vectors;

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
