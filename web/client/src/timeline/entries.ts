import type { Message, Place } from "../types.ts";

/** What is told in one small line. */
export type Quiet =
  | { kind: "joined" | "left"; nick: string }
  | { kind: "renamed"; from: string; nick: string }
  | { kind: "missing"; nick: string; count: number }
  | { kind: "invite"; nick: string; channel: string }
  | { kind: "timer"; nick: string; ttl: number }
  | { kind: "undone"; code: string; text: string }
  | { kind: "info"; text: string }
  | { kind: "warn"; code: string; text: string };

/** A stretch of the room's list that is not here. */
export interface Gap {
  /** `open`: it can be fetched. `ended`: nothing was kept there. `start`: nothing lies before it, history ends here. */
  state: "open" | "ended" | "start";
  /** Whether it lies above everything that is here. */
  top: boolean;
  /** How many events lie in it, when both its sides are of one epoch. */
  count?: number;
  /** The first place below it. */
  newer: Place;
  /** The last place above it. */
  older?: Place;
}

/** What stands in a timeline. */
export type Item =
  | { type: "message"; message: Message }
  | { type: "quiet"; quiet: Quiet; time: number }
  | { type: "gap"; gap: Gap };

/** One thing in the timeline. */
export type Entry = Item & {
  /** Unique in this timeline and stable. */
  id: number;
  /** Its place, or that of the last thing before it that had one. A gap stands half a number before what follows it. */
  place: Place;
  /** Orders what shares a place; 0 for what has the place. */
  arrival: number;
};
