import { random, toBase64, utf8 } from "../crypto/bytes.ts";
import { cleanFileName, maxThumb, maxThumbs } from "../crypto/content-files.ts";
import type { FileDraft, FileEncryption, FileLooks, SharedFile } from "./types.ts";

/** From this size on a file goes in chunks of that many bytes (spec/crypto.md §7). */
const smallFile = 16_000_000;
const chunkSize = 65_536;
/** Most bytes of files and caption in a content; what else stands there is less than the rest. */
const most = 32_000;
/** What `objectKey` and `sha256B64` will take at most. */
const later = 200;

/** What messages say of files that are about to be sent; `undefined` when it does not fit into one, even without small pictures. */
export function share(drafts: readonly FileDraft[], caption: string): SharedFile[] | undefined {
  const files = drafts.map(shareOne);
  let thumbs = 0;
  for (const [i, { thumb }] of drafts.entries()) {
    thumbs += thumb?.data.length ?? 0;
    if (thumbs > maxThumbs) delete files[i]!.thumb;
  }
  for (;;) {
    if (utf8(JSON.stringify({ files, caption })).length + files.length * later <= most) return files;
    const last = files.findLast(({ thumb }) => thumb);
    if (!last) return undefined;
    delete last.thumb;
  }
}

/** How a file of that size is encrypted, with fresh random bytes. */
export function newEncryption(size: number): FileEncryption {
  if (size < smallFile) return { scheme: "aes-256-gcm", nonceB64: toBase64(random(12)) };
  return { scheme: "aes-256-gcm.stream", noncePrefixB64: toBase64(random(7)), chunkSize };
}

function shareOne({ blob, name, mime, wave, thumb, ...draft }: FileDraft): SharedFile {
  const looks: FileLooks = {};
  for (const member of ["w", "h", "durMs"] as const) {
    if (draft[member] !== undefined) looks[member] = Math.round(draft[member]);
  }
  if (draft.voice) looks.voice = true;
  if (draft.blur && draft.blur.length <= 64) looks.blur = draft.blur;
  return {
    objectKey: "",
    name: cleanFileName(name),
    mime: /^[ -~]{1,100}$/.test(mime) ? mime : "application/octet-stream",
    size: blob.size,
    keyB64: toBase64(random(32)),
    encryption: newEncryption(blob.size),
    ...looks,
    ...(wave && wave.length > 0 && { waveB64: toBase64(wave.subarray(0, 100)) }),
    ...(thumb &&
      thumb.data.length > 0 &&
      thumb.data.length <= maxThumb && {
        thumb: { mime: thumb.mime, w: thumb.w, h: thumb.h, dataB64: toBase64(thumb.data) },
      }),
  };
}
