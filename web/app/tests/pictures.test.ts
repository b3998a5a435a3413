import { describe, expect, it } from "vitest";
import { decodeBlurhash, encodeBlurhash } from "../src/files/images/blurhash.ts";
import { isPictureInside, looksOf } from "../src/files/images/looks.ts";
import { strip } from "../src/files/images/strip.ts";

const ascii = (text: string) => Array.from(text, (c) => c.charCodeAt(0));
const be16 = (n: number) => [n >> 8, n & 255];
const be32 = (n: number) => [...be16(n >>> 16), ...be16(n & 0xffff)];
const le32 = (n: number) => be32(n).reverse();
const le16 = (n: number) => be16(n).reverse();
const le24 = (n: number) => le32(n).slice(0, 3);
const bytes = (...parts: number[][]) => Uint8Array.from(parts.flat());

/** A place and a way to turn, as cameras write them. */
const tiff = (orientation: number) => [
  ...ascii("II"),
  ...le16(42),
  ...le32(8),
  ...le16(1),
  ...le16(0x0112),
  ...le16(3),
  ...le32(1),
  ...le32(orientation),
  ...le32(0),
  ...ascii("GPS 52.520008"),
];
const segment = (marker: number, body: number[]) => [0xff, marker, ...be16(body.length + 2), ...body];
const frame = segment(0xc0, [8, ...be16(480), ...be16(640), 1, 1, 0x11, 0]);
/** With an escaped 0xff, a restart and a fill in it. */
const scan = [...segment(0xda, [1, 1, 0, 0, 63, 0]), 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4];
const end = [0xff, 0xd9];
const icc = segment(0xe2, [...ascii("ICC_PROFILE\0"), 1, 1, 9, 9]);
const jfif = segment(0xe0, [...ascii("JFIF\0"), 1, 1, 0, 0, 1, 0, 1, 0, 0]);
const exif = (orientation: number) => segment(0xe1, [...ascii("Exif\0\0"), ...tiff(orientation)]);

const jpeg = (orientation = 1) =>
  bytes(
    [0xff, 0xd8],
    jfif,
    exif(orientation),
    segment(0xe1, ascii("http://ns.adobe.com/xap/1.0/\0<x:GPS 52.520008/>")),
    icc,
    segment(0xed, ascii("Photoshop 3.0\0GPS 52.520008")),
    segment(0xfe, ascii("GPS 52.520008")),
    frame,
    scan,
    segment(0xc4, [0]),
    scan,
    end,
    ascii("a film behind the end: GPS 52.520008"),
  );

const chunk = (name: string, body: number[]) => [...be32(body.length), ...ascii(name), ...body, 0, 0, 0, 0];
const ihdr = chunk("IHDR", [...be32(300), ...be32(200), 8, 6, 0, 0, 0]);
const png = (...more: number[][]) =>
  bytes(
    [0x89, ...ascii("PNG\r\n\x1a\n")],
    ihdr,
    ...more,
    chunk("tEXt", ascii("GPS 52.520008")),
    chunk("IDAT", [1, 2, 3]),
    chunk("IEND", []),
    ascii("GPS 52.520008"),
  );

const riff = (...chunks: number[][]) => {
  const body = [...ascii("WEBP"), ...chunks.flat()];
  return bytes(ascii("RIFF"), le32(body.length), body);
};
const riffChunk = (name: string, body: number[]) => [
  ...ascii(name),
  ...le32(body.length),
  ...body,
  ...(body.length % 2 ? [0] : []),
];
const vp8x = (flags: number) => riffChunk("VP8X", [flags, 0, 0, 0, ...le24(799), ...le24(599)]);
const webp = riff(
  vp8x(0x0c),
  riffChunk("VP8 ", [1, 2, 3]),
  riffChunk("EXIF", tiff(6)),
  riffChunk("XMP ", ascii("GPS")),
);

const gif = bytes(
  ascii("GIF89a"),
  [...le16(20), ...le16(10), 0x80, 0, 0],
  [0, 0, 0, 255, 255, 255],
  [0x21, 0xff, 11, ...ascii("NETSCAPE2.0"), 3, 1, 0, 0, 0],
  [0x21, 0xff, 11, ...ascii("XMP DataXMP"), 3, ...ascii("GPS"), 0],
  [0x21, 0xfe, 3, ...ascii("GPS"), 0],
  [0x21, 0xf9, 4, 0, 10, 0, 0, 0],
  [0x2c, 0, 0, 0, 0, ...le16(20), ...le16(10), 0, 2, 2, 0x4c, 1, 0],
  [0x3b],
  ascii("GPS"),
);

const box = (name: string, ...body: number[][]) => [...be32(8 + body.flat().length), ...ascii(name), ...body.flat()];
const ispe = (w: number, h: number) => box("ispe", be32(0), be32(w), be32(h));
const heif = (brand: string) =>
  bytes(
    box("ftyp", ascii(brand), be32(0), ascii("mif1")),
    box("meta", be32(0), box("hdlr", be32(0)), box("iprp", box("ipco", ispe(512, 512), ispe(4032, 3024)))),
  );

const text = (parts: Uint8Array[] | undefined) => parts && String.fromCharCode(...parts.flatMap((part) => [...part]));

describe("the head of a picture", () => {
  it.each([
    ["JPEG", jpeg(6), { kind: "jpeg", mime: "image/jpeg", w: 640, h: 480, animated: false, orientation: 6 }],
    ["JPEG that says twice how it lies", bytes([0xff, 0xd8], exif(6), exif(3), frame, scan, end), { orientation: 6 }],
    ["JPEG that says it late", bytes([0xff, 0xd8], frame, exif(8), scan, end), { w: 640, h: 480, orientation: 8 }],
    ["JPEG that is cut behind its frame", bytes([0xff, 0xd8], frame, [0xff, 0xe1, 9, 9]), { w: 640, orientation: 1 }],
    ["PNG", png(), { kind: "png", mime: "image/png", w: 300, h: 200, animated: false, orientation: 1 }],
    ["animated PNG", png(chunk("acTL", [0])), { kind: "png", w: 300, h: 200, animated: true }],
    ["turned PNG", png(chunk("eXIf", tiff(8))), { kind: "png", orientation: 8 }],
    ["WebP", webp, { kind: "webp", mime: "image/webp", w: 800, h: 600, animated: false, orientation: 6 }],
    ["animated WebP", riff(vp8x(2)), { w: 800, h: 600, animated: true }],
    ["simple WebP", riff(riffChunk("VP8 ", [0, 0, 0, 0x9d, 1, 0x2a, 64, 0, 48, 0])), { w: 64, h: 48 }],
    ["lossless WebP", riff(riffChunk("VP8L", [0x2f, 0xff, 0xc3, 0x4a, 0])), { w: 1024, h: 300 }],
    ["GIF", gif, { kind: "gif", mime: "image/gif", w: 20, h: 10 }],
    ["AVIF", heif("avif"), { kind: "heif", mime: "image/avif", w: 4032, h: 3024, animated: false }],
    ["HEIC", heif("heic"), { kind: "heif", mime: "image/heic", w: 4032, h: 3024 }],
  ])("of a %s says how large it is before anything is decoded", (_, picture, expected) => {
    expect(isPictureInside(picture.subarray(0, 16))).toBe(true);
    expect(looksOf(picture)).toMatchObject(expected);
  });

  it("is no picture's when it is of something else, or damaged", () => {
    for (const other of [ascii("<svg width='1' height='1'/>"), ascii("%PDF-1.7"), [], [0xff, 0xd8, 0xff, 0xe0]]) {
      expect(looksOf(bytes(other))).toBeUndefined();
    }
    expect(looksOf(heif("isom"))).toBeUndefined();
    for (const other of [
      ascii("<svg width='1'"),
      ascii("%PDF-1.7"),
      ascii("RIFF0000WAVEfmt "),
      [...heif("isom").subarray(0, 16)],
    ])
      expect(isPictureInside(bytes(other))).toBe(false);
  });

  it("is read from the beginning of a long one", () => {
    expect(looksOf(png().subarray(0, 40))).toMatchObject({ w: 300, h: 200 });
  });
});

describe("a picture that is cleaned", () => {
  const clean = (picture: Uint8Array) => text(strip(picture, looksOf(picture)!));

  it.each([
    ["JPEG", jpeg()],
    ["PNG", png(chunk("eXIf", tiff(1)), chunk("iTXt", ascii("GPS")), chunk("tIME", [0]))],
    ["WebP", webp],
    ["GIF", gif],
  ])("says no place any more: %s", (_, picture) => {
    expect(text([picture])).toContain("GPS");
    expect(clean(picture)).not.toContain("GPS");
    expect(clean(picture)).not.toMatch(/Exif|xap|XMP|tEXt/);
  });

  it("keeps its pixels and its colours, byte by byte", () => {
    expect(clean(jpeg())).toBe(text([bytes([0xff, 0xd8], jfif, icc, frame, scan, segment(0xc4, [0]), scan, end)]));
    expect(clean(png(chunk("iCCP", [7])))).toBe(
      text([
        bytes([0x89, ...ascii("PNG\r\n\x1a\n")], ihdr, chunk("iCCP", [7]), chunk("IDAT", [1, 2, 3]), chunk("IEND", [])),
      ]),
    );
    expect(clean(webp)).toBe(text([riff(vp8x(0), riffChunk("VP8 ", [1, 2, 3]))]));
    expect(clean(gif)).toContain("NETSCAPE2.0");
    expect(clean(gif)).toMatch(/;$/);
  });

  it("goes on saying how it has to be turned, and nothing else, where it is a JPEG", () => {
    const turned = strip(jpeg(6), looksOf(jpeg(6))!)!;
    expect(text(turned)).not.toContain("GPS");
    expect(looksOf(bytes(...turned.map((part) => [...part])))).toMatchObject({ w: 640, h: 480, orientation: 6 });
  });

  it("is whole: what is cut off is not cleaned", () => {
    for (const picture of [jpeg(), png(), gif]) {
      const cut = picture.subarray(0, Math.floor(picture.length * 0.6));
      expect(strip(cut, looksOf(picture)!)).toBeUndefined();
    }
  });
});

describe("a BlurHash", () => {
  const solid = (r: number, g: number, b: number) => new Uint8ClampedArray(Array(64).fill([r, g, b, 255]).flat());

  it("is what others make of it", () => {
    expect(encodeBlurhash(solid(0, 0, 0), 8, 8, 1, 1)).toBe("000000");
    expect(encodeBlurhash(solid(255, 255, 255), 8, 8, 1, 1)).toBe("00TSUA");
  });

  it("comes back as about the same colours", () => {
    const pixels = new Uint8ClampedArray(16 * 16 * 4);
    for (let i = 0; i < 256; i++) pixels.set(i % 16 < 8 ? [220, 40, 40, 255] : [30, 60, 200, 255], i * 4);
    const hash = encodeBlurhash(pixels, 16, 16);
    expect(hash).toHaveLength(28);
    const back = decodeBlurhash(hash, 16, 16)!;
    expect(back[0]).toBeGreaterThan(170);
    expect(back[2]).toBeLessThan(110);
    expect(back[15 * 4]).toBeLessThan(110);
    expect(back[15 * 4 + 2]).toBeGreaterThan(150);
    expect(back[3]).toBe(255);
  });

  it("is refused when it is none", () => {
    for (const hash of ["", "00TSU", "00TSUA0", "~~~~~~", 'L"HV6nWB2yk8pyo0adR*.7kCMdnj']) {
      expect(decodeBlurhash(hash, 4, 4)).toBeUndefined();
    }
    expect(decodeBlurhash("LEHV6nWB2yk8pyo0adR*.7kCMdnj", 4, 4)).toHaveLength(64);
  });
});
