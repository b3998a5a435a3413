import { Observable, type Observed } from "./observable.ts";
import type { Message, Place, Reached } from "./types.ts";

/** Receipts go out at most once in this time, ms (e2ee §4). */
const every = 5_000;
/** In larger rooms nobody is told. */
const mostPeople = 30;
/** People whose receipts are remembered. */
const maxNicks = 200;

/** What receipts need of their room. */
export interface ReceiptsOwner {
  compare(a: Place, b: Place): number;
  find(key: string): Message | undefined;
  nick(): string;
  /** How many are in the room. */
  people(): number;
  /** Tells the others. @returns whether it could be said now */
  send(reached: { got?: string; upto?: string }): boolean;
}

/** A message that somebody has named. */
interface Named {
  key: string;
  /** Where that was said. */
  at: Place | undefined;
}

/** How far somebody has come, and what he named that is not here: the newest, for whoever names a later one has seen all before it. */
interface Progress {
  got?: Place;
  upto?: Place;
  open: { got?: Named; upto?: Named };
}

/** How far the others have received and read, and telling them how far one has oneself. */
export class Receipts {
  /** Changes when somebody has come farther. */
  readonly version: Observed<number>;
  readonly #version = new Observable(0);
  readonly #owner: ReceiptsOwner;
  readonly #others = new Map<string, Progress>();
  #got: Message | undefined;
  #read: Message | undefined;
  #told: { got?: string; upto?: string } = {};
  #toldAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(owner: ReceiptsOwner) {
    this.#owner = owner;
    this.version = this.#version;
  }

  /** Somebody says how far he has come. @param at where that was said */
  heard(nick: string, { got, upto }: { got?: string; upto?: string }, at: Place | undefined): void {
    if (nick === this.#owner.nick()) return;
    const known = this.#others.get(nick) ?? { open: {} };
    const next: Progress = { ...known, open: { ...known.open } };
    if (got !== undefined) this.#advance(next, "got", { key: got, at });
    if (upto !== undefined) this.#advance(next, "upto", { key: upto, at });
    this.#others.delete(nick);
    this.#others.set(nick, next);
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= maxNicks) break;
      this.#others.delete(oldest);
    }
    if (next.upto !== known.upto || next.got !== known.got) this.#version.set(this.#version.value + 1);
  }

  /** Older messages have come: those that were named may be among them. */
  came(): void {
    for (const [nick, { open }] of Array.from(this.#others)) {
      for (const { key, at } of open.got ? [open.got] : []) this.heard(nick, { got: key }, at);
      for (const { key, at } of open.upto ? [open.upto] : []) this.heard(nick, { upto: key }, at);
    }
  }

  /** Who has received and read a message. */
  reached({ place }: Message): Reached {
    const reached = { delivered: [] as string[], read: [] as string[] };
    if (!place) return reached;
    const isPast = (reached: Place | undefined) => reached && this.#owner.compare(reached, place) >= 0;
    for (const [nick, { got, upto }] of this.#others) {
      if (isPast(upto)) reached.read.push(nick);
      if (isPast(upto) || isPast(got)) reached.delivered.push(nick);
    }
    return reached;
  }

  /** A message of somebody else has come. */
  received(message: Message): void {
    if (!this.#isNewer(message, this.#got)) return;
    this.#got = message;
    this.#schedule();
  }

  /** It has been seen. */
  read(message: Message): void {
    if (!this.#isNewer(message, this.#read)) return;
    this.#read = message;
    this.#schedule();
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #isNewer(message: Message, than: Message | undefined): boolean {
    if (message.own || !message.named || !message.place) return false;
    return !than?.place || this.#owner.compare(message.place, than.place) > 0;
  }

  #advance(progress: Progress, kind: "got" | "upto", named: Named): void {
    const { open } = progress;
    const known = progress[kind];
    const place = this.#owner.find(named.key)?.place;
    if (!place) {
      const newer = !open[kind]?.at || !named.at || this.#owner.compare(named.at, open[kind].at) >= 0;
      if (newer) open[kind] = named;
      return;
    }
    if (open[kind]?.key === named.key) delete open[kind];
    if (!known || this.#owner.compare(place, known) > 0) progress[kind] = place;
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => this.#tell(), Math.max(0, this.#toldAt + every - Date.now()));
  }

  #tell(): void {
    this.#timer = undefined;
    if (this.#owner.people() > mostPeople || this.#owner.people() < 2) return;
    const news: { got?: string; upto?: string } = {};
    if (this.#read && this.#read.key !== this.#told.upto) news.upto = this.#read.key;
    if (this.#got && this.#got.key !== this.#told.got && this.#got !== this.#read) news.got = this.#got.key;
    if (news.upto === undefined && news.got === undefined) return;
    this.#toldAt = Date.now();
    if (this.#owner.send(news)) this.#told = { ...this.#told, ...news };
  }
}
