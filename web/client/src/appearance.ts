import type { Asked } from "./protocol/frames.ts";
import type { Room } from "./room.ts";
import type { Result } from "./types.ts";

/** Takes another nick. @param before the present one */
export function changeNick(room: Room, before: string, nick: string): Promise<Result> {
  return change(room, { cmd: "changenick", channel: room.channel, nick }, (now) => now === nick || now !== before);
}

/** Takes another colour. */
export function changeColor(room: Room, color: string): Promise<Result> {
  return change(room, { cmd: "changecolor", channel: room.channel, color }, () => true);
}

/** Everybody is told how one looks now. */
function change(room: Room, frame: Asked, changed: (nick: string) => boolean): Promise<Result> {
  return room.ask(frame, (answer) =>
    answer.cmd === "updateUser" && answer.userid === room.me.value?.userid && changed(answer.nick) ? true : undefined,
  );
}
