/** Bytes of a file that go out otherwise than they lie on the disk. Nothing moves: each byte has another one in its place. */
export interface Edit {
  /** Where it begins: bytes from the file's beginning. */
  at: number;
  /** ASCII that comes first. */
  text?: string;
  /** How many zero bytes come behind it. */
  zeros: number;
}

/** Long runs are made of pieces of this size, so that each is the same memory. bytes */
const piece = new Uint8Array(65_536);

/**
 * A file with its edits, which stand in their order and do not overlap. It is not read: what is not edited stays where it is.
 * @throws RangeError when an edit lies outside the file: it is another one
 */
export function edited(file: Blob, edits: readonly Edit[] = []): Blob {
  if (edits.length === 0) return file;
  const parts: BlobPart[] = [];
  let done = 0;
  for (const { at, text = "", zeros } of edits) {
    const end = at + text.length + zeros;
    if (at < done || end > file.size) throw new RangeError("An edit lies outside the file.");
    parts.push(file.slice(done, at), text);
    for (let left = zeros; left > 0; left -= piece.length) parts.push(piece.subarray(0, Math.min(left, piece.length)));
    done = end;
  }
  return new Blob([...parts, file.slice(done)], { type: file.type });
}
