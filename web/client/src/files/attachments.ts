import { cleanFileName, isMime, readEncryption } from "../crypto/content-files.ts";
import type { FileEncryption, SharedFile } from "./types.ts";

/** Bytes that a chunk grows by in each scheme. */
const growth = { "secretstream.xchacha20poly1305": 17, "aes-256-gcm": 16, "aes-256-gcm.stream": 16 } as const;
/** What the HChat app puts behind the names of its encrypted files. */
const hcss = ".hcss";
/** What the app's kinds of attachments are; what is in them nobody has proven. */
const kinds: Record<string, string> = { image: "image/jpeg", video: "video/mp4", audio: "audio/mp4" };

/** The part of a frame that names objects. */
interface Attached {
  attachment?: Readonly<Record<string, unknown>>;
  attachments?: readonly unknown[];
}

/**
 * The files that a frame names in clear: the bare form of spec/crypto.md §7, or in a room of HChat compatibility the app's. All of it is the server's
 * claim but what is in the objects, which the room's key opens.
 */
export function readAttachments({ attachment, attachments = [] }: Attached, compat: boolean): SharedFile[] | undefined {
  const all = attachments.length > 0 ? attachments.slice(0, 10) : attachment ? [attachment] : [];
  const files = all.map((one) => (compat ? readApp : readBare)((one ?? {}) as Record<string, unknown>));
  const read = files.filter((file) => file !== undefined);
  return read.length > 0 ? read : undefined;
}

/** The bytes of plaintext in an object of that size. */
export function plainSize(bytes: number, encryption: FileEncryption): number {
  if (encryption.scheme === "hcss") return 0;
  const more = growth[encryption.scheme];
  const chunks = "chunkSize" in encryption ? Math.max(1, Math.ceil(bytes / (encryption.chunkSize + more))) : 1;
  return Math.max(0, bytes - chunks * more);
}

function readBare({ objectKey, mime, bytes, encryption, filename }: Record<string, unknown>): SharedFile | undefined {
  const read = readEncryption(encryption);
  if (!read || typeof objectKey !== "string" || objectKey === "" || !Number.isSafeInteger(bytes)) return undefined;
  return {
    objectKey,
    name: cleanFileName(typeof filename === "string" ? filename : objectKey),
    mime: isMime(mime) ? mime : "application/octet-stream",
    size: plainSize(bytes as number, read),
    keyB64: "",
    encryption: read,
  };
}

function readApp({ url, filename, kind, type, duration }: Record<string, unknown>): SharedFile | undefined {
  if (typeof url !== "string" || !URL.canParse(url)) return undefined;
  const { pathname } = new URL(url);
  if (!pathname.endsWith(hcss)) return undefined;
  const name = cleanFileName(typeof filename === "string" ? filename : pathname);
  return {
    objectKey: url,
    name: name.endsWith(hcss) ? name.slice(0, -hcss.length) : name,
    mime: kinds[String(kind ?? type)] ?? "application/octet-stream",
    size: 0,
    keyB64: "",
    encryption: { scheme: "hcss" },
    ...(typeof duration === "number" && duration > 0 && { durMs: Math.round(duration * 1000) }),
  };
}
