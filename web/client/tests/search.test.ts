import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { IndexedDbStore, type Message, MemoryStore } from "../src/index.ts";
import { type Hit, SearchIndex } from "../src/search/index.ts";
import { fold, terms } from "../src/search/fold.ts";
import { Grams } from "../src/search/grams.ts";
import { Vault } from "../src/vault.ts";

let count = 0;

function message(text: string, more: Partial<Message> = {}): Hit & Partial<Message> {
  const seq = ++count;
  return { key: `key-${seq}`, nick: "bob", text, time: seq, place: { epoch: "e", seq }, ...more };
}

async function indexOf(...texts: string[]): Promise<SearchIndex> {
  const index = new SearchIndex(new Vault(new MemoryStore()), "search ");
  for (const text of texts) await index.add(message(text));
  return index;
}

const found = async (index: SearchIndex, query: string) =>
  (await index.find(query, 50, Date.now())).hits.map(({ text }) => text);

describe("what is found", () => {
  test.each([
    ["香山", "周日去香山怎么样？"],
    ["山怎", "周日去香山怎么样？"],
    ["去", "周日去香山怎么样？"],
    ["ELLO wor", "Hello, World"],
    ["１２３ＡＢＣ", "code 123abc"],
    ["👋🏽", "hi 👋🏽 there"],
    ["bob hello", "Hello, World"],
  ])("%j finds %j", async (query, text) => {
    const index = await indexOf("something else", "Hello, World", "周日去香山怎么样？", "code 123abc", "hi 👋🏽 there");
    expect(await found(index, query)).toContain(text);
  });

  test("nothing by an empty query, nor by words of which one lacks", async () => {
    const index = await indexOf("Hello, World");
    for (const query of ["", "  ", "hello moon"]) expect(await found(index, query)).toEqual([]);
  });

  test("just what a plain comparison finds, newest first", async () => {
    const text = fc.string({ unit: fc.constantFrom(..."abc 你好山水AB\n"), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 30 }), text, async (texts, query) => {
        const index = await indexOf(...texts);
        const wanted = terms(query);
        const matches = texts.filter((one) => wanted.every((term) => fold(`bob ${one}`).includes(term)));
        expect(await found(index, query)).toEqual(wanted.length === 0 ? [] : matches.reverse());
      }),
      { numRuns: 100 },
    );
  });

  test("a set of pairs never denies what was put in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.nat(60), fc.nat(10), (text, from, length) => {
        const grams = new Grams();
        grams.add(text);
        const part = text.slice(from, from + length);
        expect(part === "" || Grams.read(grams.toString())!.mayHave(part)).toBe(true);
      }),
    );
  });
});

describe("what is not there any more", () => {
  test("leaves the index: removed, expired, or changed to something else", async () => {
    const index = await indexOf();
    const [gone, short, edited] = [message("gone"), message("short", { expires: 1_000 }), message("befroe")];
    for (const one of [gone, short, edited]) await index.add(one);
    expect((await index.find("short", 9, 999)).total).toBe(1);
    await index.remove(gone.key);
    await index.add({ ...edited, text: "before" });
    for (const query of ["gone", "short", "befroe"]) expect((await index.find(query, 9, 1_000)).total).toBe(0);
    expect((await index.find("before", 9, 1_000)).total).toBe(1);
    expect(index.size).toBe(1);
  });

  test("what is older than the room keeps is not found", async () => {
    const index = await indexOf();
    await index.add(message("old canary", { time: 1_000 }));
    await index.add(message("new canary", { time: 2_000 }));
    const { hits } = await index.find("canary", 9, 3_000, 1_500);
    expect(hits.map(({ text }) => text)).toEqual(["new canary"]);
  });

  test("an edit or deletion counts for a message that is in no memory, if it is its author's", async () => {
    const index = await indexOf();
    const one = message("secret", { sid: "s" });
    await index.add(one);
    const change = { id: "i", target: one.key, nick: "bob", vouched: false };
    await index.amend({ ...change, kind: "delete", moderator: false, sid: "other" });
    expect(await found(index, "secret")).toEqual(["secret"]);
    await index.amend({ ...change, kind: "edit", body: "public", sid: "s" });
    expect(await found(index, "secret")).toEqual([]);
    await index.amend({ ...change, kind: "delete", moderator: true });
    expect(await found(index, "public")).toEqual([]);
  });
});

describe("on the device", () => {
  beforeEach(() => {
    globalThis.indexedDB = new IDBFactory();
  });

  test("it is found again after a reload, and cannot be read in the store", async () => {
    const vault = () => new Vault(new IndexedDbStore());
    const before = new SearchIndex(vault(), "search r ");
    for (let i = 0; i < 1_200; i++) await before.add(message(`message ${i} canary`));
    await before.add(message("周日去香山"));
    await before.close();
    const after = new SearchIndex(vault(), "search r ");
    expect(await found(after, "去香山")).toEqual(["周日去香山"]);
    expect((await after.find("canary", 10, 0)).total).toBe(1_200);
    const records = await new IndexedDbStore().list("search ");
    expect(records.length).toBeGreaterThan(2);
    for (const [, value] of records) {
      const { data } = value as { data: Uint8Array };
      expect(Buffer.from(data).toString("latin1")).not.toContain("canary");
    }
    await vault().clear("search r ");
    expect(await found(new SearchIndex(vault(), "search r "), "canary")).toEqual([]);
  });

  test("it is bounded: the oldest messages go", async () => {
    const index = new SearchIndex(new Vault(new MemoryStore()), "search ");
    const first = message("the very first");
    await index.add(first);
    for (let i = 0; i < 52_000; i++) void index.add(message("x"));
    await index.close();
    expect(index.size).toBeLessThanOrEqual(100 * 512);
    expect(await index.locate(first.key)).toBeUndefined();
  });
});
