import type { PageFrame } from "../history.ts";
import type { Span } from "./spans.ts";

/**
 * What a page makes known. From `oldest` on a number without an event was deleted or has run out, and nothing lacks. Below it only
 * what came is known: the rest was lost, and people are told so.
 * @param backward whether the page was asked for from its end, so that `more` and `previous` speak of what precedes it
 */
export function coverage(page: PageFrame, backward: boolean): Span[] {
  const { epoch, from, to, oldest = from } = page;
  const whole = Math.min(Math.max(from, oldest), to + 1);
  const lost = { previous: undefined };
  const spans: Span[] = [];
  for (const seq of numbers(page)) {
    const last = spans.at(-1);
    if (seq >= whole) break;
    if (last?.to === seq - 1) last.to = seq;
    else spans.push({ epoch, from: seq, to: seq, begins: lost });
  }
  const last = spans.at(-1);
  if (last?.to === whole - 1) last.to = to;
  else spans.push({ epoch, from: whole, to, begins: lost });
  const first = spans[0]!;
  if (backward && !page.more) first.begins = { previous: page.previous };
  else if (first.from === from) delete first.begins;
  return spans;
}

/** The numbers of a page's events, of whatever kind, ascending. */
function numbers({ events = [], from, to }: PageFrame): number[] {
  const all = events.map((event) => Number((event as { seq?: unknown } | null)?.seq));
  return all.filter((seq) => Number.isSafeInteger(seq) && seq >= from && seq <= to).sort((a, b) => a - b);
}
