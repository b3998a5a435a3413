import { edited } from "@hcchat/client";
import { describe, expect, it } from "vitest";
import { cleaningOf, familyOf } from "../src/files/film.ts";

const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));
const be32 = (n: number) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255];
const be64 = (n: number) => [0, 0, 0, 0, ...be32(n)];
const zeros = (count: number) => Array.from({ length: count }, () => 0);
const box = (name: string, ...parts: number[][]) => {
  const body = parts.flat();
  return [...be32(body.length + 8), ...ascii(name), ...body];
};
/** With its size in eight bytes. */
const wideBox = (name: string, body: number[]) => [...be32(1), ...ascii(name), ...be64(body.length + 16), ...body];
const full = (name: string, version: number, ...parts: number[][]) => box(name, [version, 0, 0, 0], ...parts);

const place = "+52.5200+013.4050/";
const placeBytes = ascii(place);
const times = ascii("TIME");
const spherical = [0xff, 0xcc, 0x82, 0x63, 0xf8, 0x55, 0x4a, 0x93, 0x88, 0x14, 0x58, 0x7a, 0x02, 0x52, 0x1f, 0xdd];

const ftyp = box("ftyp", ascii("qt  "), be32(0), ascii("qt  "));
const handler = (type: string) => full("hdlr", 0, ascii("mhlr"), ascii(type), zeros(12), ascii("Core Media\0"));

interface Track {
  type: string;
  /** Bytes of each sample, or of all. */
  sizes: number[] | { same: number; count: number };
  /** First chunk, samples in each. */
  runs: [number, number][];
  /** Where they lie in the file. */
  chunks: number[];
  wide?: boolean;
}

function track({ type, sizes, runs, chunks, wide = false }: Track): number[] {
  const table = Array.isArray(sizes)
    ? [...be32(0), ...be32(sizes.length), ...sizes.flatMap(be32)]
    : [...be32(sizes.same), ...be32(sizes.count)];
  const stbl = box(
    "stbl",
    full("stsd", 0, be32(0)),
    full("stsz", 0, table),
    full("stsc", 0, be32(runs.length), ...runs.map(([from, count]) => [...be32(from), ...be32(count), ...be32(1)])),
    full(wide ? "co64" : "stco", 0, be32(chunks.length), ...chunks.map(wide ? be64 : be32)),
  );
  return box(
    "trak",
    full("tkhd", 0, times, times, ascii("kept")),
    box("udta", box("\xa9xyz", placeBytes)),
    box("uuid", spherical, ascii("<spherical/>")),
    box("uuid", ascii("another-uuid-16b"), placeBytes),
    box("meta", placeBytes),
    box("mdia", full("mdhd", 1, times, times, times, times, ascii("kept")), handler(type), box("minf", stbl)),
  );
}

/** A film whose media are these pieces; tracks are told where each lies. */
function film(
  pieces: number[][],
  tracks: (places: number[]) => number[][],
  ...more: number[][]
): Uint8Array<ArrayBuffer> {
  const places: number[] = [];
  let at = ftyp.length + 8;
  for (const piece of pieces) {
    places.push(at);
    at += piece.length;
  }
  const moov = box(
    "moov",
    full("mvhd", 0, times, times, ascii("kept")),
    ...tracks(places),
    box("udta", box("meta", placeBytes), be32(0)),
    box("meta", placeBytes),
  );
  return Uint8Array.from([...ftyp, ...box("mdat", ...pieces), ...moov, ...more.flat()]);
}

const video = { type: "vide", sizes: [3, 3], runs: [[1, 2]], chunks: [] } satisfies Track;
const picture = ascii("picture");
const latin1 = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");

async function cleaned(bytes: Uint8Array<ArrayBuffer>, kind: "film" | "sound" = "film"): Promise<string> {
  const blob = new Blob([bytes], { type: "video/mp4" });
  const out = edited(blob, await cleaningOf(blob, kind));
  expect(out.size).toBe(blob.size);
  expect(out.type).toBe("video/mp4");
  return latin1(new Uint8Array(await out.arrayBuffer()));
}

/** Whatever a byte is changed to, it is cleaned or refused. */
async function eachByteChanged(good: Uint8Array<ArrayBuffer>, kind: "film" | "sound"): Promise<void> {
  for (let i = 0; i < good.length; i++) {
    for (const value of [0, 0x7f, 0xff]) {
      const bytes = good.slice();
      bytes[i] = value;
      const blob = new Blob([bytes]);
      const edits = await cleaningOf(blob, kind).catch((e: unknown) => {
        if (e instanceof RangeError) return [];
        throw e;
      });
      expect(edited(blob, edits).size).toBe(bytes.length);
    }
  }
}

describe("A film", () => {
  it("goes without place, time and camera, and nothing of it moves", async () => {
    const before = film([picture], (places) => [track({ ...video, chunks: places })]);
    const after = await cleaned(before);
    expect(latin1(before)).toContain(place);
    expect(after).not.toContain(place);
    expect(after).not.toContain("TIME");
    expect(after.match(/kept/g)).toHaveLength(3);
    expect(after).toContain("<spherical/>");
    for (const kept of ["picture", "ftyp", "mdat", "moov", "trak", "stbl", "stco", "vide"]) {
      expect(after.indexOf(kept)).toBe(latin1(before).indexOf(kept));
    }
    const again = Uint8Array.from(after, (c) => c.charCodeAt(0));
    expect(await cleaned(again)).toBe(after);
  });

  it.each([false, true])("loses its tracks of measurements, samples and all (64 bits: %s)", async (wide) => {
    const measured = ["+52.1", "+52.22", "+52.3", "+52.4567", "+52.5"];
    const [a, b, c, d, e] = measured.map(ascii) as [number[], number[], number[], number[], number[]];
    const pieces = [picture, [...a, ...b], picture, [...c, ...d], picture, e, picture];
    const before = film(pieces, (places) => [
      track({ ...video, chunks: [places[0]!] }),
      track({
        type: "meta",
        sizes: measured.map(({ length }) => length),
        runs: [
          [1, 2],
          [3, 1],
        ],
        chunks: [places[1]!, places[3]!, places[5]!],
        wide,
      }),
    ]);
    const after = await cleaned(before);
    for (const one of measured) expect(after).not.toContain(one);
    expect(after.match(/picture/g)).toHaveLength(4);
    expect(after.match(/trak/g)).toHaveLength(1);
  });

  it("whose measurements are all of one size loses them, too", async () => {
    const before = film([picture, ascii("12345678"), picture], (places) => [
      track({ type: "meta", sizes: { same: 4, count: 2 }, runs: [[1, 2]], chunks: [places[1]!] }),
    ]);
    const after = await cleaned(before);
    expect(after).not.toContain("12345678");
    expect(after.match(/picture/g)).toHaveLength(2);
  });

  it("loses what a camera hung on beside it, and what has its size in eight bytes", async () => {
    const after = await cleaned(film([picture], () => [], wideBox("sefd", placeBytes), box("uuid", placeBytes)));
    expect(after).not.toContain(place);
    expect(after).toContain("picture");
  });

  it("loses what stands in free space, and what only its maker knows", async () => {
    const beside = ["free", "skip", "prft", "emsg"].map((name) => box(name, placeBytes));
    const unknown = [box("gps ", placeBytes), box("free", placeBytes)];
    const after = await cleaned(
      film([picture], (places) => [track({ ...video, chunks: places }), ...unknown], ...beside),
    );
    expect(after).not.toContain(place);
    expect(after).not.toContain("Core Media");
    expect(after).toContain("picture");
  });

  it.each([
    ["GPS (13.4050, 52.5200, 18)", false],
    ["HOME(W: 13.405012, N: 52.520008)", false],
    ["$GPRMC,081836,A,3751.65,S", false],
    ["It is 12.50 in the GPS.", true],
  ])("keeps subtitles unless they tell places: %s", async (said, stays) => {
    const before = film([picture, ascii(said)], (places) => [
      track({ ...video, chunks: [places[0]!] }),
      track({ type: "sbtl", sizes: [said.length], runs: [[1, 1]], chunks: [places[1]!] }),
    ]);
    const after = await cleaned(before);
    expect(after.includes(said)).toBe(stays);
    expect(after.match(/trak/g)).toHaveLength(stays ? 2 : 1);
  });

  it.each([
    ["is cut off", film([picture], () => []).slice(0, -3)],
    ["is not described", Uint8Array.from([...ftyp, ...box("mdat", picture)])],
    ["is described twice", film([picture], () => [], box("moov", zeros(8)))],
    ["is something else", Uint8Array.from([...ftyp, ...box("moov", box("mine", placeBytes)), ...box("data", picture)])],
    ["is compressed", film([picture], () => [box("cmov", zeros(8))])],
    ["has something behind its end", film([picture], () => [], ascii("Canon stuff and more of it"))],
    [
      "has measurements where none can lie",
      film([picture], () => [track({ type: "meta", sizes: [9], runs: [[1, 1]], chunks: [0] })]),
    ],
    [
      "comes in pieces and has measurements",
      film([picture], (places) => [track({ ...video, type: "meta", chunks: places })], box("moof", zeros(8))),
    ],
    [
      "comes in pieces, which alone say where its measurements are",
      film([picture], () => [track({ type: "meta", sizes: [], runs: [], chunks: [] })], box("moof", zeros(8))),
    ],
    ["lacks a table", film([picture], () => [box("trak", box("mdia", handler("meta")))])],
    ["has no end to its pieces", Uint8Array.from([...ftyp, ...be32(4), ...ascii("free")])],
  ])("that %s is not believed to be clean", async (_, bytes) => {
    await expect(cleaningOf(new Blob([bytes]), "film")).rejects.toThrow(RangeError);
  });

  it("survives having any byte changed", async () => {
    const good = film([picture, ascii("12345678")], (places) => [
      track({ ...video, chunks: [places[0]!] }),
      track({ type: "meta", sizes: [4, 4], runs: [[1, 2]], chunks: [places[1]!] }),
    ]);
    await eachByteChanged(good, "film");
  });
});

describe("A sound", () => {
  const tag = (name: string, value: string) => box(name, box("data", be32(1), be32(0), ascii(value)));
  const meta = (...parts: number[][]) => full("meta", 0, ...parts);
  const sound = (...about: number[][]) =>
    Uint8Array.from([
      ...box("ftyp", ascii("M4A "), be32(0)),
      ...box("moov", full("mvhd", 0, times, times, ascii("kept")), box("udta", ...about)),
      ...box("mdat", picture),
    ]);
  const song = [tag("\xa9nam", "A song"), tag("\xa9ART", "A band"), tag("covr", "JFIF and pixels")];

  it("keeps title, artist, cover and chapters, and loses place, day, buyer and comments", async () => {
    const more = [
      tag("\xa9xyz", place),
      tag("\xa9day", "TIME"),
      tag("apID", "who@where.test"),
      tag("\xa9cmt", "hello"),
    ];
    const list = meta(handler("mdir"), box("ilst", ...song, ...more, box("----", placeBytes)), box("free", placeBytes));
    const after = await cleaned(
      sound(box("\xa9xyz", placeBytes), list, box("chpl", ascii("Chapter 1")), box("loci", placeBytes)),
      "sound",
    );
    for (const kept of ["A song", "A band", "JFIF", "Chapter 1", "kept", "picture"]) expect(after).toContain(kept);
    for (const gone of [place, "TIME", "who@where", "hello", "Core Media"]) expect(after).not.toContain(gone);
  });

  it.each(["Exif\0\0MM", "<x:xmpmeta"])("loses a cover that tells more: %s", async (said) => {
    const after = await cleaned(sound(meta(handler("mdir"), box("ilst", tag("covr", `JFIF ${said}`)))), "sound");
    expect(after).not.toContain("JFIF");
  });

  it("loses what is written in a way of its own", async () => {
    for (const about of [box("meta", placeBytes), meta(box("keys", placeBytes)), box("meta", zeros(2))]) {
      expect(await cleaned(sound(about), "sound")).not.toContain(place);
    }
  });

  it("survives having any byte changed", async () => {
    const good = sound(meta(handler("mdir"), box("ilst", ...song, tag("\xa9xyz", place))), box("chpl", zeros(4)));
    await eachByteChanged(good, "sound");
  });
});

describe("What is taken for a film, or a sound", () => {
  it.each<[string, number[], string, "film" | "sound" | undefined]>([
    ["of a phone", ftyp, "video/quicktime", "film"],
    ["by another name", box("ftyp", ascii("isom")), "", "film"],
    ["an old one", box("moov"), "video/quicktime", "film"],
    ["a sound", box("ftyp", ascii("isom")), "audio/mp4", "sound"],
    ["a sound by another name", box("ftyp", ascii("M4A ")), "", "sound"],
    ["a photo", box("ftyp", ascii("heic")), "", undefined],
    ["a raw photo", box("ftyp", ascii("crx ")), "", undefined],
    ["WebM", [0x1a, 0x45, 0xdf, 0xa3], "video/webm", undefined],
    ["text", ascii("moov to the left"), "text/plain", undefined],
    ["nothing", [], "video/mp4", undefined],
  ])("%s", async (_, bytes, type, wanted) => {
    expect(await familyOf(new Blob([Uint8Array.from(bytes)], { type }))).toBe(wanted);
  });
});
