import { type Bytes, concat, prefixed, u32, utf8 } from "./bytes.ts";
import { deriveBytes, type RoomKeys } from "./keys.ts";

/**
 * The key of a file whose attachment names none: the bare form, which is read and never sent (e2ee §5.3).
 * @param scheme the attachment's `encryption.scheme`
 */
export async function fileKey(keys: RoomKeys, scheme: string, objectKey: string): Promise<Bytes> {
  const attachments = await deriveBytes(keys.root, "att", keys.channel, 32);
  return hkdf(attachments, "hc-e2ee/2/file", concat(prefixed(scheme), prefixed(objectKey)));
}

/**
 * The key with which `identity` sends in a call (e2ee §7). LiveKit is given its base64 as a string, never the bytes.
 * @param epoch counts the `rtc.rekey`s of the call.
 */
export async function mediaKey(keys: RoomKeys, callId: string, identity: string, epoch: number): Promise<Bytes> {
  const calls = await deriveBytes(keys.root, "rtc", keys.channel, 32);
  return hkdf(calls, "hc-e2ee/2/rtc-sender", concat(prefixed(callId), prefixed(identity), u32(epoch)));
}

async function hkdf(secret: Bytes, salt: string, info: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const parameters = { name: "HKDF", hash: "SHA-256", salt: utf8(salt), info };
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, 256));
}
