import { Observable, type Observed } from "../observable.ts";
import type { Message, Place } from "../types.ts";
import type { Entry, Gap, Item, Quiet } from "./entries.ts";
import { Epochs } from "./epochs.ts";
import { type Span, Spans } from "./spans.ts";

/** Entries kept in memory; beyond that the ones farthest from the reader go, and leave a gap that can be fetched again. */
const most = 2_000;
/** Entries at most, when they are such as nobody could fetch again. */
const mostUnplaced = 5_000;
/** Entries let go at a time, at least. */
const dropAtOnce = 400;
/** Entries around the reader and at the end that always stay. */
const nearby = 500;

/** What happened in a room, in order: as much of it as is in memory, and where something lacks. */
export class Timeline {
  readonly epochs = new Epochs();
  readonly spans = new Spans(this.epochs);
  /** Changes whenever an entry does. */
  readonly version: Observed<number>;
  readonly #version = new Observable(0);
  readonly #entries: Entry[] = [];
  readonly #byKey = new Map<string, Entry & { type: "message" }>();
  readonly #dropped: (message: Message) => void;
  #nextId = 0;
  #arrivals = 0;
  #reader: Entry | undefined;

  /** @param dropped told of each message that leaves the memory. */
  constructor(dropped: (message: Message) => void = () => undefined) {
    this.version = this.#version;
    this.#dropped = dropped;
  }

  /** All entries, oldest first. Changed in place: read it again when `version` changes. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** The message of that key, if it is in memory. */
  find(key: string): Message | undefined {
    return this.#byKey.get(key)?.message;
  }

  /** Where the message of that key is in `entries`, or -1. */
  indexOf(key: string): number {
    const entry = this.#byKey.get(key);
    return entry ? this.#indexOf(entry) : -1;
  }

  /** The index of an entry, or of the one that is in its place now. */
  indexAt(entry: Entry): number {
    return this.#search(entry);
  }

  /** The list goes on behind `place`, whether or not there was something. */
  advance(place: Place): void {
    this.epochs.begin(place.epoch);
    const { last } = this.spans;
    if (last?.epoch === place.epoch && last.to === place.seq - 1) last.to = place.seq;
    else if (!this.spans.covers(place)) this.#cover({ epoch: place.epoch, from: place.seq, to: place.seq });
  }

  /** From here on the list is followed: behind `head`. */
  follow(epoch: string, head: number): void {
    this.epochs.begin(epoch);
    this.#cover({ epoch, from: head + 1, to: head });
  }

  /** Takes in a message: at its place, or where it arrives. Does nothing when its key is there already. */
  add(message: Message): void {
    if (this.#byKey.has(message.key)) return;
    const item: Item = { type: "message", message };
    this.#insert(item, message.place);
    this.#shrink();
    this.#changed();
  }

  /** A line that has no place of its own. */
  note(quiet: Quiet, time = Date.now()): void {
    this.#insert({ type: "quiet", quiet, time }, undefined);
    this.#shrink();
    this.#changed();
  }

  /** A new state of a message that is there. One that has got its place by now moves there. */
  replace(message: Message): void {
    const entry = this.#byKey.get(message.key);
    if (!entry) return;
    const { place } = message;
    const moved = place && (entry.arrival !== 0 || this.epochs.compare(entry.place, place) !== 0);
    if (moved) {
      this.#take(entry);
      this.#insert({ type: "message", message }, place);
    } else {
      const changed = { ...entry, message };
      this.#entries[this.#indexOf(entry)] = changed;
      this.#byKey.set(message.key, changed);
    }
    this.#changed();
  }

  /** A message is gone. */
  remove(key: string): void {
    const entry = this.#byKey.get(key);
    if (!entry) return;
    this.#take(entry);
    this.#changed();
  }

  /** Takes in a page: its messages, and the stretches that are known by it. What is there already stays as it is. */
  insert(messages: readonly Message[], spans: readonly Span[]): void {
    for (const message of messages) {
      if (!this.#byKey.has(message.key)) this.#insert({ type: "message", message }, message.place);
    }
    for (const span of spans) this.#know(span);
    this.#placeGaps();
    this.#shrink();
    this.#changed();
  }

  /** Where somebody reads now, as an index of `entries`: what is far from there may be let go. */
  read(index: number): void {
    this.#reader = this.#entries[index];
  }

  #cover(span: Span): void {
    this.#know(span);
    this.#placeGaps();
  }

  #know(span: Span): void {
    this.epochs.begin(span.epoch);
    if (span.begins?.previous && !this.epochs.precede(span.epoch, span.begins.previous)) {
      span.begins = { previous: undefined }; // a server that contradicts itself ends the history
    }
    this.spans.add(span);
  }

  #placeGaps(): void {
    const others = this.#entries.filter(({ type }) => type !== "gap");
    if (others.length < this.#entries.length) this.#entries.splice(0, Infinity, ...others);
    for (const gap of this.spans.gaps()) this.#insert({ type: "gap", gap }, before(gap), gap.top ? -1 : 0);
    this.#changed();
  }

  #insert(item: Item, place: Place | undefined, arrival = 0): void {
    const last = this.spans.last;
    const behind = { epoch: last?.epoch ?? "", seq: last?.to ?? 0 };
    const entry: Entry = {
      ...item,
      id: this.#nextId++,
      place: place ?? behind,
      arrival: place ? arrival : ++this.#arrivals,
    };
    const newest = this.#entries.at(-1);
    if (!newest || this.#compare(newest, entry) < 0) this.#entries.push(entry);
    else this.#entries.splice(this.#search(entry), 0, entry);
    if (entry.type === "message") this.#byKey.set(entry.message.key, entry);
  }

  #take(entry: Entry): void {
    this.#entries.splice(this.#indexOf(entry), 1);
    if (entry.type === "message") this.#byKey.delete(entry.message.key);
  }

  #indexOf(entry: Entry): number {
    const at = this.#search(entry);
    return this.#entries[at]?.id === entry.id ? at : this.#entries.findIndex(({ id }) => id === entry.id);
  }

  /** The index of the first entry that does not come before `entry`. */
  #search(entry: Entry): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#entries[middle]!, entry) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #compare(a: Entry, b: Entry): number {
    return this.epochs.compare(a.place, b.place) || a.arrival - b.arrival;
  }

  #shrink(): void {
    const { length } = this.#entries;
    if (length <= most) return;
    const reader = this.#reader ? this.#search(this.#reader) : length - 1;
    const above = Math.max(0, reader - nearby);
    const below = Math.max(0, length - nearby - (reader + nearby));
    if (above >= below) this.#drop(0, Math.min(above, dropAtOnce));
    else this.#drop(length - nearby - Math.min(below, dropAtOnce), length - nearby);
    if (this.#entries.length > mostUnplaced) this.#forget(this.#entries.splice(0, dropAtOnce));
  }

  #forget(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.type !== "message") continue;
      this.#byKey.delete(entry.message.key);
      this.#dropped(entry.message);
    }
  }

  /** Lets the entries of these indexes go, except for what nobody could fetch again. */
  #drop(from: number, to: number): void {
    const placed = (entry: Entry | undefined) => entry?.type === "message" && entry.arrival === 0;
    const newer = this.#entries.slice(to).find(placed);
    if (to <= from || !newer) return;
    const older = this.#entries.slice(0, from).findLast(placed);
    const going = this.#entries.slice(from, to);
    const kept = going.filter((entry) => entry.type === "message" && entry.arrival !== 0);
    this.#entries.splice(from, to - from, ...kept);
    this.#forget(going.filter(({ arrival }) => arrival === 0));
    this.spans.cut(older?.place, newer.place);
    this.#placeGaps();
  }

  #changed(): void {
    this.#version.set(this.#version.value + 1);
  }
}

/** Where a gap stands: right before what follows it, and when nothing lies above it, before all that came there. */
function before({ newer: { epoch, seq }, top }: Gap): Place {
  return { epoch, seq: top ? seq - 1 : seq - 0.5 };
}

export type { Entry, Gap, Item, Quiet };
