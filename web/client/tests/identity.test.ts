import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { concat, utf8 } from "../src/crypto/bytes.ts";
import { isAsMeant, readContent } from "../src/crypto/content.ts";
import { native } from "../src/crypto/ed25519.ts";
import { portable } from "../src/crypto/ed25519-portable.ts";
import { inGroups } from "../src/crypto/identity.ts";
import type { RoomKeys } from "../src/crypto/keys.ts";
import { hex, identityVectors as vectors, keysOf, outcome, pattern, toHex } from "./vectors.ts";

/** Every room that a vector names, by name. */
const rooms = new Map<string, RoomKeys>();
for (const name of ["ascii", "cjk-fullwidth-space", "raw-room-key"]) rooms.set(name, await keysOf(name));

describe.each(["the browser's Ed25519", "Ed25519 in JavaScript"])("with %s", (which) => {
  const inJavaScript = which.endsWith("JavaScript");
  /** The modules, as a page that has just been loaded sees them. */
  let page: Awaited<ReturnType<typeof load>>;

  async function load() {
    return {
      ...(await import("../src/crypto/cipher.ts")),
      ...(await import("../src/crypto/ed25519.ts")),
      ...(await import("../src/crypto/envelope.ts")),
      ...(await import("../src/crypto/identity.ts")),
    };
  }

  beforeEach(async () => {
    vi.resetModules();
    if (inJavaScript) {
      for (const name of ["importKey", "sign", "verify"] as const) withoutEd25519(name);
    } else {
      vi.doMock("../src/crypto/ed25519-portable.ts", () => {
        throw new Error("it must not be loaded");
      });
    }
    page = await load();
  });

  afterEach(() => {
    vi.doUnmock("../src/crypto/ed25519-portable.ts");
    vi.restoreAllMocks();
  });

  test.each(vectors.rfc8032)("it is that of RFC 8032: $publicHex", async (vector) => {
    const [key, message, signature] = [hex(vector.publicHex), hex(vector.messageHex), hex(vector.signatureHex)];
    const identity = await page.Identity.fromSeed(hex(vector.seedHex));
    expect(toHex(await identity.sign(message))).toBe(vector.signatureHex);
    expect(await page.verify(key, message, signature)).toBe(true);
    expect(await page.verify(key, concat(message, message, pattern(1)), signature)).toBe(false);
  });

  test.each(vectors.identities)("$name has the key, fingerprint and export of the vector", async (vector) => {
    const identity = await page.Identity.import(vector.exported);
    expect(toHex(identity.seed)).toBe(vector.seedHex);
    expect(identity.key).toBe(vector.publicB64u);
    expect(identity.fingerprint).toBe(vector.fingerprint);
    expect(await page.fingerprint(identity.key)).toBe(vector.fingerprint);
    expect(inGroups(identity.fingerprint)).toBe(vector.shown);
    expect(await identity.export()).toBe(vector.exported);
  });

  test.each(vectors.importNegative)("what is no exported identity is refused: $name", async ({ text }) => {
    expect(await outcome(() => page.Identity.import(text))).toBe("E_FORMAT");
  });

  test.each(vectors.envelopes)("sealed and opened as in the vector: $name", async (vector) => {
    const keys = rooms.get(vector.room)!;
    const [identity, content] = [await identityOf(vector.identity), contentOf(vector)];
    const text = await page.sealUnder(hex(vector.ivHex), keys, utf8(content), identity);
    if (vector.text !== undefined) expect(text).toBe(vector.text);
    else {
      expect(text.length).toBe(vector.textLength);
      expect(createHash("sha256").update(text).digest("hex")).toBe(vector.textSha256);
    }
    const opened = await page.open([keys], text, keys.channel);
    expect(opened).toEqual({ content: JSON.parse(content), signer: identity.key });
  });

  test("what has no room beside its signature is refused", async () => {
    const { tooLong } = vectors;
    const [keys, identity, content] = [
      rooms.get(tooLong.room)!,
      await identityOf(tooLong.identity),
      contentOf(tooLong),
    ];
    expect(utf8(content).length).toBe(32_672);
    expect(await outcome(() => page.seal(keys, utf8(content), identity))).toBe(tooLong.expect);
  });

  test.each(vectors.open)(
    "opening ends with $expect: $name",
    async ({ text, ring, channel, expect: wanted, signer }) => {
      const keys = ring.map((name) => rooms.get(name)!);
      let opened: { signer: string | undefined } | undefined;
      const code = await outcome(async () => (opened = await page.open(keys, text, channel)));
      expect([code, opened?.signer ?? null]).toEqual([wanted, signer ?? null]);
    },
  );

  test("nothing is verified with a key or an R of small order", async () => {
    const identity = await page.Identity.generate();
    const key = hex(Buffer.from(identity.key, "base64url").toString("hex"));
    const zero = new Uint8Array(32);
    for (const point of vectors.smallOrderHex.map(hex)) {
      expect(await page.verify(point, utf8("x"), concat(hex(vectors.smallOrderHex[0]!), zero))).toBe(false);
      expect(await page.verify(key, utf8("x"), concat(point, zero))).toBe(false);
    }
  });

  test("a cipher with an identity signs, and tells who signed", async () => {
    const keys = rooms.get("ascii")!;
    const identity = await page.Identity.generate();
    const alice = new page.PassphraseCipher(keys, async () => identity);
    const plain = new page.PassphraseCipher(keys);
    const content = utf8(contentOf(vectors.envelopes[0]!));
    const [signed, unsigned] = [
      await plain.open(await alice.seal(content)),
      await alice.open(await plain.seal(content)),
    ];
    expect(signed).toMatchObject({ content: { t: "text" }, signer: identity.key });
    expect(unsigned).toMatchObject({ content: { t: "text" }, signer: undefined });
  });

  async function identityOf(name: string) {
    return page.Identity.fromSeed(hex(vectors.identities.find((candidate) => candidate.name === name)!.seedHex));
  }
});

describe("the two kinds of Ed25519", () => {
  test("make the same keys and signatures, and take each other's", async () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    await fc.assert(
      fc.asyncProperty(bytes, fc.uint8Array({ maxLength: 300 }), async (seed, text) => {
        const message = new Uint8Array(text);
        const key = await native.publicKey(seed);
        const signature = await native.sign(seed, message);
        expect(toHex(await portable.publicKey(seed))).toBe(toHex(key));
        expect(toHex(await portable.sign(seed, message))).toBe(toHex(signature));
        expect(await portable.verify(key, message, signature)).toBe(true);
        expect(await native.verify(key, message, signature)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test("agree on every single bit that is wrong", async () => {
    const [seed, message] = [pattern(32), utf8("hello")];
    const all = concat(await native.publicKey(seed), await native.sign(seed, message));
    await fc.assert(
      fc.asyncProperty(fc.nat(all.length * 8 - 1), async (bit) => {
        const wrong = all.slice();
        wrong[bit >> 3]! ^= 1 << (bit & 7);
        const [key, signature] = [wrong.subarray(0, 32), wrong.subarray(32)];
        expect(await native.verify(key, message, signature)).toBe(false);
        expect(await portable.verify(key, message, signature)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

test("there are 65 openings and 14 encodings of points of small order", () => {
  expect([vectors.open.length, vectors.smallOrderHex.length]).toEqual([65, 14]);
});

test.each(vectors.whispers)("$name: $expect", async ({ text, whisper, expect: wanted }) => {
  const { open } = await import("../src/crypto/envelope.ts");
  const { content, signer } = await open([rooms.get("ascii")!], text, "lobby");
  expect(isAsMeant(readContent(content), whisper, signer !== undefined)).toBe(wanted === "OK");
});

function contentOf({ content, repeat }: { content: string; repeat?: number }): string {
  return content.replace('"body":"x"', `"body":"${"x".repeat(repeat ?? 1)}"`);
}

function withoutEd25519(name: "importKey" | "sign" | "verify"): void {
  const original = crypto.subtle[name].bind(crypto.subtle) as (...all: unknown[]) => Promise<unknown>;
  vi.spyOn(crypto.subtle, name).mockImplementation((async (...all: unknown[]) => {
    if (all.includes("Ed25519")) throw new DOMException("unrecognized name", "NotSupportedError");
    return original(...all);
  }) as never);
}
