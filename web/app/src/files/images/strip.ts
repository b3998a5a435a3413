import { is, jpegSegments, type Looks, pngChunks, view, webpChunks } from "./looks.ts";

/**
 * The same picture without what it tells besides: place, time, camera, comments, whatever was hung on behind its end. A JPEG goes on saying how it has to be turned.
 * Not a pixel of it changes. Nothing, for kinds that cannot be cleaned this way or are damaged.
 */
export function strip(
  bytes: Uint8Array,
  { kind, orientation }: Pick<Looks, "kind" | "orientation">,
): Uint8Array[] | undefined {
  try {
    switch (kind) {
      case "jpeg":
        return jpeg(bytes, orientation);
      case "png":
        return png(bytes);
      case "webp":
        return webp(bytes);
      case "gif":
        return gif(bytes);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** Needed to show it: the frame of JFIF, how its colours are meant, and how they were taken apart. */
function needed(bytes: Uint8Array, marker: number, at: number): boolean {
  if (marker === 0xe0) return is(bytes, at, "JFIF\0");
  if (marker === 0xe2) return is(bytes, at, "ICC_PROFILE\0");
  if (marker === 0xee) return is(bytes, at, "Adobe");
  return marker !== 0xfe && (marker < 0xe0 || marker > 0xef);
}

/** EXIF that tells how a picture has to be turned, and nothing else. */
function turning(orientation: number): Uint8Array {
  const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
  return Uint8Array.of(0xff, 0xe1, 0, 8 + tiff.length, 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff);
}

function jpeg(bytes: Uint8Array, orientation: number): Uint8Array[] | undefined {
  const kept = [bytes.subarray(0, 2)];
  if (orientation !== 1) kept.push(turning(orientation));
  let ended = false;
  for (const { marker, start, at, end } of jpegSegments(bytes)) {
    if (needed(bytes, marker, at)) kept.push(bytes.subarray(start, end));
    ended = marker === 0xd9;
  }
  return ended ? kept : undefined;
}

const pngKept = new Set(
  "IHDR PLTE IDAT IEND tRNS gAMA cHRM sRGB iCCP cICP sBIT bKGD hIST pHYs sPLT mDCV cLLI acTL fcTL fdAT".split(" "),
);

function png(bytes: Uint8Array): Uint8Array[] | undefined {
  const kept = [bytes.subarray(0, 8)];
  let ended = false;
  for (const { name, start, end } of pngChunks(bytes)) {
    if (pngKept.has(name)) kept.push(bytes.subarray(start, end));
    ended = name === "IEND";
  }
  return ended ? kept : undefined;
}

const webpKept = new Set(["VP8X", "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"]);
/** Bits of VP8X that announce EXIF and XMP. */
const announced = 0x08 | 0x04;

function webp(bytes: Uint8Array): Uint8Array[] {
  const head = bytes.slice(0, 12);
  const kept: Uint8Array[] = [head];
  for (const { name, start, at, end } of webpChunks(bytes)) {
    if (!webpKept.has(name)) continue;
    const chunk = name === "VP8X" ? bytes.slice(start, end) : bytes.subarray(start, end);
    if (name === "VP8X") chunk[at - start]! &= ~announced;
    kept.push(chunk);
  }
  const size = kept.reduce((sum, part) => sum + part.length, 0);
  view(head).setUint32(4, size - 8, true);
  return kept;
}

/** Extensions of GIF that belong to showing it: how often it repeats, and its colours. */
const gifKept = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"];

function gif(bytes: Uint8Array): Uint8Array[] | undefined {
  const table = (flags: number) => (flags & 0x80 ? 3 << ((flags & 7) + 1) : 0);
  let at = 13 + table(bytes[10]!);
  const kept = [bytes.subarray(0, at)];
  for (;;) {
    const start = at;
    const what = bytes[at];
    if (what === 0x3b) return [...kept, bytes.subarray(at, at + 1)];
    let keeps = true;
    if (what === 0x2c) {
      at = subBlocks(bytes, at + 11 + table(bytes[at + 9]!));
    } else if (what === 0x21) {
      const label = bytes[at + 1];
      keeps = label === 0xf9 || (label === 0xff && gifKept.some((name) => is(bytes, start + 3, name)));
      at = subBlocks(bytes, at + 2);
    } else return undefined;
    if (keeps) kept.push(bytes.subarray(start, at));
  }
}

/** Where the sub-blocks that begin there end. */
function subBlocks(bytes: Uint8Array, at: number): number {
  for (;;) {
    const size = bytes[at];
    if (size === undefined) throw new RangeError("A block is cut off.");
    at += 1 + size;
    if (size === 0) return at;
  }
}
