import type { Membership } from "./membership.ts";
import type { Emitter } from "./observable.ts";
import { putOutInfo, renameInfo } from "./protocol/codes.ts";
import type { Frame } from "./protocol/frames.ts";
import type { RoomEvents } from "./types.ts";

/** Tells a room's listeners what the server says in words. */
export function tellInfo(frame: Frame<"info">, events: Emitter<RoomEvents>, membership: Membership): void {
  const { id, text, time = Date.now() } = frame;
  if (id === renameInfo) return;
  if (id === putOutInfo) return events.emit("putOut", frame);
  membership.hint(id);
  events.emit("info", { text, id: id ?? 0, time });
}
