import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toBase64 } from "../src/crypto/bytes.ts";
import { encryptSeekable } from "../src/crypto/files/gcm-stream.ts";
import { MediaDesk, type MediaPage } from "../src/files/media-desk.ts";
import { Media, type MediaEntry, readRange } from "../src/files/media.ts";
import { ObjectServer } from "./object-server.ts";
import { pattern } from "./vectors.ts";

const chunkSize = 4_096;
const size = 100 * chunkSize + 1_234;
const plain = pattern(size);
const key = pattern(32);
const name = "AAAAAAAAAAAAAAAAAAAAAA";
const address = `https://host/media/${name}`;

let objects: ObjectServer;
let object: Buffer;
let entry: MediaEntry;

beforeEach(async () => {
  objects = await ObjectServer.open();
  const work = await encryptSeekable(key, pattern(7), chunkSize);
  object = Buffer.from(await new Response(new Blob([plain]).stream().pipeThrough(work)).arrayBuffer());
  objects.place("x.bin", object);
  entry = {
    mime: "video/mp4",
    size,
    bytes: object.length,
    url: `${objects.origin}/store/x.bin`,
    keyB64: toBase64(key),
    noncePrefixB64: toBase64(pattern(7)),
    chunkSize,
  };
});

afterEach(() => objects.close());

/** A page that answers for what is its own; counts how often it was asked. */
class Page implements MediaPage {
  asked = 0;
  readonly #give: () => MediaEntry | null;

  constructor(give: () => MediaEntry | null = () => entry) {
    this.#give = give;
  }

  postMessage(_: unknown, [port]: Transferable[]): void {
    this.asked++;
    (port as MessagePort).postMessage(this.#give());
  }
}

const get = (range?: string, method = "GET") =>
  new Request(address, { method, ...(range && { headers: { Range: range } }) });
const bytes = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

test("A store that falls silent is asked again: what plays goes on", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  let asked = 0;
  const store: typeof fetch = async (_, { headers, signal } = {}) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(new Headers(headers).get("Range")!)!;
    const part = object.subarray(Number(from), Number(to) + 1);
    const isWhole = ++asked > 1;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(isWhole ? part : part.subarray(0, 10)));
        if (isWhole) controller.close();
        else signal!.addEventListener("abort", () => controller.error(signal!.reason));
      },
    });
    return new Response(body, { status: 206 });
  };
  try {
    const read = bytes(new Media(entry, async () => entry, store).answer(get("bytes=0-99")));
    for (let i = 0; i < 20 && asked < 2; i++) await vi.advanceTimersByTimeAsync(10_000);
    expect((await read).equals(plain.subarray(0, 100))).toBe(true);
    expect(asked).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test("Whatever stretch is asked for is given, and nothing else is fetched than its chunks", async () => {
  const desk = new MediaDesk();
  const page = new Page();
  await fc.assert(
    fc.asyncProperty(fc.nat(size - 1), fc.nat(size - 1), async (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const before = objects.given;
      const response = await desk.answer(name, get(`bytes=${first}-${last}`), page);
      expect(response.status).toBe(206);
      expect(response.headers.get("Content-Range")).toBe(`bytes ${first}-${last}/${size}`);
      expect(response.headers.get("Content-Length")).toBe(String(last - first + 1));
      expect((await bytes(response)).equals(plain.subarray(first, last + 1))).toBe(true);
      const chunks = Math.floor(last / chunkSize) - Math.floor(first / chunkSize) + 1;
      expect(objects.given - before).toBeLessThanOrEqual(chunks * (chunkSize + 16));
    }),
    { numRuns: 60 },
  );
  expect(page.asked).toBe(1);
});

test("The whole, the end and the head are given as players ask for them", async () => {
  const desk = new MediaDesk();
  const page = new Page();
  const whole = await desk.answer(name, get(), page);
  expect([whole.status, whole.headers.get("Accept-Ranges")]).toEqual([200, "bytes"]);
  expect((await bytes(whole)).equals(plain)).toBe(true);
  const open = await desk.answer(name, get("bytes=400000-"), page);
  expect((await bytes(open)).equals(plain.subarray(400_000))).toBe(true);
  const tail = await desk.answer(name, get("bytes=-500"), page);
  expect((await bytes(tail)).equals(plain.subarray(-500))).toBe(true);
  expect((await desk.answer(name, get(`bytes=${size}-`), page)).status).toBe(416);
  const head = await desk.answer(name, get(undefined, "HEAD"), page);
  expect([head.status, (await bytes(head)).length]).toEqual([200, 0]);
});

test("What is played can run no script and is kept nowhere", async () => {
  const desk = new MediaDesk();
  const { headers } = await desk.answer(name, get(), new Page());
  expect(headers.get("Content-Security-Policy")).toContain("sandbox");
  expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(headers.get("Cache-Control")).toBe("no-store");
  for (const mime of ["text/html", "image/svg+xml", "application/xhtml+xml", "video/mp4; x=y", "image/x\r\ny"]) {
    const page = new Page(() => ({ ...entry, mime }));
    expect((await new MediaDesk().answer(name, get(), page)).status).toBe(404);
  }
});

test("Only the page whose it is gets it, and a worker that was started anew asks again", async () => {
  const [page, other] = [new Page(), new Page(() => null)];
  expect((await new MediaDesk().answer(name, get(), undefined)).status).toBe(404);
  expect((await new MediaDesk().answer(name, get(), other)).status).toBe(404);
  expect((await new MediaDesk().answer(name, get(), page)).status).toBe(200);
  expect((await new MediaDesk().answer(name, get(), page)).status).toBe(200);
  expect(page.asked).toBe(2);
  expect((await new MediaDesk().answer(name, get(undefined, "POST"), page)).status).toBe(404);
});

test("What plays no more is let go with its key: whoever asks again is asked", async () => {
  const [desk, page] = [new MediaDesk(), new Page()];
  for (let i = 0; i < 2; i++) expect((await desk.answer(name, get(), page)).status).toBe(200);
  expect(page.asked).toBe(1);
  desk.close(name);
  expect((await desk.answer(name, get(), new Page(() => null))).status).toBe(404);
});

test("An address that has run out is asked for anew", async () => {
  const expired = { ...entry, url: `${objects.origin}/store/gone.bin` };
  const page: Page = new Page(() => (page.asked === 1 ? expired : entry));
  const response = await new MediaDesk().answer(name, get("bytes=5000-5999"), page);
  expect((await bytes(response)).equals(plain.subarray(5_000, 6_000))).toBe(true);
  expect(page.asked).toBe(2);
});

describe("Nothing is played of an object in which", () => {
  const each = chunkSize + 16;
  const chunk = (i: number) => object.subarray(i * each, (i + 1) * each);
  const cases: Record<string, () => Buffer> = {
    "a bit was changed": () => {
      const changed = Buffer.from(object);
      changed[50 * each + 9]! ^= 1;
      return changed;
    },
    "two chunks were exchanged": () =>
      Buffer.concat([object.subarray(0, 50 * each), chunk(51), chunk(50), object.subarray(52 * each)]),
    "the end lacks": () => object.subarray(0, 50 * each),
  };
  test.each(Object.keys(cases))("%s", async (what) => {
    objects.place("x.bin", cases[what]!());
    const response = await new MediaDesk().answer(name, get(`bytes=${50 * chunkSize}-`), new Page());
    const reader = response.body!.getReader();
    await expect(reader.read()).rejects.toThrow(/E_/);
  });

  test("the size was told wrongly", async () => {
    const page = new Page(() => ({ ...entry, size: size + 100_000 }));
    const response = await new MediaDesk().answer(name, get(`bytes=${size + 50_000}-`), page);
    await expect(response.arrayBuffer()).rejects.toThrow(/E_/);
  });
});

test("It answers for its own addresses alone", () => {
  const scope = "https://host/chat/";
  const named = (url: string) => MediaDesk.nameIn(url, scope);
  expect(named(`https://host/chat/media/${name}`)).toBe(name);
  for (const url of ["", "media/", `media/${name}/x`, `media/${name}?x`, "index.html", "media/short"]) {
    expect(named(`https://host/chat/${url}`)).toBeUndefined();
  }
  expect(named(`https://other/chat/media/${name}`)).toBeUndefined();
});

test("A range that is not understood is the whole", () => {
  const ranges: [string | null, ReturnType<typeof readRange>][] = [
    [null, undefined],
    ["bytes=0-1", [0, 1]],
    ["bytes=5-", [5, 99]],
    ["bytes=-5", [95, 99]],
    ["bytes=-500", [0, 99]],
    ["bytes=5-500", [5, 99]],
    ["bytes=-0", "unsatisfiable"],
    ["bytes=100-", "unsatisfiable"],
    ["bytes=9-5", undefined],
    ["bytes=0-1,5-6", undefined],
    ["items=0-1", undefined],
    ["bytes=-", undefined],
  ];
  for (const [header, expected] of ranges) expect([header, readRange(header, 100)]).toEqual([header, expected]);
});
