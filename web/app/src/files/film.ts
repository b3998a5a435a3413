import type { Edit } from "@hcchat/client";
import { is, nameAt, view } from "./images/looks.ts";

/** A piece of a film (ISO/IEC 14496-12 §4.2, where it is called a box; QuickTime says atom). `at` is where its content begins. */
interface Box {
  name: string;
  start: number;
  at: number;
  end: number;
}

/** More than this is not taken out. bytes */
const mostTaken = 64 * 1024 * 1024;
/** What describes a film of many hours is smaller. bytes */
const mostDescription = 64 * 1024 * 1024;
/** A film of a day in pieces of a second has as many. */
const mostBoxes = 200_000;
/** Each is kept on the device while the film is on its way. */
const mostEdits = 50_000;

/** What stands side by side in a film and is needed to play it. All else was put there by a camera or a program, to tell more; some write places into free space. */
const known = new Set("ftyp styp moov moof mdat mfra sidx ssix pdin".split(" "));
/** What says how a film and its tracks are played. All else beside it tells more: places, cameras, names, comments. */
const describing = new Set(
  "mvhd trak mvex iods pssh rmra clip ctab tkhd edts mdia tref trgr load matt imap tapt mdhd hdlr minf elng".split(" "),
);
/** What a sound is called, by whom it is, and its cover (iTunes' names). Beside them stand places, days, and who bought it. */
const tags = new Set(
  "\xa9nam \xa9ART aART \xa9alb \xa9wrt \xa9gen gnre \xa9lyr trkn disk covr cpil pgap stik".split(" "),
);
/** Tracks of text. Drones write their places as subtitles. */
const texts = new Set(["text", "sbtl", "subt"]);
/** Numbers as exact as places are, and how receivers of satellites say them. */
const place = /\d\.\d{4}|\$G[A-Z]{4},/;
const latin1 = new TextDecoder("latin1");
/** So many texts of a track are looked at. */
const mostTexts = 20;
/** Of what tells a player that a film is all around (Spherical Video V1): it has to stay. */
const spherical = "\xff\xcc\x82\x63\xf8\x55\x4a\x93\x88\x14\x58\x7a\x02\x52\x1f\xdd";

/** What of the family of MP4 and QuickTime a file is: that can be cleaned without being written anew. */
export async function familyOf(file: Blob): Promise<"film" | "sound" | undefined> {
  if (file.type.startsWith("image/")) return undefined;
  const head = new Uint8Array(await file.slice(0, 16).arrayBuffer());
  if (is(head, 4, "ftyp")) {
    const brand = nameAt(head, 8);
    if (/^(hei|hev|mif|msf|avi|crx)/.test(brand)) return undefined; // pictures are of it, too
    return file.type.startsWith("audio/") || /^M4[AB]/.test(brand) ? "sound" : "film";
  }
  return file.type === "video/quicktime" && /^(moov|mdat|wide|free|skip)$/.test(nameAt(head, 4)) ? "film" : undefined;
}

/**
 * What of a film tells more than one sees and hears (place, time, camera, comments, tracks of measurements), as edits that take it out and move nothing.
 * A sound keeps its title and what else its listeners look for.
 * @throws RangeError when it is damaged, or made in a way that cannot be cleaned here
 */
export async function cleaningOf(film: Blob, kind: "film" | "sound"): Promise<Edit[]> {
  const edits: Edit[] = [];
  const media: Box[] = [];
  let [moov, hasPieces]: [Box | undefined, boolean] = [undefined, false];
  for await (const box of boxesOf(film)) {
    if (box.name === "moov" && moov) throw new RangeError("It is described twice.");
    if (box.name === "moov") moov = box;
    if (box.name === "moof") hasPieces = true;
    if (box.name === "mdat") media.push(box);
    if (!known.has(box.name)) edits.push(...emptied(box));
  }
  if (!moov || moov.end - moov.start > mostDescription) throw new RangeError("No description that can be read.");
  const bytes = new Uint8Array(await film.slice(moov.start, moov.end).arrayBuffer());
  const { found, samples } = await describe(film, moov, bytes, { kind, hasPieces });
  for (const { at, zeros } of samples) {
    const isMedia = media.some((box) => box.at <= at && at + zeros <= box.end);
    if (!isMedia) throw new RangeError("Measurements that cannot be found.");
  }
  const all = [...edits, ...found, ...samples].sort((a, b) => a.at - b.at);
  const taken = all.reduce((sum, { zeros }) => sum + zeros, 0);
  if (taken > mostTaken || all.length > mostEdits) throw new RangeError("Too much of it would be taken out.");
  return all;
}

/** What stands side by side in a file, of which only the heads are read. */
async function* boxesOf(file: Blob): AsyncGenerator<Box> {
  for (let start = 0, count = 0; start < file.size; count++) {
    if (count > mostBoxes) throw new RangeError("Too many pieces.");
    const head = new Uint8Array(await file.slice(start, start + 16).arrayBuffer());
    const box = boxAt(head, 0, start, file.size);
    yield box;
    start = box.end;
  }
}

/**
 * @param from where its head lies in `bytes`
 * @param start where it lies in the file
 * @param limit where what is around it ends
 */
function boxAt(bytes: Uint8Array, from: number, start: number, limit: number): Box {
  const data = view(bytes);
  const short = data.getUint32(from);
  const size = short === 1 ? Number(data.getBigUint64(from + 8)) : short === 0 ? limit - start : short;
  const at = start + (short === 1 ? 16 : 8);
  const end = start + size;
  if (end < at || end > limit) throw new RangeError("A piece is cut off.");
  return { name: nameAt(bytes, from + 4), start, at, end };
}

/** It stays as long as it is, as free space. */
const emptied = ({ start, at, end }: Box): Edit[] => [
  { at: start + 4, text: "free", zeros: 0 },
  { at, zeros: end - at },
];

/** Whether one of the first texts does. */
async function tellsPlaces(film: Blob, samples: Edit[]): Promise<boolean> {
  for (const { at, zeros } of samples.slice(0, mostTexts)) {
    if (place.test(await film.slice(at, at + Math.min(zeros, 4096)).text())) return true;
  }
  return false;
}

/** Goes through what describes a film: what is taken out there, and the measurements that lie among pictures and sound. */
async function describe(
  film: Blob,
  moov: Box,
  bytes: Uint8Array,
  { kind, hasPieces }: { kind: "film" | "sound"; hasPieces: boolean },
): Promise<{ found: Edit[]; samples: Edit[] }> {
  const data = view(bytes);
  const base = moov.start;
  const [found, samples]: [Edit[], Edit[]] = [[], []];

  function* inside({ at, end }: Box): Generator<Box> {
    for (let start = at; start + 8 <= end;) {
      const box = boxAt(bytes, start - base, start, end);
      yield box;
      start = box.end;
    }
  }
  const only = (outer: Box, name: string): Box => {
    for (const box of inside(outer)) if (box.name === name) return box;
    throw new RangeError("Something is missing.");
  };
  const u32 = (at: number) => data.getUint32(at - base);

  /** When it was made and changed comes first in the three heads that tell it. */
  const forgetTimes = ({ at }: Box) => found.push({ at: at + 4, zeros: bytes[at - base] === 1 ? 16 : 8 });

  /** Behind what it is for, a handler may name who made it. */
  const forgetName = ({ at, end }: Box) => found.push({ at: at + 24, zeros: Math.max(0, end - at - 24) });

  const walk = async (outer: Box) => {
    for (const box of inside(outer)) {
      const { name } = box;
      if (name === "cmov") throw new RangeError("It is compressed.");
      if (name === "mvhd" || name === "tkhd" || name === "mdhd") forgetTimes(box);
      else if (name === "hdlr") forgetName(box);
      else if (kind === "sound" && outer === moov && name === "udta") keepTags(box);
      else if (name === "mdia" || (name === "trak" && !(await isMeasured(box)))) await walk(box);
      else if (name === "trak" || !(describing.has(name) || isSpherical(box))) found.push(...emptied(box));
    }
  };
  /** Of a sound: chapters, and tags. */
  const keepTags = (udta: Box) => {
    for (const box of inside(udta)) {
      const handler = box.at + 4; // behind its version
      const isList = box.name === "meta" && nameAt(bytes, handler + 4 - base) === "hdlr";
      if (!isList && box.name !== "chpl") found.push(...emptied(box));
      if (!isList) continue;
      for (const part of inside({ ...box, at: handler })) {
        if (part.name === "ilst") {
          for (const tag of inside(part)) if (!tags.has(tag.name) || hidesExif(tag)) found.push(...emptied(tag));
        } else if (part.name === "hdlr") forgetName(part);
        else found.push(...emptied(part));
      }
    }
  };
  /** A cover may be a photo. */
  const hidesExif = ({ name, at, end }: Box) =>
    name === "covr" && /Exif|<x:xmpmeta/.test(latin1.decode(bytes.subarray(at - base, end - base)));
  const isSpherical = ({ name, at }: Box) => name === "uuid" && is(bytes, at - base, spherical);

  /** Tracks of what was measured meanwhile: places, movements, faces. Their samples go, too. */
  const isMeasured = async (trak: Box): Promise<boolean> => {
    const mdia = only(trak, "mdia");
    const kind = nameAt(bytes, only(mdia, "hdlr").at + 8 - base);
    if (kind !== "meta" && !texts.has(kind)) return false;
    // What lies in pieces is described there.
    if (hasPieces) throw new RangeError("Measurements that cannot be found.");
    const found = samplesOf(only(only(mdia, "minf"), "stbl"));
    if (kind !== "meta" && !(await tellsPlaces(film, found))) return false;
    samples.push(...found);
    return true;
  };
  const samplesOf = (stbl: Box): Edit[] => {
    const samples: Edit[] = [];
    const [sizes, runs] = [only(stbl, "stsz").at, only(stbl, "stsc").at];
    const wide = [...inside(stbl)].some(({ name }) => name === "co64");
    const chunks = only(stbl, wide ? "co64" : "stco").at;
    const [same, count] = [u32(sizes + 4), u32(sizes + 8)];
    let [run, sample] = [0, 0];
    for (let chunk = 0; chunk < u32(chunks + 4); chunk++) {
      // A run says from which chunk on each has so many samples; chunks are counted from 1.
      while (run + 1 < u32(runs + 4) && u32(runs + 8 + (run + 1) * 12) <= chunk + 1) run++;
      const next = Math.min(count, sample + u32(runs + 12 + run * 12));
      let zeros = same * (next - sample);
      if (same === 0) for (let i = sample; i < next; i++) zeros += u32(sizes + 12 + i * 4);
      sample = next;
      const place = chunks + 8 + chunk * (wide ? 8 : 4);
      const at = wide ? Number(data.getBigUint64(place - base)) : u32(place);
      if (zeros > 0) samples.push({ at, zeros });
    }
    return samples;
  };

  only(moov, "mvhd"); // else it is something else, of which nothing is known
  await walk(moov);
  return { found, samples };
}
