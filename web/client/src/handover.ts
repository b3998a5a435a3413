import { newId } from "./crypto/content.ts";
import type { Locks } from "./outbox-log.ts";

/** How long the page before may take to let go, ms. */
const patience = 1_000;

/** The part of a tab's storage (`sessionStorage`) that is needed. */
export interface TabStorage {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

/** How far a running client has counted what it says in a room (spec/crypto.md §4). */
export interface Numbering {
  sid: string;
  /** The next number. */
  n: number;
}

/** A numbering that was handed over. `id` names this handing over, so that nobody goes on from it a second time. */
export type LeftNumbering = Numbering & { id: string };

/** The secret of a room, encrypted, as base64url. */
export interface LeftSecret {
  iv: string;
  data: string;
}

/** Who one is in the session, and where. */
interface Seat {
  channel: string;
  nick: string | undefined;
}

/** What a page leaves. */
interface Left {
  token?: string | undefined;
  seat?: Seat | undefined;
  secrets?: Record<string, LeftSecret> | undefined;
  /** Only from the end of one page to the beginning of the next. */
  rooms?: Record<string, LeftNumbering> | undefined;
}

/**
 * What a page hands over to the one that follows it in its tab, so that after a reload one is still who one was: the token of the
 * session, how far one has counted in each room, and what opens the rooms. As made by `new` it keeps nothing beyond the page.
 */
export class Handover {
  #token: string | undefined;
  #seat: Seat | undefined;
  readonly #secrets: Map<string, LeftSecret>;
  readonly #left: Map<string, LeftNumbering>;
  readonly #present = new Map<string, () => Numbering | undefined>();
  readonly #keep: (left: Left) => void;

  constructor(left: Left = {}, keep: (left: Left) => void = () => undefined) {
    this.#token = left.token;
    this.#seat = left.seat;
    this.#secrets = new Map(Object.entries(left.secrets ?? {}));
    this.#left = new Map(Object.entries(left.rooms ?? {}));
    this.#keep = keep;
    this.takeBack();
  }

  /**
   * Takes what the page before has left. A copy of a tab has a copy of its storage, so what is there counts only for whoever gets
   * the lock that it names, which its page holds as long as it lives. Without locks nothing is taken and nothing is left.
   * @param url the server's address
   */
  static async open(url: string, storage: TabStorage, locks: Locks | undefined): Promise<Handover> {
    if (!locks) return new Handover();
    const place = `hcchat.tab ${url}`;
    const { lock: known, ...left } = read(storage, place);
    const mine = known !== undefined && (await hold(locks, known));
    const lock = mine ? known : newId();
    if (!mine) void hold(locks, lock);
    return new Handover(mine ? left : {}, (now) => write(storage, place, { lock, ...now }));
  }

  /** Opens the session once more. */
  get token(): string | undefined {
    return this.#token;
  }

  /** Whether in that session one is in that room under that nick. */
  isFor(channel: string, nick: string): boolean {
    return this.#seat?.channel === channel && this.#seat.nick === nick;
  }

  /** A `session` frame has brought the next token. */
  renew(token: string, seat: Seat | undefined): void {
    this.#token = token;
    this.#seat = seat;
    this.takeBack();
  }

  /** What the page before has left of a room, once. */
  take(channel: string): LeftNumbering | undefined {
    const left = this.#left.get(channel);
    this.#left.delete(channel);
    return left;
  }

  /** From now on this page counts in that room. */
  follow(channel: string, numbering: () => Numbering | undefined): void {
    this.#present.set(channel, numbering);
  }

  /** What opens a room, as it was kept. */
  secret(channel: string): LeftSecret | undefined {
    return this.#secrets.get(channel);
  }

  /** Keeps what opens a room until it is left. */
  keepSecret(channel: string, secret: LeftSecret): void {
    this.#secrets.set(channel, secret);
    this.takeBack();
  }

  /** The room was left. */
  drop(channel: string): void {
    this.#left.delete(channel);
    this.#present.delete(channel);
    if (this.#secrets.delete(channel)) this.takeBack();
  }

  /** The session is over. */
  clear(): void {
    this.#left.clear();
    this.#present.clear();
    this.#secrets.clear();
    this.#token = this.#seat = undefined;
    this.takeBack();
  }

  /** The page goes. Only now: a page that ends otherwise leaves no number from which others could count wrongly. */
  leave(): void {
    const rooms = Object.fromEntries(this.#left);
    for (const [channel, numbering] of this.#present) {
      const now = numbering();
      if (now) rooms[channel] = { ...now, id: newId() };
    }
    this.#keep({ ...this.#lasting, rooms });
  }

  /** The page is here: the numbers are its own. */
  takeBack(): void {
    this.#keep(this.#lasting);
  }

  get #lasting(): Left {
    const secrets = this.#secrets.size > 0 ? Object.fromEntries(this.#secrets) : undefined;
    return { token: this.#token, seat: this.#seat, secrets };
  }
}

/** Holds a lock as long as the page lives. @returns whether it could be had in time */
function hold(locks: Locks, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const held = () => {
      resolve(true);
      return new Promise<never>(() => undefined);
    };
    const options = { signal: AbortSignal.timeout(patience) };
    locks.request(`hcchat tab ${name}`, options, held).catch(() => resolve(false));
  });
}

function read(storage: TabStorage, place: string): Left & { lock?: string } {
  try {
    const left: unknown = JSON.parse(storage.getItem(place) ?? "{}");
    return typeof left === "object" && left !== null ? left : {};
  } catch {
    return {}; // not ours, or there is no storage
  }
}

function write(storage: TabStorage, place: string, left: Left & { lock: string }): void {
  try {
    storage.setItem(place, JSON.stringify(left));
  } catch {
    // Full or forbidden: the next page begins a new session.
  }
}
