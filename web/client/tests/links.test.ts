import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatLink, newRoom, parseLink, type RoomAddress } from "../src/index.ts";
import { cleanTitle } from "../src/title.ts";

const key = new Uint8Array(32).fill(7);
const k = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc";

describe("links", () => {
  test("a link carries everything in the fragment", () => {
    const address: RoomAddress = {
      channel: "海边 1",
      encrypted: true,
      key,
      salt: Uint8Array.of(1, 2),
      title: "A & B+C",
    };
    const link = formatLink("https://chat.example/", address, { secret: true });
    expect(link).toBe(`https://chat.example/#/r/%E6%B5%B7%E8%BE%B9%201?k=${k}&s=AQI&e=1&t=A%20%26%20B%2BC`);
    expect(parseLink(link)).toEqual({ ok: true, address });
  });

  test("without the secret there is no key in it", () => {
    const link = formatLink("https://chat.example", { channel: "r", encrypted: true, key }, { secret: false });
    expect(link).toBe("https://chat.example/#/r/r?e=1");
    expect(parseLink(link)).toEqual({ ok: true, address: { channel: "r", encrypted: true } });
  });

  test("an invitation is as secret as the key, and a damaged one opens nothing", () => {
    const address: RoomAddress = { channel: "r", encrypted: true, key, invite: "aB-_9" };
    const link = formatLink("https://chat.example", address, { secret: true });
    expect(link).toBe(`https://chat.example/#/r/r?k=${k}&i=aB-_9&e=1`);
    expect(parseLink(link)).toEqual({ ok: true, address });
    expect(formatLink("https://chat.example", address, { secret: false })).toBe("https://chat.example/#/r/r?e=1");
    // An invitation comes from the server, which must not bring a key of its own into the link.
    const smuggled = formatLink(
      "https://chat.example",
      { channel: "r", encrypted: true, invite: `x&k=${k}` },
      { secret: true },
    );
    expect(parseLink(smuggled)).toEqual({ ok: false, error: "bad_invite" });
    for (const damaged of ["", "a b", "a=b", "x".repeat(201)]) {
      expect(parseLink(`#/r/r?i=${encodeURIComponent(damaged)}`)).toEqual({ ok: false, error: "bad_invite" });
    }
  });

  test("a plain room says nothing of encryption", () => {
    const link = formatLink("http://127.0.0.1:1080/x", { channel: "lobby", encrypted: false }, { secret: true });
    expect(link).toBe("http://127.0.0.1:1080/x/#/r/lobby");
    expect(parseLink(link)).toEqual({ ok: true, address: { channel: "lobby", encrypted: false } });
  });

  test("a key means encrypted, whatever e says", () => {
    expect(parseLink(`#/r/x?k=${k}&e=0`)).toMatchObject({ ok: true, address: { encrypted: true } });
  });

  test("the name is brought to NFC and a plus stays a plus", () => {
    expect(parseLink("#/r/e%CC%81+1")).toMatchObject({ address: { channel: "é+1" } });
    expect(parseLink("#/r/x?t=a+b")).toMatchObject({ address: { title: "a+b" } });
  });

  test("a title carries no control characters and turns no writing direction round", () => {
    const title = "\u202Ea\u202A\u2066b\u2069\u200E\u200F\n\u0000\u007F\u0085\u061C\u2028c 👩\u200D💻";
    const clean = "abc 👩\u200D💻";
    const link = `#/r/x?t=${encodeURIComponent(title)}`;
    expect(parseLink(link)).toMatchObject({ address: { title: clean } });
    expect(newRoom(title).title).toBe(clean);
    const written = formatLink("https://h", { channel: "x", encrypted: false, title }, { secret: true });
    expect(written).toBe(`https://h/#/r/x?t=${encodeURIComponent(clean)}`);
    expect(parseLink("#/r/x?t=%E2%80%AE")).toEqual({ ok: true, address: { channel: "x", encrypted: false } });
    expect(newRoom(" \u202E ")).not.toHaveProperty("title");
  });

  test.each([
    ["", "not_a_link"],
    ["https://chat.example/", "not_a_link"],
    ["#/r/x?k=a&k=b", "not_a_link"],
    ["#/r/x?t=%E6", "not_a_link"],
    ["#/r/", "bad_channel"],
    ["#/r/%FF", "bad_channel"],
    [`#/r/${"x".repeat(121)}`, "bad_channel"],
    ["#/r/x?k=", "bad_key"],
    [`#/r/x?k=${k.slice(1)}`, "bad_key"],
    [`#/r/x?k=${k}%3D`, "bad_key"],
    ["#/r/x?s=A", "bad_salt"],
    [`#/r/x?s=${"A".repeat(44)}`, "bad_salt"],
  ])("%j is refused: %s", (link, error) => expect(parseLink(link)).toEqual({ ok: false, error }));

  test("every address comes back", () => {
    const address = fc.record({
      channel: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => text.normalize("NFC")),
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      // As rooms hold it: what cleaning takes out of a title has its own test above.
      title: fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }).map((text) => cleanTitle(text) ?? "x"),
    });
    fc.assert(
      fc.property(address, (parts) => {
        const whole = { ...parts, encrypted: true };
        expect(parseLink(formatLink("https://h", whole, { secret: true }))).toEqual({ ok: true, address: whole });
      }),
    );
  });

  test("a new room has a name that says nothing and a key of its own", () => {
    const [a, b] = [newRoom(" 海边 "), newRoom("")];
    expect(a).toMatchObject({ encrypted: true, title: "海边" });
    expect(a.channel).toMatch(/^[A-Za-z0-9_-]{16}$/);
    expect(a.key).toHaveLength(32);
    expect([a.channel, a.key]).not.toEqual([b.channel, b.key]);
    expect(b.title).toBeUndefined();
  });
});
