import { expect, test } from "vitest";
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
