import { type Frame, placeOf, readEvent, type ServerFrame } from "./protocol/frames.ts";
import type { Place } from "./types.ts";

/** Live events held back behind a hole. More are let go: they come with the answer, or are asked for after it. */
const maxHeld = 512;

/** What a sequence needs of its room. */
export interface SequenceOwner {
  /** The next event of the list: each once, in order. */
  deliver(frame: ServerFrame, place: Place): void;
  /** The list is known up to here, also where there was no event. */
  advanced(place: Place): void;
  /** What follows this place is to be asked for; the answer goes to {@link Sequence.replayed}. */
  ask(after: Place): void;
  /** The list goes on elsewhere: what was between is unknown. The newest page is to be asked for. */
  broken(epoch: string, head: number): void;
}

/**
 * Brings the events of one room into their order, each once (spec/protocol.md, "Order, history, coming back"). A live event whose
 * number is not the next waits until the answer to a `sync` has covered the hole.
 */
export class Sequence {
  readonly #owner: SequenceOwner;
  readonly #held = new Map<number, ServerFrame>();
  #position: Place | undefined;
  /** An answer that covers what follows is on its way. */
  #asked = false;

  constructor(owner: SequenceOwner) {
    this.#owner = owner;
  }

  /** How far the list is known; for `resume`. */
  get position(): Place | undefined {
    return this.#position;
  }

  /**
   * The room was entered.
   * @param head the newest number of the list
   * @param resumed whether the server was told our position, so that it answers with what we missed
   */
  entered(epoch: string, head: number, resumed: boolean): void {
    const position = this.#position;
    if (position?.epoch === epoch && head >= position.seq) {
      this.#asked = resumed;
      if (!resumed && head > position.seq) this.#ask();
    } else this.#goOn(epoch, head);
  }

  /** A live event. */
  receive(frame: ServerFrame, place: Place): void {
    const position = this.#position;
    if (!position || position.epoch !== place.epoch) {
      this.#goOn(place.epoch, place.seq - 1);
      this.#next(frame, place);
    } else if (place.seq === position.seq + 1) {
      this.#next(frame, place);
      this.#drain();
    } else if (place.seq > position.seq) {
      if (this.#held.size < maxHeld) this.#held.set(place.seq, frame);
      if (!this.#asked) this.#ask();
    }
  }

  /** A page of the list, whoever asked for it. @param forward whether `more` speaks of what comes after it */
  replayed(page: Frame<"replay">, forward: boolean): void {
    const position = this.#position;
    if (!page.recovered) {
      // When the place has been given up already there is nothing more to do.
      if (position && (page.epoch !== position.epoch || page.head > position.seq)) this.#goOn(page.epoch, page.head);
      this.unanswered();
      return;
    }
    const { from = 0, to = 0 } = page;
    if (position?.epoch !== page.epoch || from > position.seq + 1) return;
    for (const event of page.events ?? []) {
      const frame = readEvent(event);
      const place = frame && placeOf(frame);
      if (place?.epoch === page.epoch && place.seq <= to && place.seq > this.#position!.seq) this.#next(frame!, place);
    }
    if (to > this.#position!.seq) this.#move({ epoch: page.epoch, seq: to });
    this.#drain();
    if (!forward) return;
    this.#asked = false;
    // An answer that leads nowhere is not asked for again at once.
    if ((page.more || this.#held.size > 0) && this.#position!.seq > position.seq) this.#ask();
  }

  /** The connection is gone: what was asked for will not come, and what was held back comes again. */
  lost(): void {
    this.#asked = false;
    this.#held.clear();
  }

  /** What was asked for did not come, or did not help. */
  unanswered(): void {
    this.#asked = false;
    if (this.#held.size > 0) this.#ask();
  }

  #next(frame: ServerFrame, place: Place): void {
    this.#move(place);
    this.#owner.deliver(frame, place);
  }

  #move(place: Place): void {
    this.#position = place;
    this.#owner.advanced(place);
  }

  #drain(): void {
    const { epoch } = this.#position!;
    for (const seq of this.#held.keys()) if (seq <= this.#position!.seq) this.#held.delete(seq);
    for (;;) {
      const seq = this.#position!.seq + 1;
      const frame = this.#held.get(seq);
      if (!frame) return;
      this.#held.delete(seq);
      this.#next(frame, { epoch, seq });
    }
  }

  #ask(): void {
    this.#asked = true;
    this.#owner.ask(this.#position!);
  }

  #goOn(epoch: string, head: number): void {
    this.#asked = false;
    if (this.#position?.epoch !== epoch) this.#held.clear();
    this.#position = { epoch, seq: head };
    this.#owner.broken(epoch, head);
    this.#drain();
  }
}
