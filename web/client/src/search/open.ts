import { MemoryStore } from "../store.ts";
import type { RoomAddress } from "../types.ts";
import { Vault } from "../vault.ts";
import { searchPrefix } from "./prefix.ts";
import { Recorder } from "./recorder.ts";

/**
 * The search of a room. What the user lets the device remember is kept on it, else the index lives as long as the page. The index
 * itself is fetched when there is something for it.
 */
export function openRecorder(
  { vault, url }: { vault: Vault | undefined; url: string },
  { channel, remember }: RoomAddress,
): Recorder {
  return new Recorder(async () => {
    const { SearchIndex } = await import("./index.ts");
    const kept = remember === true ? vault : undefined;
    return new SearchIndex(kept ?? new Vault(new MemoryStore()), searchPrefix(url, channel));
  });
}
