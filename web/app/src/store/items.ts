import type { Member, Message } from "@hcchat/client";

/** One thing that happened in the room, in order. `seq` counts from 0 and never changes. */
export type Item = { seq: number; time: number } & (
  | { type: "message"; message: Message }
  | { type: "quiet"; quiet: Quiet }
);

/** What is told in one small line. */
export type Quiet =
  | { kind: "joined" | "left"; nick: string }
  | { kind: "renamed"; from: string; nick: string }
  | { kind: "missing"; nick: string; count: number }
  | { kind: "invite"; nick: string; channel: string }
  | { kind: "info"; text: string }
  | { kind: "warn"; code: string; text: string };

/** A piece of the timeline as it is drawn. */
export type Row =
  | { type: "day"; key: string; time: number }
  | { type: "unread"; key: string }
  | { type: "quiet"; key: string; quiets: readonly Quiet[] }
  | { type: "group"; key: string; first: Message; messages: readonly Message[] };

/** Messages of one author that are further apart get a new head. ms */
const groupSpan = 5 * 60_000;
/** A group ends at multiples of this `seq`, so that a moving window never redraws more than one of its groups. */
const groupBreak = 50;

/** The rows of some consecutive items. `divider` is the `seq` of the first unread one. */
export function toRows(items: readonly Item[], divider?: number): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const item of items) {
    const thisDay = new Date(item.time).toDateString();
    if (thisDay !== day) rows.push({ type: "day", key: `day-${item.seq}`, time: item.time });
    day = thisDay;
    if (item.seq === divider) rows.push({ type: "unread", key: "unread" });
    const last = rows.at(-1);
    if (item.type === "quiet") {
      if (last?.type === "quiet" && gathers(item.quiet) && gathers(last.quiets[0]!)) {
        rows[rows.length - 1] = { ...last, quiets: [...last.quiets, item.quiet] };
      } else {
        rows.push({ type: "quiet", key: `quiet-${item.seq}`, quiets: [item.quiet] });
      }
    } else if (last?.type === "group" && item.seq % groupBreak !== 0 && continues(last, item.message)) {
      rows[rows.length - 1] = { ...last, messages: [...last.messages, item.message] };
    } else {
      rows.push({ type: "group", key: item.message.key, first: item.message, messages: [item.message] });
    }
  }
  return rows;
}

/** Comings and goings in a row share a line. */
function gathers(quiet: Quiet): boolean {
  return quiet.kind === "joined" || quiet.kind === "left";
}

function continues(group: Row & { type: "group" }, next: Message): boolean {
  const last = group.messages.at(-1)!;
  return (
    next.kind === "text" &&
    last.kind === "text" &&
    next.nick === last.nick &&
    next.userid === last.userid &&
    next.own === last.own &&
    next.security === last.security &&
    next.claimedNick === last.claimedNick &&
    next.trip === last.trip &&
    Math.abs(next.time - group.first.time) < groupSpan
  );
}

/** The part of the list that is drawn: from one `seq` up to another, that one not included. */
export interface Slice {
  from: number;
  to: number;
}

/** Items drawn at a time, at most. */
export const windowSize = 200;
const step = 100;

/** The end of the list, where one usually reads. `first` is the oldest `seq`, `end` the one after the newest. */
export function tail(first: number, end: number): Slice {
  return { from: Math.max(first, end - windowSize), to: end };
}

export function earlier(slice: Slice, first: number): Slice {
  const from = Math.max(first, slice.from - step);
  return { from, to: Math.min(slice.to, from + windowSize) };
}

export function later(slice: Slice, end: number): Slice {
  const to = Math.min(end, slice.to + step);
  return { from: Math.max(slice.from, to - windowSize), to };
}

/** The member's hue on the colour wheel in degrees, from its colour or else its nick, and whether it has any. */
export function tint(who: Pick<Member, "nick"> & { color?: string }): { hue: number; grey: boolean } {
  const hex = who.color && /^[0-9a-f]{6}$/i.test(who.color) ? who.color : undefined;
  if (hex) {
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)) as [number, number, number];
    const a = r - (g + b) / 2;
    const c = ((g - b) * Math.sqrt(3)) / 2;
    // Sharing a wheel with OKLCH, whose red stands at about 29 degrees.
    return { hue: Math.round((Math.atan2(c, a) * 180) / Math.PI + 389) % 360, grey: Math.hypot(a, c) < 24 };
  }
  let hash = 0;
  for (const c of who.nick) hash = (hash * 31 + c.codePointAt(0)!) >>> 0;
  return { hue: (hash * 137) % 360, grey: false };
}
