import { signal } from "@preact/signals";
import { load, save } from "./storage.ts";

/**
 * A room opened on this device. An encrypted one is noted only when it is to be remembered: its title is not for whoever
 * uses the device next. No secret is ever in here: a remembered key lies in IndexedDB, unreadable for scripts.
 */
export interface RecentRoom {
  channel: string;
  title?: string;
  encrypted: boolean;
  compat?: boolean;
  /** Its key is remembered, so that it opens without asking. */
  remembered: boolean;
}

const most = 5;

export const recent = signal<readonly RecentRoom[]>(load("recent", []));

export function noteRecent(room: RecentRoom): void {
  const others = recent.value.filter((r) => r.channel !== room.channel);
  recent.value = room.encrypted && !room.remembered ? others : [room, ...others].slice(0, most);
  save("recent", recent.value);
}

export function forgetRecent(channel: string): void {
  recent.value = recent.value.filter((r) => r.channel !== channel);
  save("recent", recent.value);
}

/** What this device knows of a room. */
export function known(channel: string): RecentRoom | undefined {
  return recent.value.find((r) => r.channel === channel);
}
