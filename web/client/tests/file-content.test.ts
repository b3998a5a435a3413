import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64, utf8 } from "../src/crypto/bytes.ts";
import { cleanFileName, readFiles } from "../src/crypto/content-files.ts";
import { newId, newSid, readContent } from "../src/crypto/content.ts";
import { parseObject } from "../src/crypto/json.ts";
import { pattern } from "./vectors.ts";

const b64 = (length: number) => toBase64(pattern(length));
const file = {
  objectKey: "o/abc/def.bin",
  name: "海边.jpg",
  mime: "image/jpeg",
  size: 83_423,
  keyB64: b64(32),
  encryption: { scheme: "aes-256-gcm", nonceB64: b64(12) },
};
const thumb = { mime: "image/webp", w: 64, h: 40, dataB64: b64(500) };
const full = {
  ...file,
  sha256B64: b64(32),
  w: 4032,
  h: 3024,
  durMs: 0,
  voice: true,
  waveB64: b64(100),
  blur: "LEHV6nWB2yk8",
  thumb,
};
const content = (files: unknown, more: object = {}) =>
  parseObject(
    utf8(JSON.stringify({ t: "file", id: newId(), ts: 1, nick: "ann", sid: newSid(), n: 0, body: "", files, ...more })),
  )!;

test("A content of files is read with all that it has, and what is not known of it is left out", () => {
  const read = readContent(content([{ ...full, later: 1, thumb: { ...thumb, later: 1 } }], { ttl: 60 }));
  expect(read).toMatchObject({ t: "file", body: "", ttl: 60, files: [full] });
  expect(readContent(content([file]))).toMatchObject({ files: [file] });
});

const encryption = (value: object) => ({ ...file, encryption: value });

test.each<[string, unknown]>([
  ["no files", undefined],
  ["none of them", []],
  ["eleven of them", Array.from({ length: 11 }, () => file)],
  ["something else", [1]],
  ["no key of the object", [{ ...file, keyB64: b64(31) }]],
  ["no object", [{ ...file, objectKey: "" }]],
  ["a long object key", [{ ...file, objectKey: "x".repeat(513) }]],
  ["no name", [{ ...file, name: "" }]],
  ["a long name", [{ ...file, name: "x".repeat(256) }]],
  ["a name that is no Unicode", [{ ...file, name: "\ud800" }]],
  ["a type that is none", [{ ...file, mime: "image/jpeg\n" }]],
  ["a negative size", [{ ...file, size: -1 }]],
  ["half a byte", [{ ...file, size: 1.5 }]],
  ["no scheme", [encryption({})]],
  ["an unknown scheme", [encryption({ scheme: "rot13" })]],
  ["a short nonce", [encryption({ scheme: "aes-256-gcm", nonceB64: b64(11) })]],
  ["a long prefix", [encryption({ scheme: "aes-256-gcm.stream", noncePrefixB64: b64(8), chunkSize: 65_536 })]],
  ["a small chunk", [encryption({ scheme: "aes-256-gcm.stream", noncePrefixB64: b64(7), chunkSize: 4_095 })]],
  [
    "a large chunk",
    [encryption({ scheme: "secretstream.xchacha20poly1305", headerB64: b64(24), chunkSize: 1_048_577 })],
  ],
  ["a short hash", [{ ...file, sha256B64: b64(31) }]],
  ["a width in words", [{ ...file, w: "wide" }]],
  ["a voice in words", [{ ...file, voice: "yes" }]],
  ["no wave", [{ ...file, waveB64: "" }]],
  ["a long wave", [{ ...file, waveB64: b64(101) }]],
  ["a long blur", [{ ...file, blur: "x".repeat(65) }]],
  ["a small picture that may hold a script", [{ ...file, thumb: { ...thumb, mime: "image/svg+xml" } }]],
  ["a small picture that is large", [{ ...file, thumb: { ...thumb, dataB64: b64(8_193) } }]],
  ["an empty small picture", [{ ...file, thumb: { ...thumb, dataB64: "" } }]],
  ["too many small pictures", Array.from({ length: 3 }, () => ({ ...file, thumb: { ...thumb, dataB64: b64(8_000) } }))],
])("A content with %s is refused", (_, files) => {
  expect(() => readContent(content(files))).toThrow("E_FORMAT");
});

test("Whatever stands in the place of files is read as files or refused, never something between", () => {
  const anything = fc.array(
    fc.record(
      Object.fromEntries(Object.entries(full).map(([name, value]) => [name, fc.oneof(fc.constant(value), fc.json())])),
    ),
    { maxLength: 3 },
  );
  fc.assert(
    fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
      for (const read of readFiles(value) ?? []) {
        expect(typeof read.name === "string" && read.name !== "").toBe(true);
        expect(Number.isSafeInteger(read.size)).toBe(true);
      }
    }),
  );
});

describe("A name", () => {
  test.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\x\\y.exe", "y.exe"],
    ["photo\u202egpj.exe", "photogpj.exe"],
    ["a\u0000b\nc", "abc"],
    ["..", "file"],
    ["x/", "file"],
    ["\u2066", "file"],
    ["海边 (1).jpg", "海边 (1).jpg"],
    [`${"a".repeat(300)}.pdf`, `${"a".repeat(251)}.pdf`],
    [`${"a".repeat(250)}😀.tar.gz`, `${"a".repeat(250)}😀.gz`],
    ["a".repeat(300), "a".repeat(255)],
    [`.${"a".repeat(300)}`, `.${"a".repeat(254)}`],
  ])("%j is %j", (name, clean) => expect(cleanFileName(name)).toBe(clean));
});
