/** Kinds of pictures that are told by their first bytes. `heif` stands for the family that AVIF and HEIC are of. */
export type PictureKind = "jpeg" | "png" | "gif" | "webp" | "bmp" | "heif";

/** What a picture says of itself in its head, before anything is decoded. */
export interface Looks {
  kind: PictureKind;
  /** By which a browser knows it. */
  mime: string;
  /** Pixels, as stored: not turned yet. */
  w: number;
  h: number;
  /** It moves. */
  animated: boolean;
  /** How it has to be turned, by EXIF: 1 for not at all. */
  orientation: number;
}

/** More pixels than this are not decoded: they would take half a gigabyte of memory. */
export const mostPixels = 100_000_000;

/** Reads the head of a picture. Nothing, when it is none that we know or it is damaged. */
export function looksOf(bytes: Uint8Array): Looks | undefined {
  try {
    const found = read(bytes);
    return found && found.w > 0 && found.h > 0 ? found : undefined;
  } catch {
    return undefined; // it ends too early
  }
}

/** Whether that is how a picture from a camera, or one that could hold as much, begins. @param head its first 16 bytes */
export function isPictureInside(head: Uint8Array): boolean {
  const isPhoto = is(head, 4, "ftyp") && /^(hei|hev|mif|msf|avi)/.test(nameAt(head, 8));
  const isOther =
    is(head, 0, "\x89PNG\r\n\x1a\n") || is(head, 0, "GIF8") || (is(head, 0, "RIFF") && is(head, 8, "WEBP"));
  return isPhoto || isOther || (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff);
}

function read(bytes: Uint8Array): Looks | undefined {
  if (is(bytes, 0, "\x89PNG\r\n\x1a\n")) return png(bytes);
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpeg(bytes);
  if (is(bytes, 0, "GIF8")) return gif(bytes);
  if (is(bytes, 0, "RIFF") && is(bytes, 8, "WEBP")) return webp(bytes);
  if (is(bytes, 0, "BM")) return bmp(bytes);
  if (is(bytes, 4, "ftyp")) return heif(bytes);
  return undefined;
}

const still = { animated: false, orientation: 1 };

/** Whether these characters stand there. */
export function is(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** A view on the same bytes. Reading behind their end throws. */
export function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The four characters that name a chunk or a box. */
export function nameAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

function png(bytes: Uint8Array): Looks {
  const data = view(bytes);
  const found: Looks = { ...still, kind: "png", mime: "image/png", w: data.getUint32(16), h: data.getUint32(20) };
  for (const { name, at, size } of whole(pngChunks(bytes))) {
    if (name === "acTL") found.animated = true;
    if (name === "eXIf") found.orientation = orientationOf(bytes.subarray(at, at + size));
  }
  return found;
}

/** A piece of a file: its name, and where its content lies. `start` to `end` is all of it. */
export interface Chunk {
  name: string;
  start: number;
  at: number;
  size: number;
  end: number;
}

/** As many of them as there are whole ones: of a large picture only the beginning is looked at. */
function* whole<T extends Chunk>(chunks: Iterable<T>): Generator<T> {
  try {
    yield* chunks;
  } catch {
    // the rest is not here
  }
}

/** The chunks of a PNG up to its end. */
export function* pngChunks(bytes: Uint8Array): Generator<Chunk> {
  const data = view(bytes);
  for (let start = 8; start + 12 <= bytes.length;) {
    const size = data.getUint32(start);
    const chunk = { name: nameAt(bytes, start + 4), start, at: start + 8, size, end: start + 12 + size };
    if (chunk.end > bytes.length) throw new RangeError("A chunk is cut off.");
    yield chunk;
    if (chunk.name === "IEND") return;
    start = chunk.end;
  }
}

/** The chunks of a WebP. */
export function* webpChunks(bytes: Uint8Array): Generator<Chunk> {
  const data = view(bytes);
  const whole = Math.min(bytes.length, 8 + data.getUint32(4, true));
  for (let start = 12; start + 8 <= whole;) {
    const size = data.getUint32(start + 4, true);
    const end = start + 8 + size + (size % 2);
    if (start + 8 + size > whole) throw new RangeError("A chunk is cut off.");
    yield { name: nameAt(bytes, start), start, at: start + 8, size, end: Math.min(end, whole) };
    start = end;
  }
}

function webp(bytes: Uint8Array): Looks | undefined {
  const data = view(bytes);
  const base = { ...still, kind: "webp", mime: "image/webp" } as const;
  let found: Looks | undefined;
  for (const { name, at, size } of whole(webpChunks(bytes))) {
    if (name === "VP8X") {
      const side = (from: number) => 1 + data.getUint16(from, true) + (data.getUint8(from + 2) << 16);
      found = { ...base, w: side(at + 4), h: side(at + 7), animated: (data.getUint8(at) & 2) !== 0 };
    } else if (name === "VP8 ") {
      found ??= { ...base, w: data.getUint16(at + 6, true) & 0x3fff, h: data.getUint16(at + 8, true) & 0x3fff };
    } else if (name === "VP8L") {
      const bits = data.getUint32(at + 1, true);
      found ??= { ...base, w: 1 + (bits & 0x3fff), h: 1 + ((bits >>> 14) & 0x3fff) };
    } else if (name === "EXIF" && found) {
      const exif = bytes.subarray(at, at + size);
      found.orientation = orientationOf(is(exif, 0, "Exif\0\0") ? exif.subarray(6) : exif);
    }
  }
  return found;
}

function gif(bytes: Uint8Array): Looks {
  const data = view(bytes);
  const [w, h] = [data.getUint16(6, true), data.getUint16(8, true)];
  return { ...still, kind: "gif", mime: "image/gif", w, h, animated: is(bytes, 0, "GIF89a") };
}

function bmp(bytes: Uint8Array): Looks {
  const data = view(bytes);
  const [w, h] = [data.getInt32(18, true), data.getInt32(22, true)];
  return { ...still, kind: "bmp", mime: "image/bmp", w, h: Math.abs(h) };
}

/** The segments of a JPEG; a scan's own bytes belong to its head. */
export function* jpegSegments(bytes: Uint8Array): Generator<Chunk & { marker: number }> {
  const data = view(bytes);
  for (let start = 2; start + 1 < bytes.length;) {
    if (bytes[start] !== 0xff) throw new RangeError("No marker where one belongs.");
    const marker = bytes[start + 1]!;
    if (marker === 0xff) {
      start++; // they may be filled up
      continue;
    }
    if (marker === 0xd9) {
      yield { name: "", marker, start, at: start + 2, size: 0, end: start + 2 };
      return;
    }
    const size = data.getUint16(start + 2) - 2;
    let end = start + 4 + size;
    if (size < 0 || end > bytes.length) throw new RangeError("A segment is cut off.");
    if (marker === 0xda) while (end < bytes.length && !endsScan(bytes, end)) end++;
    yield { name: nameAt(bytes, start + 4), marker, start, at: start + 4, size, end };
    start = end;
  }
}

/** In a scan 0xff stands for itself before 0, and for a resting point before 0xd0 to 0xd7. */
function endsScan(bytes: Uint8Array, at: number): boolean {
  const next = bytes[at + 1];
  return bytes[at] === 0xff && next !== undefined && next !== 0 && next !== 0xff && (next < 0xd0 || next > 0xd7);
}

/** Start of a frame: where a JPEG says how large it is. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function jpeg(bytes: Uint8Array): Looks | undefined {
  const data = view(bytes);
  let [orientation, sides]: [number | undefined, [number, number] | undefined] = [undefined, undefined];
  for (const { marker, at, size, end } of whole(jpegSegments(bytes))) {
    // Of several the first one counts, and it may stand behind the frame.
    if (marker === 0xe1 && is(bytes, at, "Exif\0\0")) orientation ??= orientationOf(bytes.subarray(at + 6, at + size));
    if (isFrame(marker)) sides ??= [data.getUint16(at + 3), data.getUint16(at + 1)];
    if (sides && bytes[end + 1] === 0xda) break;
  }
  if (!sides) return undefined;
  return { ...still, kind: "jpeg", mime: "image/jpeg", w: sides[0], h: sides[1], orientation: orientation ?? 1 };
}

/** The boxes between two places of a file of that family. */
function* boxes(bytes: Uint8Array, from: number, to: number): Generator<Chunk> {
  const data = view(bytes);
  for (let start = from; start + 8 <= to;) {
    const size = data.getUint32(start);
    const end = size === 0 ? to : start + size;
    if (size === 1 || end > to || end <= start) return; // 64 bits: what we look for is never that large
    yield { name: nameAt(bytes, start + 4), start, at: start + 8, size: end - start - 8, end };
    start = end;
  }
}

function heif(bytes: Uint8Array): Looks | undefined {
  const data = view(bytes);
  const brand = nameAt(bytes, 8);
  const mime = /^avi[fs]/.test(brand) ? "image/avif" : /^(hei|mif|hev)/.test(brand) ? "image/heic" : undefined;
  const meta = [...boxes(bytes, 0, bytes.length)].find(({ name }) => name === "meta");
  if (!mime || !meta) return undefined;
  const found: Looks = { ...still, kind: "heif", mime, w: 0, h: 0, animated: brand === "avis" };
  // A picture may lie there in tiles beside its thumbnail: the largest size is that of the whole.
  for (const props of inside(bytes, inside(bytes, [{ ...meta, at: meta.at + 4 }], "iprp"), "ipco")) {
    for (const { name, at } of boxes(bytes, props.at, props.end)) {
      if (name !== "ispe") continue;
      const [w, h] = [data.getUint32(at + 4), data.getUint32(at + 8)];
      if (w * h > found.w * found.h) [found.w, found.h] = [w, h];
    }
  }
  return found;
}

const inside = (bytes: Uint8Array, outer: Chunk[], wanted: string) =>
  outer.flatMap(({ at, end }) => [...boxes(bytes, at, end)].filter(({ name }) => name === wanted));

/** The tag of EXIF that says how a picture is turned. */
const orientationTag = 0x0112;

function orientationOf(tiff: Uint8Array): number {
  try {
    const data = view(tiff);
    const little = is(tiff, 0, "II");
    const first = data.getUint32(4, little);
    const count = data.getUint16(first, little);
    for (let i = 0; i < count; i++) {
      const entry = first + 2 + i * 12;
      if (data.getUint16(entry, little) !== orientationTag) continue;
      const value = data.getUint16(entry + 8, little);
      return value >= 1 && value <= 8 ? value : 1;
    }
  } catch {
    // damaged: as if it were not there
  }
  return 1;
}
