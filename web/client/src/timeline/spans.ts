import type { Place } from "../types.ts";
import type { Gap } from "./entries.ts";
import type { Epochs } from "./epochs.ts";

/** Stretches remembered; the oldest go. A person makes a handful, a server that breaks its list off on purpose any number. */
const most = 512;

/** A stretch of an epoch that is known completely. Empty when `to` is `from - 1`. */
export interface Span {
  epoch: string;
  from: number;
  to: number;
  /** Nothing of this epoch is kept before it; `previous` names the epoch to go on with. */
  begins?: { previous: string | undefined };
  /** Nothing of this epoch comes after it. */
  ends?: boolean;
}

/** Which stretches of a room's list are known, and so what lacks between them. */
export class Spans {
  readonly #epochs: Epochs;
  #all: Span[] = [];

  constructor(epochs: Epochs) {
    this.#epochs = epochs;
  }

  /** The newest. */
  get last(): Span | undefined {
    return this.#all.at(-1);
  }

  /** Whether the place is known, be there something or not. */
  covers({ epoch, seq }: Place): boolean {
    return this.#all.some((span) => span.epoch === epoch && span.from <= seq && seq <= span.to);
  }

  /** The span that the place lies in or at the edge of. */
  at({ epoch, seq }: Place): Span | undefined {
    return this.#all.find((span) => span.epoch === epoch && span.from <= seq + 1 && seq <= span.to + 1);
  }

  /** Whether all that lies between the two is known. */
  links(earlier: Place, later: Place): boolean {
    return this.#all.some(({ epoch, from, to }) => {
      const within = epoch === earlier.epoch && epoch === later.epoch;
      return within && from <= earlier.seq && later.seq <= to + 1;
    });
  }

  /** Takes a stretch in, joining it with what it touches. */
  add(added: Span): void {
    let joined = added;
    const others = this.#all.filter((span) => {
      const touches = span.epoch === joined.epoch && span.from <= joined.to + 1 && joined.from <= span.to + 1;
      if (touches) joined = join(span, joined);
      return !touches;
    });
    const start = ({ epoch, from }: Span) => ({ epoch, seq: from });
    this.#all = [...others, joined].sort((a, b) => this.#epochs.compare(start(a), start(b))).slice(-most);
  }

  /** Forgets what lies after `after` and before `before`; without `after`, all that lies before. */
  cut(after: Place | undefined, before: Place): void {
    const kept: Span[] = [];
    for (const span of this.#all) {
      const { epoch } = span;
      const order = (seq: number, place: Place) => this.#epochs.compare({ epoch, seq }, place);
      if (after && order(span.from, after) <= 0) {
        if (order(span.to, after) <= 0) kept.push(span);
        else kept.push({ ...without("ends", span), to: after.seq });
      }
      if (order(span.to, before) >= 0) {
        if (order(span.from, before) >= 0) kept.push(span);
        else kept.push({ ...without("begins", span), from: before.seq });
      }
    }
    this.#all = kept;
  }

  /** What lacks, oldest first. */
  gaps(): Gap[] {
    const gaps: Gap[] = [];
    this.#all.forEach((newer, i) => {
      const gap = this.#between(this.#all[i - 1], newer);
      if (gap) gaps.push(gap);
    });
    return gaps;
  }

  #between(older: Span | undefined, newer: Span): Gap | undefined {
    const { begins } = newer;
    const below: Place = { epoch: newer.epoch, seq: newer.from };
    if (!older) return { state: begins && !begins.previous ? "start" : "open", top: true, newer: below };
    const above: Place = { epoch: older.epoch, seq: older.to };
    const gap: Gap = { state: "open", top: false, newer: below, older: above };
    if (older.epoch === newer.epoch) gap.count = newer.from - older.to - 1;
    else if (begins?.previous === older.epoch && older.ends) return undefined;
    // What preceded is not kept, so that nothing can be fetched from below.
    if (begins && (older.epoch === newer.epoch || !begins.previous)) gap.state = "ended";
    return gap;
  }
}

function join(a: Span, b: Span): Span {
  const joined: Span = { epoch: a.epoch, from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) };
  const begins = [a, b].find((span) => span.begins && span.from === joined.from)?.begins;
  if (begins) joined.begins = begins;
  if ([a, b].some((span) => span.ends && span.to === joined.to)) joined.ends = true;
  return joined;
}

function without(member: "begins" | "ends", span: Span): Span {
  const rest = { ...span };
  delete rest[member];
  return rest;
}
