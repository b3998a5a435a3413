import { type Amendment, isBy } from "../amendments.ts";
import type { Message } from "../types.ts";
import type { Vault } from "../vault.ts";
import { fold, terms } from "./fold.ts";
import { type Doc, searched, Segment } from "./segment.ts";

/** Messages of a segment. */
const segmentSize = 512;
/** Segments kept; beyond that the one with the oldest messages goes. */
const maxSegments = 100;
/** Segments whose messages stay decrypted in memory. */
const maxOpen = 40;
/** How long changes gather before they are written, ms. */
const writeDelay = 1_000;

/** A message that was found; `names` are those of its files, one a line. */
export type Hit = Pick<Message, "key" | "nick" | "text" | "time" | "sid" | "signer"> &
  Required<Pick<Message, "place">> & { names?: string };

/** What a search found, newest first; `total` may be more than `hits`. */
export interface Found {
  hits: Hit[];
  total: number;
}

/**
 * The messages of one room that this device has read, for searching. They lie in segments of 512, each encrypted as a whole, with
 * a set of the character pairs that occur in it: only segments that can have what is looked for are opened.
 */
export class SearchIndex {
  readonly #vault: Vault;
  readonly #prefix: string;
  readonly #segments = new Set<Segment>();
  readonly #byKey = new Map<string, Segment>();
  /** Decrypted ones, the one used last at the end. */
  readonly #opened = new Set<Segment>();
  /** The one that is being filled. */
  #filling: Segment | undefined;
  #work: Promise<unknown>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param prefix what the names of its records begin with */
  constructor(vault: Vault, prefix: string) {
    this.#vault = vault;
    this.#prefix = prefix;
    this.#work = this.#open().catch(() => undefined); // a damaged index begins anew
  }

  /** How many messages it holds. */
  get size(): number {
    return this.#byKey.size;
  }

  /** Takes a message in, or its new text. */
  add(message: Hit & Partial<Message>): Promise<void> {
    return this.#inOrder(() => this.#add(toDoc(message)));
  }

  /** A message is gone. */
  remove(key: string): Promise<void> {
    return this.#inOrder(async () => {
      const segment = this.#byKey.get(key);
      if (!segment) return;
      await this.#load(segment);
      segment.remove(key);
      this.#byKey.delete(key);
      this.#dirty(segment);
    });
  }

  /** A message that may not be in memory was edited or deleted. */
  amend(amendment: Amendment): Promise<void> {
    return this.#inOrder(async () => {
      const { target } = amendment;
      const segment = this.#byKey.get(target);
      if (!segment || amendment.kind === "react") return;
      await this.#load(segment);
      const doc = segment.find(target);
      if (!doc || !(isBy(amendment, doc) || (amendment.kind === "delete" && amendment.moderator))) return;
      if (amendment.kind === "edit") segment.put({ ...doc, text: amendment.body });
      else segment.remove(target);
      if (amendment.kind === "delete") this.#byKey.delete(target);
      this.#dirty(segment);
    });
  }

  /**
   * The messages that have every word of `query`.
   * @param now the server's clock, ms since 1970: what has disappeared by then is not found, and leaves the index
   * @param oldest the same for messages from before that time
   */
  find(query: string, limit: number, now: number, oldest = 0): Promise<Found> {
    return this.#inOrder(async () => {
      const wanted = terms(query);
      if (wanted.length === 0) return { hits: [], total: 0 };
      await this.#expire(now, oldest);
      const hits = new Map<string, Hit>();
      for (const segment of this.#segments) {
        if (!wanted.every((term) => segment.grams.mayHave(term))) continue;
        await this.#load(segment);
        for (const doc of segment.docs) {
          if (doc.time < oldest) continue;
          const folded = (doc.folded ??= fold(searched(doc)));
          if (wanted.every((term) => folded.includes(term))) hits.set(doc.key, doc);
        }
      }
      const all = [...hits.values()].sort((a, b) => b.time - a.time);
      return { hits: all.slice(0, limit), total: all.length };
    });
  }

  /** Where the message of that key stands. */
  locate(key: string): Promise<Hit | undefined> {
    return this.#inOrder(async () => {
      const segment = this.#byKey.get(key);
      if (!segment) return undefined;
      await this.#load(segment);
      return segment.find(key);
    });
  }

  /** Writes what is not written yet. */
  close(): Promise<void> {
    clearTimeout(this.#timer);
    return this.#inOrder(() => this.#write());
  }

  async #open(): Promise<void> {
    for (const [name, head] of await this.#vault.list(`${this.#prefix}head `)) {
      const segment = Segment.read(name.slice(`${this.#prefix}head `.length), head);
      if (!segment) continue;
      this.#segments.add(segment);
      for (const key of segment.keys) this.#byKey.set(key, segment);
    }
    await this.#expire(Date.now());
  }

  async #add(doc: Doc): Promise<void> {
    const known = this.#byKey.get(doc.key);
    if (known) {
      await this.#load(known);
      if (known.find(doc.key)?.text === doc.text) return;
    }
    const segment = known ?? this.#fill();
    segment.put(doc);
    this.#byKey.set(doc.key, segment);
    this.#dirty(segment);
    await this.#bound();
  }

  #fill(): Segment {
    if (!this.#filling || this.#filling.keys.size >= segmentSize) {
      this.#filling = new Segment();
      this.#segments.add(this.#filling);
    }
    return this.#filling;
  }

  async #bound(): Promise<void> {
    if (this.#segments.size <= maxSegments) return;
    await this.#drop([...this.#segments].reduce((a, b) => (a.newest <= b.newest ? a : b)));
  }

  async #drop(segment: Segment): Promise<void> {
    this.#segments.delete(segment);
    this.#opened.delete(segment);
    for (const key of segment.keys) this.#byKey.delete(key);
    await this.#delete(segment);
  }

  async #expire(now: number, oldest = 0): Promise<void> {
    for (const segment of this.#segments) {
      if (segment.newest < oldest && segment !== this.#filling) await this.#drop(segment);
      if (segment.expires > now) continue;
      await this.#load(segment);
      for (const key of segment.expire(now)) this.#byKey.delete(key);
      this.#dirty(segment);
    }
  }

  async #load(segment: Segment): Promise<void> {
    if (!segment.loaded) segment.load(await this.#vault.get(`${this.#prefix}docs ${segment.id}`));
    this.#opened.delete(segment);
    this.#opened.add(segment);
    for (const other of this.#opened) {
      if (this.#opened.size <= maxOpen) break;
      if (other.dirty || other === this.#filling) continue;
      other.unload();
      this.#opened.delete(other);
    }
  }

  #dirty(segment: Segment): void {
    segment.dirty = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#inOrder(() => this.#write());
    }, writeDelay);
  }

  async #write(): Promise<void> {
    for (const segment of this.#segments) {
      if (!segment.dirty) continue;
      segment.dirty = false;
      if (segment.keys.size === 0 && segment !== this.#filling) {
        this.#segments.delete(segment);
        await this.#delete(segment);
        continue;
      }
      await this.#vault.put(`${this.#prefix}docs ${segment.id}`, segment.body());
      await this.#vault.put(`${this.#prefix}head ${segment.id}`, segment.head());
    }
  }

  async #delete({ id }: Segment): Promise<void> {
    await this.#vault.delete(`${this.#prefix}head ${id}`);
    await this.#vault.delete(`${this.#prefix}docs ${id}`);
  }

  #inOrder<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }
}

function toDoc(message: Hit & Partial<Message>): Doc {
  const { key, nick, text, time, place, sid, signer, trip, userid, expires, files } = message;
  return {
    key,
    nick,
    text,
    time,
    place,
    ...(sid !== undefined && { sid }),
    ...(signer !== undefined && { signer }),
    ...(trip !== undefined && { trip }),
    ...(userid !== undefined && { userid }),
    ...(expires !== undefined && { expires }),
    ...(files && { names: files.map(({ name }) => name).join("\n") }),
  };
}
