import { text } from "../store/settings.ts";

/** What a room is called by people: its title, or the wire name unless that is one of our random ones. */
export function displayName(room: { channel: string; title?: string | undefined; encrypted: boolean }): string {
  const random = room.encrypted && /^(?=.*[A-Z])(?=.*[a-z])[\w-]{16}$/.test(room.channel);
  return room.title ?? (random ? text.value.untitled : room.channel);
}
