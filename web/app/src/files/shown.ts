import type { Message, SharedFile } from "@hcchat/client";
import { looksOf, mostPixels } from "./images/looks.ts";

/** A file of a message. */
export interface Shown {
  message: Message;
  index: number;
  file: SharedFile;
}

const pictures = /^image\/(jpeg|png|gif|webp|avif|bmp)$/;
/** Where a picture says how large it is. bytes */
const head = 4_000_000;

/** What a file is shown as. Whatever is not known to be harmless (drawings with scripts, pages, documents) is only saved. */
export function kindOf({ mime, w = 0, h = 0, voice }: SharedFile): "picture" | "video" | "audio" | "other" {
  if (pictures.test(mime) && w > 0 && h > 0 && w * h <= mostPixels) return "picture";
  if (mime.startsWith("video/")) return "video";
  return voice || mime.startsWith("audio/") ? "audio" : "other";
}

/** The files of a message with their numbers, the pictures apart. */
export function sorted(message: Message): { pictures: Shown[]; others: Shown[] } {
  const all = (message.files ?? []).map((file, index) => ({ message, index, file }));
  return {
    pictures: all.filter(({ file }) => kindOf(file) === "picture"),
    others: all.filter(({ file }) => kindOf(file) !== "picture"),
  };
}

/** What came as a picture, when it is one and no larger than it may be: what the message says of it is nobody's proof. */
export async function asPicture(blob: Blob): Promise<Blob | undefined> {
  const looks = looksOf(new Uint8Array(await blob.slice(0, head).arrayBuffer()));
  if (!looks || !pictures.test(looks.mime) || looks.w * looks.h > mostPixels) return undefined;
  return new Blob([blob], { type: looks.mime });
}
