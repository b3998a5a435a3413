import type { SharedFile } from "@hcchat/client";
import { decodeBlurhash } from "./images/blurhash.ts";

/** Kinds that a small picture may be of: nothing else becomes an address. */
const kinds = /^image\/(webp|jpeg|png)$/;
/** Pixels that a BlurHash is drawn with, the long way. */
const blurSide = 32;

/** The address of a small picture. */
export function thumbUrl(thumb: { mime: string } & ({ data: Uint8Array } | { dataB64: string })): string | undefined {
  if (!kinds.test(thumb.mime)) return undefined;
  const base64 = "dataB64" in thumb ? thumb.dataB64 : btoa(String.fromCharCode(...thumb.data));
  return /^[A-Za-z0-9+/]+=*$/.test(base64) ? `data:${thumb.mime};base64,${base64}` : undefined;
}

/** Draws the rough colours of a picture. */
export function drawBlur(canvas: HTMLCanvasElement, { blur = "", w = 1, h = 1 }: SharedFile): void {
  const scale = blurSide / Math.max(w, h);
  const [across, down] = [w, h].map((side) => Math.max(1, Math.round(side * scale))) as [number, number];
  const pixels = decodeBlurhash(blur, across, down);
  if (!pixels) return;
  canvas.width = across;
  canvas.height = down;
  canvas.getContext("2d")?.putImageData(new ImageData(pixels, across, down), 0, 0);
}
