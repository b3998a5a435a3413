import { newId } from "../crypto/content.ts";
import type { Message, Place } from "../types.ts";
import { fold } from "./fold.ts";
import { Grams } from "./grams.ts";

/** A message as the index keeps it. */
export type Doc = Pick<Message, "key" | "nick" | "text" | "time" | "sid" | "signer" | "trip" | "userid" | "expires"> & {
  place: Place;
  /** The names of its files. */
  names?: string;
  /** What is compared; made when it is needed. */
  folded?: string;
};

/** Some messages of the index, which are stored and encrypted together. */
export class Segment {
  readonly id: string;
  /** Which character pairs occur. What was removed may still count. */
  readonly grams: Grams;
  readonly keys: Set<string>;
  /** Whether it differs from what is stored. */
  dirty = false;
  /** The newest message's time, ms since 1970. */
  newest: number;
  /** When the first of them disappears, ms since 1970. */
  expires: number;
  #docs: Map<string, Doc> | undefined;

  constructor(id = newId(), grams = new Grams(), keys?: Set<string>, newest = 0, expires = Infinity) {
    this.id = id;
    this.grams = grams;
    this.keys = keys ?? new Set();
    this.newest = newest;
    this.expires = expires;
    if (!keys) this.#docs = new Map();
  }

  /** Reads what {@link head} gave; `undefined` when it is something else. */
  static read(id: string, head: Record<string, unknown>): Segment | undefined {
    const { keys, grams, newest, expires } = head;
    const read = typeof grams === "string" ? Grams.read(grams) : undefined;
    if (!read || !Array.isArray(keys)) return undefined;
    return new Segment(
      id,
      read,
      new Set(keys.map(String)),
      Number(newest),
      expires === null ? Infinity : Number(expires),
    );
  }

  /** Whether its messages are in memory; only then may they be read and changed. */
  get loaded(): boolean {
    return this.#docs !== undefined;
  }

  get docs(): Iterable<Doc> {
    return this.#docs?.values() ?? [];
  }

  /** Takes in what {@link body} gave. */
  load(body: Record<string, unknown> | undefined): void {
    const docs = Array.isArray(body?.["docs"]) ? (body["docs"] as Doc[]) : [];
    this.#docs = new Map(docs.map((doc) => [doc.key, doc]));
  }

  unload(): void {
    this.#docs = undefined;
  }

  find(key: string): Doc | undefined {
    return this.#docs?.get(key);
  }

  put(doc: Doc): void {
    this.#docs?.set(doc.key, { ...doc });
    delete this.#docs?.get(doc.key)?.folded;
    this.keys.add(doc.key);
    this.grams.add(fold(searched(doc)));
    this.newest = Math.max(this.newest, doc.time);
    this.expires = Math.min(this.expires, doc.expires ?? Infinity);
  }

  remove(key: string): void {
    this.#docs?.delete(key);
    this.keys.delete(key);
  }

  /** Removes what has disappeared by `now`. @returns its keys */
  expire(now: number): string[] {
    const gone = [...this.docs].filter(({ expires = Infinity }) => expires <= now).map(({ key }) => key);
    for (const key of gone) this.remove(key);
    this.expires = Math.min(Infinity, ...[...this.docs].map(({ expires = Infinity }) => expires));
    return gone;
  }

  /** What is needed before its messages are. */
  head(): object {
    const { keys, grams, newest, expires } = this;
    return { keys: [...keys], grams: grams.toString(), newest, expires: expires === Infinity ? null : expires };
  }

  /** Its messages. */
  body(): object {
    return { docs: [...this.docs].map((doc) => ({ ...doc, folded: undefined })) };
  }
}

/** What of a message is searched. */
export function searched({ nick, text, names }: Pick<Doc, "nick" | "text" | "names">): string {
  return names === undefined ? `${nick} ${text}` : `${nick} ${text} ${names}`;
}
