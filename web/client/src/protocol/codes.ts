import type { ClosedReason, LocalRefusal } from "../types.ts";

/** Close codes after which a client of ours does not come back by itself (spec/protocol.md). */
export const finalCloses: ReadonlyMap<number, ClosedReason> = new Map([
  [4009, "taken_over"],
  [4011, "kicked"],
  [4403, "forbidden"],
]);

/** What the server says before it takes one of us out of a room, by number. */
export const outInfos: ReadonlyMap<number, LocalRefusal> = new Map([
  [1205, "removed"],
  [1206, "room_closed"],
]);

/** What moderators are told when somebody was put out. */
export const putOutInfo = 1204;

/** hack.chat's number of "… is now …": `updateUser` says it to us already. */
export const renameInfo = 1301;
