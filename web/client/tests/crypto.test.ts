import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64, fromBase64Url, toBase64, toBase64Url, utf8 } from "../src/crypto/bytes.ts";
import { encodeContent, newId, newSid, readContent, type TextContent } from "../src/crypto/content.ts";
import { open, readEnvelope, seal, writeEnvelope } from "../src/crypto/envelope.ts";
import { deriveV1, openV1, sealV1 } from "../src/crypto/envelope-v1.ts";
import type { CryptoError } from "../src/crypto/errors.ts";
import { parseObject } from "../src/crypto/json.ts";
import { deriveRoomKeys, importRoot, stretch } from "../src/crypto/keys.ts";
import { bucket, maxContent, pad, padme, unpad } from "../src/crypto/padding.ts";
import { ReplayGuard } from "../src/crypto/replay.ts";
import { argon2idInWorker } from "../src/crypto/argon2.ts";
import { keysOf, outcome, pattern } from "./vectors.ts";

const keys = await keysOf("ascii");

describe("base64", () => {
  test("comes back, with and without padding", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = toBase64(bytes);
        expect(fromBase64(text)).toEqual(bytes);
        expect(fromBase64(text.replace(/=+$/, ""))).toEqual(bytes);
        expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
      }),
    );
  });

  test.each(["A", "AA=A", "AAA=A", "A A=", " AAAA", "AAAA\n", "AA-_", "AB==", "AAB=", "===="])(
    "%j is refused",
    (text) => expect(fromBase64(text)).toBeUndefined(),
  );

  test.each(["AA+/", "AA==", "AB"])("%j is refused as base64url", (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });
});

describe("padding", () => {
  test("hides the length in buckets and comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 10_000 }), (content) => {
        const padded = pad(content);
        expect(bucket(padded.length)).toBe(padded.length);
        expect(padded.length).toBeLessThanOrEqual(Math.max(256, 2 * content.length + 4096));
        expect([...unpad(padded)]).toEqual([...content]);
      }),
    );
  });

  test("Padmé adds at most 12 % and is stable", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (length) => {
        const padded = padme(length);
        expect(padded).toBeGreaterThanOrEqual(length);
        expect(padded / length).toBeLessThan(1.12);
        expect(padme(padded)).toBe(padded);
      }),
    );
  });
});

describe("envelope", () => {
  test("every content opens again, and never twice with the same bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (body) => {
        const content = { t: "text", body };
        const text = await seal(keys, utf8(JSON.stringify(content)));
        expect((await open([keys], text, keys.channel)).content).toEqual(content);
        expect(await seal(keys, utf8(JSON.stringify(content)))).not.toBe(text);
      }),
    );
  });

  test("no change of a single character opens to something else", async () => {
    const content = { t: "text", body: "hello" };
    const text = await seal(keys, utf8(JSON.stringify(content)));
    await fc.assert(
      fc.asyncProperty(fc.nat(text.length - 1), fc.constantFrom(..."AZaz09+/=!"), async (at, character) => {
        const changed = text.slice(0, at) + character + text.slice(at + 1);
        fc.pre(changed !== text);
        // White space after the envelope's JSON ("fQ==" to "fQ0=") is no other envelope.
        const opened = await open([keys], changed, keys.channel).catch((error: CryptoError) => error.code);
        if (typeof opened === "string") expect(opened).toMatch(/^E_/);
        else expect(opened.content).toEqual(content);
      }),
      { examples: [[text.length - 2, "0"]] },
    );
  });

  test("the largest content fits the wire, and one byte more is refused", async () => {
    const longest = utf8(JSON.stringify({ body: "x".repeat(maxContent - 11) }));
    expect(longest.length).toBe(maxContent);
    expect((await seal(keys, longest)).length).toBe(58_389);
    expect(await outcome(() => seal(keys, utf8(" ".repeat(maxContent + 1))))).toBe("E_LIMIT");
  });

  test.each([
    ["no v", { v: undefined }, "E_FORMAT"],
    ["v is text", { v: "2" }, "E_FORMAT"],
    ["alg is missing", { alg: undefined }, "E_FORMAT"],
    ["kid is a number", { kid: 5 }, "E_FORMAT"],
    ["iv has whitespace", { iv: "Qk6iJYvEO2oiygfu " }, "E_FORMAT"],
    ["a bucket over the limit", { ct: toBase64(pattern(36_864 + 16)) }, "E_LIMIT"],
    ["alg of another case", { alg: "aes-gcm" }, "E_ALG"],
  ])("%s: %s", async (_, change, code) => {
    const envelope = readEnvelope(await seal(keys, utf8("{}")));
    const text = writeEnvelope({ ...envelope, ...change } as typeof envelope);
    expect(await outcome(() => open([keys], text, keys.channel))).toBe(code);
  });

  test.each(["[]", "1", "null", '"x"', "{", ""])("a content that is %j is refused", async (content) => {
    const text = await seal(keys, utf8(content));
    expect(await outcome(() => open([keys], text, keys.channel))).toBe("E_FORMAT");
  });

  test("a content that is not UTF-8 is refused", async () => {
    const text = await seal(keys, Uint8Array.of(0x7b, 0xff, 0x7d));
    expect(await outcome(() => open([keys], text, keys.channel))).toBe("E_FORMAT");
  });

  test("a text over 65,536 characters is refused unread", () => {
    expect(() => readEnvelope(`E2EE:${"A".repeat(65_536)}`)).toThrow("E_LIMIT");
  });

  test("envelope v1 opens what it sealed and nothing else", async () => {
    const key = await deriveV1("口令", "房间");
    const other = await deriveV1("口令2", "房间");
    const text = await sealV1(key, "你好");
    expect(await openV1(key, text)).toBe("你好");
    expect(await outcome(() => openV1(other, text))).toBe("E_AUTH");
    expect(await outcome(async () => openV1(key, await seal(keys, utf8("{}"))))).toBe("E_VERSION");
  });
});

describe("content", () => {
  const content: TextContent = {
    t: "text",
    id: "AAECAwQFBgcICQoLDA0ODw",
    ts: 1_760_000_000_000,
    nick: "alice",
    sid: "EBESExQVFhc",
    n: 0,
    body: "hi",
    emote: true,
    title: "海边",
  };

  test("comes back with what is known of it", () => {
    const json = { ...JSON.parse(new TextDecoder().decode(encodeContent(content))), later: 1 };
    expect(readContent(json)).toEqual(content);
  });

  test.each([
    { t: "rtc.start", callId: content.id, mode: "room" },
    { t: "rtc.start", callId: content.id, mode: "room", video: true },
    { t: "rtc.rekey", callId: content.id, epoch: 3 },
  ])("%j comes back", (said) => {
    const { id, ts, nick, sid, n } = content;
    expect(readContent({ id, ts, nick, sid, n, ...said })).toEqual({ id, ts, nick, sid, n, ...said });
  });

  test.each([
    { t: 1 },
    { t: "" },
    { id: "short" },
    { id: "AAECAwQFBgcICQoLDA0ODw==" },
    { ts: 1.5 },
    { ts: "0" },
    { nick: "" },
    { nick: "x".repeat(121) },
    { sid: "EBESExQVFh" },
    { n: -1 },
    { n: 2 ** 53 },
    { room: 7 },
    { body: undefined },
    { title: "x".repeat(121) },
    { to: 5 },
    { t: "rtc.start", mode: "room" },
    { t: "rtc.start", mode: "room", callId: "short" },
    { t: "rtc.start", mode: 1, callId: content.id },
    { t: "rtc.start", mode: "room", callId: content.id, video: 1 },
    { t: "rtc.rekey", callId: content.id },
    { t: "rtc.rekey", callId: content.id, epoch: 2 ** 32 },
  ])("%j is refused", (change) => {
    expect(() => readContent({ ...content, ...change })).toThrow("E_FORMAT");
  });
});

describe("replay guard", () => {
  test("every place of a stream is taken once, in whatever order they come", () => {
    const places = fc.array(fc.nat(300), { maxLength: 400 });
    fc.assert(
      fc.property(places, (list) => {
        const guard = new ReplayGuard();
        const taken = new Set<number>();
        list.forEach((n, i) => {
          expect(guard.accept("s", n, `id${i}`).arrival).toBe(taken.has(n) ? "replay" : "new");
          taken.add(n);
        });
      }),
    );
  });

  test("the same id is a duplicate, also under another stream", () => {
    const guard = new ReplayGuard();
    guard.accept("a", 0, "x");
    expect(guard.accept("a", 0, "x").arrival).toBe("duplicate");
    expect(guard.accept("b", 7, "x").arrival).toBe("duplicate");
  });

  test("what is older than the window is a replay", () => {
    const guard = new ReplayGuard();
    guard.accept("a", 0, "first");
    guard.accept("a", 5000, "second");
    expect(guard.accept("a", 5000 - 1024, "late").arrival).toBe("replay");
    expect(guard.accept("a", 5000 - 1023, "in time").arrival).toBe("new");
  });

  test("a gap names its places, and counts what is still missing", () => {
    const guard = new ReplayGuard();
    expect(guard.accept("a", 57, "0").gap).toBeUndefined();
    expect(guard.accept("a", 58, "1").gap).toBeUndefined();
    expect(guard.accept("a", 62, "2").gap).toEqual([59, 61]);
    expect(guard.missing("a", 59, 61)).toBe(3);
    guard.accept("a", 60, "3");
    expect(guard.missing("a", 59, 61)).toBe(2);
    expect(guard.accept("a", 4000, "4").gap).toEqual([63, 3999]);
    expect(guard.missing("a", 63, 3999)).toBe(3937);
  });
});

describe("Argon2id in a worker", () => {
  class FakeWorker {
    onmessage: ((event: { data: unknown }) => void) | null = null;
    onerror: (() => void) | null = null;
    ended = false;
    readonly #answer: (worker: FakeWorker) => void;

    constructor(answer: (worker: FakeWorker) => void) {
      this.#answer = answer;
    }

    postMessage(): void {
      this.#answer(this);
    }

    terminate(): void {
      this.ended = true;
    }
  }

  test("gives the root and gives the memory back", async () => {
    const worker = new FakeWorker((w) => w.onmessage?.({ data: { root: pattern(32) } }));
    const argon2id = argon2idInWorker(() => worker as unknown as Worker);
    const wanted = await deriveRoomKeys(await importRoot(pattern(32)), "lobby");
    const root = await stretch("x", "lobby", new Uint8Array(0), async (...input) => (await argon2id(...input)).slice());
    expect((await deriveRoomKeys(root, "lobby")).kid).toBe(wanted.kid);
    expect(worker.ended).toBe(true);
  });

  test.each([
    ["says so", (w: FakeWorker) => w.onmessage?.({ data: { failed: true } })],
    ["breaks", (w: FakeWorker) => w.onerror?.()],
  ])("a worker that %s is a lack of resources", async (_, answer) => {
    const argon2id = argon2idInWorker(() => new FakeWorker(answer) as unknown as Worker);
    expect(await outcome(() => argon2id(pattern(1), pattern(16)))).toBe("E_RESOURCE");
  });
});

describe("JSON", () => {
  test.each([
    ['{"a":1,"a":1}', "a member twice"],
    ['{"a":1,"\\u0061":1}', "a member twice, once escaped"],
    ['{"x":[{"b":1,"b":2}]}', "a member twice, further in"],
    ['{"\\ud800":1}', "a name that is no Unicode"],
    [`${'{"a":'.repeat(33)}1${"}".repeat(33)}`, "nested too deep"],
    ['{"a":1', "no JSON"],
    ["[]", "no object"],
  ])("%s is refused: %s", (text) => expect(parseObject(utf8(text))).toBeUndefined());

  test.each([
    '{"a":{"a":1},"b":{"a":1}}',
    '{"a":"\\"a\\":1,{","b" : ["a","a","{"]}',
    '{"__proto__":1,"constructor":2}',
    `${'{"a":'.repeat(32)}1${"}".repeat(32)}`,
  ])("%s is read", (text) => expect(parseObject(utf8(text))).toEqual(JSON.parse(text)));

  test("whatever is written is read", () => {
    const plain = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 4 })).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(plain, (json) => {
        expect(parseObject(utf8(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  test.each(["nick", "body", "title", "to", "room", "t"])("a lone surrogate in %s is refused", (member) => {
    const text = { t: "text", id: newId(), ts: 1, nick: "n", sid: newSid(), n: 0, body: "b" };
    expect(() => readContent({ ...text, [member]: "a\ud800b" })).toThrow("E_FORMAT");
  });
});
