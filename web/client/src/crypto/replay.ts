/** What a receiver finds out about a content's place in its sender's stream. */
export type Arrival =
  | "new"
  /** The same id again: drop in silence. */
  | "duplicate"
  /** The same place under another id, or a place older than the window: E_REPLAY. */
  | "replay";

/** Places remembered per stream. */
const windowSize = 1024;
/** Ids remembered per room. */
const maxIds = 10_000;
/** Streams remembered per room, so that a member that invents streams costs bounded memory. */
const maxStreams = 4096;

interface Stream {
  highest: number;
  /** One bit per place, at `n` modulo the window. */
  readonly seen: Uint32Array;
}

/** Remembers what arrived in one room, for the rules on replay, duplicates and gaps (e2ee §4). Feed it only what was authenticated. */
export class ReplayGuard {
  readonly #ids = new Set<string>();
  readonly #streams = new Map<string, Stream>();

  /**
   * Takes note of a content.
   * @param stream kid and sid.
   * @returns what it is; and for a new one that jumped ahead, the first and last place that it left out.
   */
  accept(stream: string, n: number, id: string): { arrival: Arrival; gap?: [first: number, last: number] } {
    if (this.#ids.has(id)) return { arrival: "duplicate" };
    const known = this.#streams.get(stream);
    if (!known) {
      this.#remember(id);
      const fresh = { highest: n, seen: new Uint32Array(windowSize / 32) };
      mark(fresh, n);
      this.#streams.set(stream, fresh);
      forgetOldest(this.#streams, maxStreams);
      return { arrival: "new" };
    }
    if (n <= known.highest) {
      if (n <= known.highest - windowSize || isMarked(known, n)) return { arrival: "replay" };
      this.#remember(id);
      mark(known, n);
      return { arrival: "new" };
    }
    this.#remember(id);
    const first = known.highest + 1;
    advance(known, n);
    return first < n ? { arrival: "new", gap: [first, n - 1] } : { arrival: "new" };
  }

  /** How many of the places `first` to `last` have not arrived. Places that left the window count as missing. */
  missing(stream: string, first: number, last: number): number {
    const known = this.#streams.get(stream);
    if (!known) return 0;
    const from = Math.max(first, known.highest - windowSize + 1);
    let count = Math.min(from, last + 1) - first;
    for (let n = from; n <= last; n++) if (!isMarked(known, n)) count++;
    return count;
  }

  /**
   * Takes note of a content of which only the id counts, because it is from before one's own time (e2ee §5). It opens no
   * counting; where its stream is counted already its place is no gap.
   */
  remember(id: string, stream: string, n: number): void {
    this.#remember(id);
    const known = this.#streams.get(stream);
    if (!known || n <= known.highest - windowSize) return;
    if (n > known.highest) advance(known, n);
    else mark(known, n);
  }

  #remember(id: string): void {
    this.#ids.add(id);
    forgetOldest(this.#ids, maxIds);
  }
}

function mark(stream: Stream, n: number): void {
  const place = n % windowSize;
  stream.seen[place >>> 5]! |= 1 << (place & 31);
}

function isMarked(stream: Stream, n: number): boolean {
  const place = n % windowSize;
  return (stream.seen[place >>> 5]! & (1 << (place & 31))) !== 0;
}

function advance(stream: Stream, n: number): void {
  if (n - stream.highest >= windowSize) stream.seen.fill(0);
  else
    for (let skipped = stream.highest + 1; skipped <= n; skipped++) {
      const place = skipped % windowSize;
      stream.seen[place >>> 5]! &= ~(1 << (place & 31));
    }
  stream.highest = n;
  mark(stream, n);
}

function forgetOldest(entries: Set<string> | Map<string, Stream>, max: number): void {
  if (entries.size <= max) return;
  for (const oldest of entries.keys()) {
    entries.delete(oldest);
    return;
  }
}
