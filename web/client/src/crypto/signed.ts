import { type Bytes, concat, fromBase64Url, prefixed, toBase64Url, utf8 } from "./bytes.ts";
import { verify } from "./ed25519.ts";
import { CryptoError } from "./errors.ts";
import type { Identity, IdentityKey } from "./identity.ts";
import { maxContent } from "./padding.ts";

const keyLength = 32;
const overhead = keyLength + 64;

/** The largest content that has room beside its signature. */
export const maxSignedContent = maxContent - overhead;

/** What is signed for, beside the content: the room and its key. */
export interface Place {
  channel: string;
  kidBytes: Bytes;
}

/** What a signed envelope holds: `A ‖ sig ‖ content` (e2ee §3). */
export async function signContent(identity: Identity, place: Place, content: Uint8Array): Promise<Bytes> {
  return concat(fromBase64Url(identity.key)!, await identity.sign(message(place, content)), content);
}

/**
 * The content and who signed it.
 * @throws CryptoError E_FORMAT when there is no content, E_AUTH when the signature is wrong.
 */
export async function verifyContent(place: Place, signed: Bytes): Promise<{ content: Bytes; signer: IdentityKey }> {
  if (signed.length <= overhead) throw new CryptoError("E_FORMAT");
  const key = signed.subarray(0, keyLength);
  const content = signed.subarray(overhead);
  if (!(await verify(key, message(place, content), signed.subarray(keyLength, overhead)))) {
    throw new CryptoError("E_AUTH");
  }
  return { content, signer: toBase64Url(key) };
}

function message({ channel, kidBytes }: Place, content: Uint8Array): Bytes {
  return concat(utf8("hc-e2ee/2/sign"), prefixed(channel), prefixed(kidBytes), prefixed(content));
}
