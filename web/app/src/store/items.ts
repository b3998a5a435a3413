import type { Entry, Gap, Member, Message, Quiet } from "@hcchat/client";

export type { Entry, Quiet } from "@hcchat/client";

/** What a small line tells, and when it happened. Somebody who left and came back at once has `returned`. */
export type Told = (Quiet | { kind: "returned"; nick: string }) & { time: number };

/** A piece of the timeline as it is drawn. */
export type Row =
  | { type: "day"; key: string; time: number }
  | { type: "unread"; key: string }
  | { type: "gap"; key: string; gap: Gap }
  | { type: "quiet"; key: string; quiets: readonly Told[] }
  | { type: "group"; key: string; first: Message; messages: readonly Message[] };

/** Messages of one author that are further apart get a new head. ms */
const groupSpan = 5 * 60_000;
/** How long one may be away and still only have left and come back, as by a reload or a restart of the server. ms */
const awayTime = 60_000;
/** A group ends at multiples of this number of the room's list, so that a moving window never redraws more than one of its groups. */
const groupBreak = 50;

/** What names the row of a gap. */
export function gapKey({ newer }: Gap): string {
  return `gap ${newer.epoch} ${newer.seq}`;
}

/** The rows of some consecutive entries. `divider` is the key of the first unread message. */
export function toRows(entries: readonly Entry[], divider?: string): Row[] {
  const rows: Row[] = [];
  let day = "";
  for (const entry of entries) {
    if (entry.type === "gap") {
      rows.push({ type: "gap", key: gapKey(entry.gap), gap: entry.gap });
      continue;
    }
    const time = entry.type === "message" ? entry.message.time : entry.time;
    const thisDay = new Date(time).toDateString();
    if (thisDay !== day) rows.push({ type: "day", key: `day ${entry.id}`, time });
    day = thisDay;
    if (entry.type === "quiet") addQuiet(rows, entry);
    else addMessage(rows, entry.message, divider);
  }
  return rows;
}

function addQuiet(rows: Row[], { quiet, time, id }: Entry & { type: "quiet" }): void {
  const last = rows.at(-1);
  const told: Told = { ...quiet, time };
  if (last?.type === "quiet" && gathers(told) && gathers(last.quiets[0]!)) {
    rows[rows.length - 1] = { ...last, quiets: fold(last.quiets, told) };
  } else {
    rows.push({ type: "quiet", key: `quiet ${id}`, quiets: [told] });
  }
}

/** Going and coming back at once is one thing, however often it happens. */
function fold(quiets: readonly Told[], next: Told): readonly Told[] {
  if (next.kind !== "joined") return [...quiets, next];
  const before = quiets.findLast((one) => gathers(one) && one.nick === next.nick);
  if (before?.kind !== "left" || next.time - before.time >= awayTime) return [...quiets, next];
  const others = quiets.filter((one) => one !== before && !(one.kind === "returned" && one.nick === next.nick));
  return [...others, { kind: "returned", nick: next.nick, time: next.time }];
}

function addMessage(rows: Row[], message: Message, divider: string | undefined): void {
  if (message.key === divider) rows.push({ type: "unread", key: "unread" });
  const last = rows.at(-1);
  const breaks = (message.place?.seq ?? 1) % groupBreak === 0;
  if (last?.type === "group" && !breaks && continues(last, message)) {
    rows[rows.length - 1] = { ...last, messages: [...last.messages, message] };
  } else {
    rows.push({ type: "group", key: message.key, first: message, messages: [message] });
  }
}

/** Comings and goings in a row share a line. */
function gathers(told: Told): told is Told & { kind: "joined" | "left" | "returned" } {
  return told.kind === "joined" || told.kind === "left" || told.kind === "returned";
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
    next.signer === last.signer &&
    Math.abs(next.time - group.first.time) < groupSpan
  );
}

/** Entries drawn at a time, at most. */
export const windowSize = 200;
const step = 100;

/** The index from which the list is drawn when one goes up, and when one goes down. */
export function earlier(from: number): number {
  return Math.max(0, from - step);
}

export function later(from: number, length: number): number {
  return Math.max(0, Math.min(length - windowSize, from + step));
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
