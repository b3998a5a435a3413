import type { ClosedReason } from "../types.ts";

/** Close codes after which a client of ours does not come back by itself (spec/protocol.md). */
export const finalCloses: ReadonlyMap<number, ClosedReason> = new Map([
  [4009, "taken_over"],
  [4011, "kicked"],
  [4403, "forbidden"],
]);

/** hack.chat's number of "… is now …": `updateUser` says it to us already. */
export const renameInfo = 1301;
