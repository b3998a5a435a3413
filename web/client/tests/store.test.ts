import { expect, test, vi } from "vitest";
import { IndexedDbStore, type KeyValueStore, MemoryStore } from "../src/index.ts";

test.each<[string, () => KeyValueStore]>([
  ["a memory store", () => new MemoryStore()],
  ["an IndexedDB store where there is no IndexedDB", () => new IndexedDbStore()],
])("%s keeps values as long as it lives", async (_, make) => {
  const store = make();
  expect(await store.get("a")).toBeUndefined();
  await store.set("a", Uint8Array.of(1));
  expect(await store.get("a")).toEqual(Uint8Array.of(1));
  await store.delete("a");
  expect(await store.get("a")).toBeUndefined();
});

test("a store that the browser forbids says that nothing outlives the page", async () => {
  vi.stubGlobal("indexedDB", undefined);
  Object.defineProperty(globalThis, "indexedDB", {
    configurable: true,
    get: () => {
      throw new DOMException("It is forbidden.", "SecurityError");
    },
  });
  const store = new IndexedDbStore();
  expect(await store.opened).toBe(false);
  expect(store.durable).toBe(false);
  await store.set("a", 1);
  expect(await store.get("a")).toBe(1);
  vi.unstubAllGlobals();
});
