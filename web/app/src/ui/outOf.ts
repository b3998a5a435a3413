import type { RoomState } from "@hcchat/client";

/** Why one is in this room no more, while the connection goes on; `closed` when one still is. */
export function outOf(state: RoomState): "kicked" | "room_closed" | "closed" {
  const code = state.kind === "refused" ? state.refusal.code : "";
  return code === "removed" ? "kicked" : code === "room_closed" ? code : "closed";
}
