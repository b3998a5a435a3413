import sodium from "libsodium-wrappers-sumo";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { concat, toBase64, u32, utf8 } from "../src/crypto/bytes.ts";
import { fileKey } from "../src/crypto/derived.ts";
import { encryptSeekable } from "../src/crypto/files/gcm-stream.ts";
import { encryptSmall } from "../src/crypto/files/gcm.ts";
import { encryptStream } from "../src/crypto/files/secretstream.ts";
import { Patience } from "../src/files/patience.ts";
import { sha256 } from "../src/files/seal.ts";
import { stored } from "../src/files/stored.ts";
import type { FileEncryption, SharedFile } from "../src/index.ts";
import { LogServer } from "./log-server.ts";
import { ObjectServer } from "./object-server.ts";
import { channel, encrypted, keys, messages, type Person, sealed, settled, until, visit } from "./people.ts";
import { pattern } from "./vectors.ts";

let server: LogServer;
let objects: ObjectServer;
let ann: Person;

beforeEach(async () => {
  server = new LogServer(channel);
  objects = await ObjectServer.open();
  ann = visit(server, encrypted, "ann", { url: objects.url });
  await ann.room.entered;
});

afterEach(async () => {
  ann.client.close();
  await objects.close();
});

const key = pattern(32);
const chunkSize = 4_096;
const schemes = {
  "aes-256-gcm": { nonceB64: toBase64(pattern(12)) },
  "aes-256-gcm.stream": { noncePrefixB64: toBase64(pattern(7)), chunkSize },
  "secretstream.xchacha20poly1305": { headerB64: toBase64(pattern(24)), chunkSize },
};
type Scheme = keyof typeof schemes;

async function encrypt(scheme: Scheme, plain: Uint8Array<ArrayBuffer>, under = key): Promise<Uint8Array<ArrayBuffer>> {
  if (scheme === "aes-256-gcm") return encryptSmall(under, pattern(12), plain);
  const work = await (scheme === "aes-256-gcm.stream"
    ? encryptSeekable(under, pattern(7), chunkSize)
    : encryptStream(under, pattern(24), chunkSize));
  return new Uint8Array(await new Response(new Blob([plain]).stream().pipeThrough(work)).arrayBuffer());
}

function fileOf(scheme: Scheme, size: number, more: Partial<SharedFile> = {}): SharedFile {
  return {
    objectKey: "o/x/file.bin",
    name: "f",
    mime: "application/pdf",
    size,
    keyB64: toBase64(key),
    encryption: { scheme, ...schemes[scheme] } as FileEncryption,
    ...more,
  };
}

/** Where a page would save to; says what became of it. */
class Sink {
  readonly place = {
    createWritable: async () => this,
    getFile: async () => new Blob(this.end === "closed" ? this.pieces.map((piece) => new Uint8Array(piece)) : []),
    remove: async () => (this.removed = true),
  } as unknown as FileSystemFileHandle;
  removed = false;
  written = 0;
  end: "closed" | "aborted" | undefined;
  readonly pieces: Uint8Array[] = [];

  async write(piece: Uint8Array): Promise<void> {
    this.pieces.push(piece.slice());
    this.written += piece.length;
  }
  async close(): Promise<void> {
    this.end = "closed";
  }
  async abort(): Promise<void> {
    this.end = "aborted";
  }
}

/** Saves and opens a file; both must come to the same. */
async function fetched(file: SharedFile): Promise<{ code?: string; bytes?: Buffer }> {
  const sink = new Sink();
  const saved = await ann.room.files.save(file, "", sink.place);
  const opened = await ann.room.files.open(file, "");
  expect(opened.ok).toBe(saved.ok);
  expect(sink.end).toBe(saved.ok ? "closed" : "aborted");
  expect(sink.removed).toBe(!saved.ok); // no empty file is left behind
  if (!saved.ok) return { code: saved.refusal.code };
  if (!opened.ok) return { code: opened.refusal.code };
  const bytes = Buffer.from(await opened.value.arrayBuffer());
  expect(Buffer.concat(sink.pieces).equals(bytes)).toBe(true);
  return { bytes };
}

const size = 3 * chunkSize + 100;
const plain = pattern(size);

/** A stored chunk of each scheme that has some. */
const each = (scheme: Scheme) => chunkSize + (scheme === "aes-256-gcm.stream" ? 16 : 17);

function altered(scheme: Scheme, object: Uint8Array<ArrayBuffer>): Record<string, Uint8Array<ArrayBuffer>> {
  const flip = (at: number) => {
    const copy = object.slice();
    copy[at]! ^= 1;
    return copy;
  };
  const cases: Record<string, Uint8Array<ArrayBuffer>> = {
    "a bit in the middle": flip(object.length >> 1),
    "a bit of the last tag": flip(object.length - 1),
    "a byte less": object.slice(0, -1),
    "a byte more": concat(object, Uint8Array.of(0)),
    nothing: object.slice(0, 0),
    "another object": object.map((byte) => byte ^ 0xff),
  };
  if (scheme === "aes-256-gcm") return cases;
  const one = each(scheme);
  const chunk = (i: number) => object.subarray(i * one, (i + 1) * one);
  return {
    ...cases,
    "without its last chunk": object.slice(0, 3 * one),
    "two chunks in another order": concat(chunk(1), chunk(0), chunk(2), chunk(3)),
    "a chunk twice": concat(chunk(0), chunk(0), chunk(1), chunk(2), chunk(3)),
    "without its first chunk": object.slice(one),
    "another file's end": concat(chunk(0), chunk(3)),
  };
}

describe.each(Object.keys(schemes) as Scheme[])("An object under %s", (scheme) => {
  test("is opened whole, without the zeroes behind it", async () => {
    const padded = concat(plain, new Uint8Array(100));
    const object = await encrypt(scheme, padded);
    objects.place("o/x/file.bin", object);
    const { bytes } = await fetched(fileOf(scheme, size, { sha256B64: await sha256(object) }));
    expect(bytes?.equals(plain)).toBe(true);
  });

  test("that is cut, extended, reordered or changed is refused, with or without a hash, and never gets its name", async () => {
    const object = await encrypt(scheme, plain);
    const sha256B64 = await sha256(object);
    for (const [what, other] of Object.entries(altered(scheme, object))) {
      objects.place("o/x/file.bin", other);
      for (const more of [{}, { sha256B64 }]) {
        const { code } = await fetched(fileOf(scheme, size, more));
        expect([what, code?.slice(0, 2)]).toEqual([what, "E_"]);
      }
    }
  });

  test("that is well made but not the one that was sent is refused by its hash", async () => {
    const object = await encrypt(scheme, plain);
    objects.place("o/x/file.bin", await encrypt(scheme, pattern(size + 1).slice(1)));
    expect(await fetched(fileOf(scheme, size, { sha256B64: await sha256(object) }))).toEqual({ code: "E_AUTH" });
  });

  test("that is shorter or much longer than was said is refused", async () => {
    objects.place("o/x/file.bin", await encrypt(scheme, plain));
    expect(await fetched(fileOf(scheme, size + 1_000))).toEqual({ code: "E_TRUNCATED" });
    expect(await fetched(fileOf(scheme, 1_000))).toEqual({ code: "E_TRAILING" });
  });
});

test("A download goes on where it broke off, and fetches nothing twice", async () => {
  const large = pattern(2_000_000);
  const object = await encrypt("aes-256-gcm.stream", large);
  objects.place("o/x/file.bin", object);
  const cuts = [500_000, 0, 700_000];
  objects.fault = ({ method, url }) => {
    const cut = method === "GET" && url?.startsWith("/store/") ? cuts.shift() : undefined;
    return cut === undefined ? undefined : { cut };
  };
  const sink = new Sink();
  const file = fileOf("aes-256-gcm.stream", large.length);
  const saving = ann.room.files.save(file, "", sink.place);
  let saved = false;
  void saving.then(() => (saved = true));
  while (!saved) {
    void ann.room.files.resumed(); // the time to wait is over
    await settled(5);
  }
  expect(await saving).toMatchObject({ ok: true });
  expect(Buffer.concat(sink.pieces).equals(large)).toBe(true);
  expect(objects.ranges[0]).toBeUndefined();
  const starts = objects.ranges.slice(1).map((range) => Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1]));
  expect(starts).toEqual([...starts].sort((a, b) => a - b));
  expect(starts.at(-1)).toBeGreaterThan(0);
  expect([...ann.room.files.transfers.value.values()]).toMatchObject([{ way: "down", state: "done", done: 2_000_000 }]);
  ann.room.files.cancel([...ann.room.files.transfers.value.keys()][0]!);
  await until(() => ann.room.files.transfers.value.size === 0);
});

test("A store that falls silent is asked again, for a connection may be dead and never say so", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const asked: (string | null)[] = [];
  const fetching = vi.spyOn(globalThis, "fetch").mockImplementation(async (_, { headers, signal } = {}) => {
    asked.push(new Headers(headers).get("Range"));
    if (asked.length === 1) await new Promise((_, reject) => signal?.addEventListener("abort", reject));
    const isLast = asked.length === 3;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(pattern(isLast ? 3 : 5));
        if (isLast) controller.close();
        else signal?.addEventListener("abort", () => controller.error(signal.reason));
      },
    });
    return new Response(body, { status: isLast ? 206 : 200 });
  });
  try {
    const address = async () => ({ ok: true as const, value: { url: "http://store/o", bytes: 8 } });
    const object = stored({ address, patience: new Patience(), signal: new AbortController().signal });
    const read = new Response(object).arrayBuffer();
    let size = -1;
    void read.then(({ byteLength }) => (size = byteLength));
    for (let i = 0; i < 20 && size < 0; i++) await vi.advanceTimersByTimeAsync(10_000);
    expect(size).toBe(8);
    expect(asked).toEqual([null, null, "bytes=5-"]);
  } finally {
    fetching.mockRestore();
    vi.useRealTimers();
  }
});

test("A download that is given up ends, and what was written is nothing", async () => {
  objects.place("o/x/file.bin", await encrypt("aes-256-gcm.stream", plain));
  objects.fault = ({ url }) => (url?.startsWith("/store/") ? { status: 503 } : undefined);
  const sink = new Sink();
  const saving = ann.room.files.save(fileOf("aes-256-gcm.stream", size), "", sink.place);
  await until(() => [...ann.room.files.transfers.value.values()][0]?.state === "waiting");
  ann.room.files.cancel([...ann.room.files.transfers.value.keys()][0]!);
  expect((await saving).ok).toBe(false);
  expect(sink.end).toBe("aborted");
});

test("What the server no longer has is refused in its words", async () => {
  expect(await fetched(fileOf("aes-256-gcm", 10))).toEqual({ code: "not_found" });
});

test("The bare form opens under the room's key, and is marked as the server's word", async () => {
  const objectKey = "o/x/bare.bin";
  const under = await fileKey(keys, "aes-256-gcm", objectKey);
  objects.place(objectKey, await encrypt("aes-256-gcm", plain, under));
  const encryption = { scheme: "aes-256-gcm", ...schemes["aes-256-gcm"] };
  const attachment = { objectKey, mime: "image/png", bytes: size + 16, encryption };
  server.happen({ cmd: "chat", nick: "bob", userid: 1, text: "", type: "attachment", attachment });
  await until(() => messages(ann.room).length === 1);
  const [message] = messages(ann.room);
  expect(message).toMatchObject({ security: "not_encrypted", files: [{ name: "bare.bin", mime: "image/png", size }] });
  const opened = await ann.room.files.open(message!.files![0]!, message!.key);
  expect(opened.ok && Buffer.from(await opened.value.arrayBuffer()).equals(plain)).toBe(true);
});

describe("A file of the HChat app", () => {
  const passphrase = "secret";
  let eve: Person;

  beforeEach(async () => {
    await sodium.ready;
    eve = visit(server, { channel, encrypted: true, compat: true, passphrase }, "eve", { url: objects.url });
    await eve.room.entered;
  });

  afterEach(() => eve.client.close());

  async function hcss(data: Uint8Array, head: object = {}, under = passphrase): Promise<Uint8Array<ArrayBuffer>> {
    const [salt, prefix, size] = [pattern(16), pattern(8), 8_192];
    const secret = await crypto.subtle.digest("SHA-256", utf8(under));
    const root = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
    const how = { name: "HKDF", hash: "SHA-256", salt, info: utf8("hc-secretstream-v1") };
    const fresh = new Uint8Array(await crypto.subtle.deriveBits(how, root, 256));
    const count = Math.ceil(data.length / size);
    const header = utf8(
      JSON.stringify({
        version: 1,
        alg: "ChaChaPoly-HKDF-SHA256",
        info: "hc-secretstream-v1",
        hkdfSalt_b64: toBase64(salt),
        noncePrefix_b64: toBase64(prefix),
        chunkSize: size,
        fileSize: data.length,
        chunkCount: count,
        ...head,
      }),
    );
    const chunks = Array.from({ length: count }, (_, i) =>
      sodium.crypto_aead_chacha20poly1305_ietf_encrypt(
        data.subarray(i * size, (i + 1) * size),
        concat(utf8("HCSSv1"), u32(i)),
        null,
        concat(prefix, u32(i)),
        fresh,
      ),
    );
    return concat(u32(header.length), header, ...chunks);
  }

  async function opened(object: Uint8Array<ArrayBuffer>, origin = objects.origin) {
    const object_key = `rooms/r/now/${Math.random()}-photo.jpg.hcss`;
    objects.place(object_key, object);
    const attachment = { id: "1", kind: "image", filename: "photo.jpg.hcss", url: `${origin}/store/${object_key}` };
    const count = messages(eve.room).length;
    server.happen({ cmd: "chat", nick: "bob", userid: 1, text: "", attachment });
    await until(() => messages(eve.room).length > count);
    const message = messages(eve.room).at(-1)!;
    expect(message).toMatchObject({ security: "encrypted", files: [{ name: "photo.jpg", mime: "image/jpeg" }] });
    return eve.room.files.open(message.files![0]!, message.key);
  }

  test("is opened with the passphrase", async () => {
    const data = pattern(20_000);
    const result = await opened(await hcss(data));
    expect(result.ok && Buffer.from(await result.value.arrayBuffer()).equals(data)).toBe(true);
  });

  test("is refused when it is cut, changed, of another passphrase, or lies elsewhere", async () => {
    const object = await hcss(pattern(20_000));
    const changed = object.slice();
    changed[object.length - 5]! ^= 1;
    const wrong = [object.slice(0, -20), object.slice(0, 3), changed, await hcss(pattern(20_000), {}, "other")];
    wrong.push(await hcss(pattern(20_000), { fileSize: 30_000 }), await hcss(pattern(20_000), { fileSize: 10 }));
    for (const one of wrong) expect((await opened(one)).ok).toBe(false);
    expect(await opened(object, "http://elsewhere.example")).toMatchObject({ refusal: { code: "not_found" } });
  });
});

test("A message whose files have another shape than they should is unreadable", async () => {
  server.happen(await sealed({ t: "file", files: [], body: "" }));
  await until(() => messages(ann.room).length === 1);
  expect(messages(ann.room)[0]).toMatchObject({ security: "unreadable", error: "E_FORMAT" });
});
