import type { FileEncryption, SharedFile, Thumb } from "../files/types.ts";
import { fromBase64 } from "./bytes.ts";

/** Most files of a message. */
export const maxFiles = 10;
/** Bytes of the little picture of one file, and of all of a message. */
export const maxThumb = 8 * 1024;
export const maxThumbs = 20 * 1024;
/** Longest name and object key, in UTF-16 units. */
const maxFileName = 255;
const maxKey = 512;
/** Smallest and largest chunk, bytes. */
const chunks = [4_096, 1_048_576] as const;
const thumbTypes = new Set(["image/webp", "image/jpeg", "image/png"]);

/** Controls, line separators, and what turns the direction of writing round. */
const controls = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u206F]/gu;

/** The files of a content (spec/crypto.md §7), or `undefined` when one has another shape. Members that are not known are left out. */
export function readFiles(value: unknown): SharedFile[] | undefined {
  if (!Array.isArray(value) || value.length < 1 || value.length > maxFiles) return undefined;
  const files: SharedFile[] = [];
  let thumbs = 0;
  for (const one of value) {
    const file = readFile(one);
    if (!file) return undefined;
    thumbs += sizeOf(file.thumb?.dataB64);
    files.push(file);
  }
  return thumbs <= maxThumbs ? files : undefined;
}

/** A name without a path, and without what would reorder or overwrite the text around it. */
export function cleanFileName(name: string): string {
  const clean = shortened(name.replace(/^.*[/\\]/s, "").replace(controls, ""));
  return /^\.*$/.test(clean.trim()) ? "file" : clean;
}

/** What is too long loses its middle: by its ending it is known what opens it. */
function shortened(name: string): string {
  const ending = name.length > maxFileName ? (/\.[^.\s]{1,16}$/.exec(name)?.[0] ?? "") : "";
  return (name.slice(0, name.length - ending.length).slice(0, maxFileName - ending.length) + ending).toWellFormed();
}

/** How an object is encrypted, or `undefined` when that is none of ours. */
export function readEncryption(value: unknown): FileEncryption | undefined {
  const { scheme, headerB64, nonceB64, noncePrefixB64, chunkSize } = members(value);
  switch (scheme) {
    case "secretstream.xchacha20poly1305":
      return isBytes(headerB64, 24) && isChunk(chunkSize) ? { scheme, headerB64, chunkSize } : undefined;
    case "aes-256-gcm":
      return isBytes(nonceB64, 12) ? { scheme, nonceB64 } : undefined;
    case "aes-256-gcm.stream":
      return isBytes(noncePrefixB64, 7) && isChunk(chunkSize) ? { scheme, noncePrefixB64, chunkSize } : undefined;
    default:
      return undefined;
  }
}

/** Whether it is a media type as far as messages go: 1–100 printable ASCII characters. */
export function isMime(value: unknown): value is string {
  return typeof value === "string" && /^[ -~]{1,100}$/.test(value);
}

function readFile(value: unknown): SharedFile | undefined {
  const { objectKey, name, mime, size, keyB64, encryption, sha256B64, ...looks } = members(value);
  const { w, h, durMs, voice, waveB64, blur, thumb } = looks;
  const read = readEncryption(encryption);
  const picture = thumb === undefined ? undefined : readThumb(thumb);
  const sound =
    isShort(objectKey, maxKey) &&
    isShort(name, maxFileName) &&
    isMime(mime) &&
    isCount(size) &&
    isBytes(keyB64, 32) &&
    (sha256B64 === undefined || isBytes(sha256B64, 32)) &&
    [w, h, durMs].every((number) => number === undefined || isCount(number)) &&
    (voice === undefined || typeof voice === "boolean") &&
    (waveB64 === undefined || isWave(waveB64)) &&
    (blur === undefined || isShort(blur, 64)) &&
    (thumb === undefined || picture !== undefined);
  if (!sound || !read) return undefined;
  const file: SharedFile = { objectKey, name: cleanFileName(name), mime, size, keyB64, encryption: read };
  const given = { sha256B64, w, h, durMs, voice: voice || undefined, waveB64, blur, thumb: picture };
  return Object.assign(file, Object.fromEntries(Object.entries(given).filter(([, one]) => one !== undefined)));
}

function readThumb(value: unknown): Thumb | undefined {
  const { mime, w, h, dataB64 } = members(value);
  const bytes = sizeOf(dataB64);
  const sound = typeof mime === "string" && thumbTypes.has(mime) && isCount(w) && isCount(h) && isBytes(dataB64);
  return sound && bytes > 0 && bytes <= maxThumb ? { mime, w, h, dataB64 } : undefined;
}

function members(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

function sizeOf(base64: unknown): number {
  return typeof base64 === "string" ? (fromBase64(base64)?.length ?? 0) : 0;
}

function isWave(value: unknown): value is string {
  const bytes = sizeOf(value);
  return isBytes(value) && bytes >= 1 && bytes <= 100;
}

/** @param length in bytes; any when left out */
function isBytes(value: unknown, length?: number): value is string {
  const bytes = typeof value === "string" ? fromBase64(value) : undefined;
  return bytes !== undefined && (length === undefined || bytes.length === length);
}

function isShort(value: unknown, most: number): value is string {
  return typeof value === "string" && value.isWellFormed() && value !== "" && value.length <= most;
}

function isChunk(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= chunks[0] && (value as number) <= chunks[1];
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
