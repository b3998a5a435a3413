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

/** How far the others have received and read, and telling them how far one has oneself. */
export class Receipts {
  /** Changes when somebody has come farther. */
  readonly version: Observed<number>;
  readonly #version = new Observable(0);
  readonly #owner: ReceiptsOwner;
  readonly #others = new Map<string, { got?: Place; upto?: Place }>();
  #got: Message | undefined;
  #read: Message | undefined;
  #told: { got?: string; upto?: string } = {};
  #toldAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(owner: ReceiptsOwner) {
    this.#owner = owner;
    this.version = this.#version;
  }

  /** Somebody says how far he has come. */
  heard(nick: string, { got, upto }: { got?: string; upto?: string }): void {
    if (nick === this.#owner.nick()) return;
    const known = this.#others.get(nick) ?? {};
    const next = { ...known };
    const read = this.#later(known.upto, upto);
    const received = this.#later(this.#later(known.got, got), upto);
    if (read) next.upto = read;
    if (received) next.got = received;
    this.#others.delete(nick);
    this.#others.set(nick, next);
    for (const oldest of this.#others.keys()) {
      if (this.#others.size <= maxNicks) break;
      this.#others.delete(oldest);
    }
    if (next.upto !== known.upto || next.got !== known.got) this.#version.set(this.#version.value + 1);
  }

  /** Who has received and read a message. */
  reached({ place }: Message): Reached {
    const reached = { delivered: [] as string[], read: [] as string[] };
    if (!place) return reached;
    for (const [nick, { got, upto }] of this.#others) {
      if (upto && this.#owner.compare(upto, place) >= 0) reached.read.push(nick);
      if (got && this.#owner.compare(got, place) >= 0) reached.delivered.push(nick);
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

  #later(known: Place | undefined, key: string | undefined): Place | undefined {
    const place = key === undefined ? undefined : this.#owner.find(key)?.place;
    return place && (!known || this.#owner.compare(place, known) > 0) ? place : known;
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
