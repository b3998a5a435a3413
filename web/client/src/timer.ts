import type { Read } from "./inbox.ts";
import { Observable } from "./observable.ts";
import type { Timeline } from "./timeline/timeline.ts";
import type { Place } from "./types.ts";

/** What the room's timer is known by. */
interface Word {
  ttl: number;
  place: Place;
}

/**
 * The time after which messages disappear in an encrypted room (spec/crypto.md §4). What says so may lie on a page that nobody
 * has read here, or be gone for its age; what people say under it tells as well.
 */
export class Timer {
  /** Seconds, 0 for none. */
  readonly value = new Observable(0);
  readonly #timeline: Timeline;
  /** The latest `timer` seen. */
  #set: Word | undefined;
  /** The newest text read. */
  #said: Word | undefined;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** Whether anything has told it. */
  get known(): boolean {
    return this.#set !== undefined || this.#said !== undefined;
  }

  /** Somebody set it, at that place. */
  set(ttl: number, place: Place | undefined): void {
    if (!isTime(ttl) || !this.#isNewer(place, this.#set)) return;
    if (place) this.#set = { ttl, place };
    else this.value.set(ttl);
    this.settle();
  }

  /** Something was read: a text tells after what time it disappears. */
  heard(read: Read, place: Place | undefined): void {
    if (read.kind !== "message" || read.ttl === undefined || !isTime(read.ttl)) return;
    if (!place || !this.#isNewer(place, this.#said)) return;
    this.#said = { ttl: read.ttl, place };
    this.settle();
  }

  /** More is known than before. */
  settle(): void {
    const [set, said] = [this.#set, this.#said];
    const latest =
      set && (!said || this.#isNewer(set.place, said) || this.#timeline.spans.links(set.place, said.place));
    const word = latest ? set : said;
    if (word) this.value.set(word.ttl);
  }

  #isNewer(place: Place | undefined, than: Word | undefined): boolean {
    return !place || !than || this.#timeline.epochs.compare(place, than.place) >= 0;
  }
}

/** Whether the server takes it for a message (spec/protocol.md, "Disappearing"). */
function isTime(ttl: number): boolean {
  return ttl === 0 || (ttl >= 5 && ttl <= 31_536_000);
}
