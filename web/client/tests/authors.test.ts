import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Identity, IndexedDbStore, MemoryStore } from "../src/index.ts";
import { Authors, pinsPlace } from "../src/authors.ts";
import { OwnIdentity } from "../src/own-identity.ts";
import { Vault } from "../src/vault.ts";
import { Locks } from "./locks.ts";
import { settled, until } from "./people.ts";

const [url, channel] = ["wss://host/chat-ws", "r"];
const [bob, eve] = [(await Identity.generate()).key, (await Identity.generate()).key];

let store: IndexedDbStore;
let locks: LockManager;
let opened: { close(): void }[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  store = new IndexedDbStore();
  locks = new Locks().page().locks;
  opened = [];
});

afterEach(() => {
  for (const one of opened) one.close();
});

async function page(): Promise<Authors> {
  const authors = new Authors(new Vault(store), locks, url, channel);
  opened.push(authors);
  await authors.open();
  return authors;
}

function device(shared = true): OwnIdentity {
  const identity = new OwnIdentity(new Vault(store), shared);
  opened.push(identity);
  return identity;
}

describe("the keys that people are known by", () => {
  test("outlive the page, encrypted", async () => {
    const before = await page();
    before.see("bob", bob);
    before.verify("bob", bob);
    before.see("eve", eve);
    await before.kept();
    const after = await page();
    expect(after.judge("Bob", bob).standing).toBe("verified");
    expect(after.judge("eve", undefined).standing).toBe("missing");
    const kept = JSON.stringify(await store.get(pinsPlace(url, channel)));
    for (const secret of ["bob", bob, eve]) expect(kept).not.toContain(secret);
  });

  test("pages that have the room open at a time lose nothing to one another", async () => {
    const [one, two] = [await page(), await page()];
    one.see("bob", bob);
    two.see("eve", eve);
    await Promise.all([one.kept(), two.kept()]);
    await until(() => one.judge("eve", eve).standing === "pinned" && two.judge("bob", bob).standing === "pinned");
    one.verify("bob", bob);
    await until(() => two.judge("bob", bob).standing === "verified");
    const after = await page();
    expect(after.judge("bob", bob).standing).toBe("verified");
    expect(after.judge("eve", eve).standing).toBe("pinned");
  });

  test("of two first keys the one that is kept first stays, and the other page warns", async () => {
    const [one, two] = [await page(), await page()];
    one.see("bob", bob);
    two.see("bob", eve);
    await Promise.all([one.kept(), two.kept()]);
    await until(() => two.judge("bob", eve).standing === "changed");
    expect(one.judge("bob", bob).standing).toBe("pinned");
  });

  test.each<[string, () => Promise<void>]>([
    ["damaged", () => store.set(pinsPlace(url, channel), { iv: new Uint8Array(12), data: new Uint8Array(40) })],
    ["of another device", () => new Vault(new MemoryStore()).put("x", {}).then(() => store.delete("device key"))],
    ["no pins", () => new Vault(store).put(pinsPlace(url, channel), { pins: [{ nick: 1 }] })],
  ])("that cannot be read are told of, and stay as they are until the user begins anew (%s)", async (_, damage) => {
    const before = await page();
    before.see("bob", bob);
    await before.kept();
    await damage();
    const kept = await store.get(pinsPlace(url, channel));
    const after = await page();
    expect(after.trouble.value).toBe("unreadable");
    after.see("bob", eve);
    await after.kept();
    expect(await store.get(pinsPlace(url, channel))).toEqual(kept);
    after.startAnew();
    await after.kept();
    expect(after.trouble.value).toBeUndefined();
    expect((await page()).judge("bob", eve).standing).toBe("pinned");
  });

  test("that cannot be kept are told of, and kept when the storage works again", async () => {
    const authors = await page();
    const set = store.set.bind(store);
    store.set = () => Promise.reject(new Error("full"));
    authors.see("bob", bob);
    await authors.kept();
    expect(authors.trouble.value).toBe("unkept");
    store.set = set;
    authors.see("eve", eve);
    await authors.kept();
    expect(authors.trouble.value).toBeUndefined();
    expect((await page()).judge("bob", bob).standing).toBe("pinned");
  });
});

describe("one's own identity", () => {
  test("is made once and is the same in every page", async () => {
    const [one, two] = await Promise.all([device().get(), device().get()]);
    expect(one.key).toBe(two.key);
    expect((await device().peek())?.key).toBe(one.key);
    expect(JSON.stringify(await store.get("identity"))).not.toContain(one.key);
  });

  test("is not made by looking for it", async () => {
    expect(await device().peek()).toBeUndefined();
    expect(await store.get("identity")).toBeUndefined();
  });

  test("is carried over from another device, and other pages follow", async () => {
    const [here, elsewhere] = [device(), device()];
    await here.get();
    await elsewhere.get();
    const carried = await Identity.generate();
    await here.import(` ${await carried.export()}\n`);
    expect((await here.get()).key).toBe(carried.key);
    await until(() => elsewhere.current.value?.key === carried.key);
    await expect(here.import("hcid1-abc")).rejects.toThrow("E_FORMAT");
    expect((await device().get()).key).toBe(carried.key);
  });

  test("is forgotten: a page that signs has another one at once, others none", async () => {
    const [signing, looking] = [device(), device(false)];
    const { key } = await signing.get();
    await looking.peek();
    await signing.forget();
    expect(signing.current.value?.key).not.toBe(key);
    const idle = device(false);
    await idle.forget();
    expect(idle.current.value).toBeUndefined();
  });

  test("that cannot be read is told of, and another one made", async () => {
    const { key } = await device().get();
    await store.set("identity", { iv: new Uint8Array(12), data: new Uint8Array(80) });
    const after = device();
    expect((await after.get()).key).not.toBe(key);
    expect(after.lost.value).toBe(true);
    await settled();
    expect((await device().get()).key).toBe((await after.get()).key);
  });
});
