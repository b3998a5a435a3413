import { encodeBlurhash } from "./blurhash.ts";
import { type Looks, looksOf, mostPixels } from "./looks.ts";
import { strip } from "./strip.ts";

/** A small picture that goes along inside the message. */
export interface Thumb {
  mime: string;
  w: number;
  h: number;
  data: Uint8Array;
}

/** What stands for a picture while it is on its way. `small` is for messages with many. */
export interface Preview {
  w: number;
  h: number;
  blur: string;
  thumb?: Thumb;
  small?: Thumb;
}

/** What a picture is before it is sent. */
export type Cleaned =
  /** Without anything but its pixels. */
  | ({ kind: "picture"; blob: Blob } & Preview)
  /** Clean, but too large to be decoded: it goes as any file. */
  | { kind: "large"; blob: Blob }
  /** What it tells besides cannot be taken out here: only whoever sends it can say whether it goes as it is. */
  | { kind: "unclean" };

/** Larger ones are not read into memory at once. bytes */
const mostBytes = 256 * 1024 * 1024;
/** Limits of spec/crypto.md §7: one thumbnail, and those of a message of ten. bytes */
const thumbBytes = 8_192;
const smallBytes = 2_000;
/** How well a picture is kept that has to be written anew. */
const quality = 0.92;

/** Takes out of a picture what is no picture, and makes what is shown while it is on its way. */
export async function clean(blob: Blob): Promise<Cleaned> {
  if (blob.size > mostBytes) return { kind: "unclean" };
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const looks = looksOf(bytes);
  if (!looks) return { kind: "unclean" };
  const isLarge = looks.w * looks.h > mostPixels;
  // Of others than JPEGs what lies on its side has to be written anew, and loses a little.
  const stays = looks.orientation === 1 || looks.animated || looks.kind === "jpeg";
  const stripped = stays ? strip(bytes, looks) : undefined;
  const same = stripped && new Blob(stripped as Uint8Array<ArrayBuffer>[], { type: looks.mime });
  if (isLarge) return same ? { kind: "large", blob: same } : { kind: "unclean" };
  const bitmap = await createImageBitmap(blob).catch(() => undefined);
  if (!bitmap) return { kind: "unclean" };
  try {
    const sent = same ?? (looks.animated ? undefined : await written(bitmap, looks));
    return sent ? { kind: "picture", blob: sent, ...(await preview(bitmap)) } : { kind: "unclean" };
  } finally {
    bitmap.close();
  }
}

/** Its pixels, turned the right way up. */
async function written(bitmap: ImageBitmap, { kind }: Looks): Promise<Blob> {
  const canvas = draw(bitmap, bitmap.width, bitmap.height);
  const type = kind === "jpeg" ? "image/jpeg" : kind === "heif" || kind === "webp" ? "image/webp" : "image/png";
  return canvas.convertToBlob({ type, quality });
}

function draw(bitmap: ImageBitmap, w: number, h: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(w, h);
  const pen = canvas.getContext("2d")!;
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, w, h);
  return canvas;
}

/** The size and the small pictures of one that can be drawn. */
export async function preview(bitmap: ImageBitmap): Promise<Preview> {
  const [w, h] = [bitmap.width, bitmap.height];
  const tiny = draw(bitmap, Math.min(w, 32), Math.min(h, 32));
  const { data } = tiny.getContext("2d")!.getImageData(0, 0, tiny.width, tiny.height);
  const blur = encodeBlurhash(data, tiny.width, tiny.height);
  const [thumb, small] = [await thumbOf(bitmap, thumbBytes, 320), await thumbOf(bitmap, smallBytes, 128)];
  return { w, h, blur, ...(thumb && { thumb }), ...(small && { small }) };
}

/** The largest picture that fits. */
async function thumbOf(bitmap: ImageBitmap, most: number, side: number): Promise<Thumb | undefined> {
  for (; side >= 24; side = Math.floor(side * 0.75)) {
    const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
    const [w, h] = [bitmap.width, bitmap.height].map((one) => Math.max(1, Math.round(one * scale))) as [number, number];
    const canvas = draw(bitmap, w, h);
    for (const better of [0.75, 0.5]) {
      const webp = await canvas.convertToBlob({ type: "image/webp", quality: better });
      const made =
        webp.type === "image/webp" ? webp : await canvas.convertToBlob({ type: "image/jpeg", quality: better });
      if (made.size <= most) return { mime: made.type, w, h, data: new Uint8Array(await made.arrayBuffer()) };
    }
  }
  return undefined;
}
