/** What peer.mjs does with one line. */
import { fromBase64, utf8 } from "../src/crypto/bytes.ts";
import { open as openV2, seal as sealV2 } from "../src/crypto/envelope.ts";
import { deriveV1, openV1, sealV1 } from "../src/crypto/envelope-v1.ts";
import { CryptoError } from "../src/crypto/errors.ts";
import { deriveRoomKeys, importRoot, type RoomKeys, stretch } from "../src/crypto/keys.ts";
import { argon2id } from "../src/crypto/sodium.ts";

interface Line {
  channel: string;
  keyB64?: string;
  passphrase?: string;
  saltB64?: string;
  v?: number;
}

/** Stretching takes a third of a second, and lines come in hundreds. */
const known = new Map<string, Promise<RoomKeys>>();

export function seal(line: Line & { content: unknown }): Promise<string> {
  return codeOnFailure(async () => {
    const content = typeof line.content === "string" ? line.content : JSON.stringify(line.content);
    if (line.v === 1) return sealV1(await deriveV1(line.passphrase ?? "", line.channel), content);
    return sealV2(await keysOf(line), utf8(content));
  });
}

export function open(line: Line & { text: string }): Promise<string> {
  return codeOnFailure(async () => {
    const plain =
      line.v === 1
        ? await openV1(await deriveV1(line.passphrase ?? "", line.channel), line.text)
        : (await openV2([await keysOf(line)], line.text, line.channel)).content;
    return JSON.stringify(plain);
  });
}

function keysOf(line: Line): Promise<RoomKeys> {
  const which = JSON.stringify([line.channel, line.keyB64, line.passphrase, line.saltB64]);
  const keys = known.get(which) ?? derive(line);
  known.set(which, keys);
  return keys;
}

async function derive({ channel, keyB64, passphrase, saltB64 }: Line): Promise<RoomKeys> {
  const root =
    keyB64 === undefined
      ? await stretch(passphrase ?? "", channel, bytes(saltB64 ?? ""), argon2id)
      : await importRoot(bytes(keyB64));
  return deriveRoomKeys(root, channel);
}

function bytes(base64: string): Uint8Array {
  const read = fromBase64(base64);
  if (!read) throw new CryptoError("E_FORMAT");
  return read;
}

async function codeOnFailure(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CryptoError) return error.code;
    throw error;
  }
}
