import type { History, PageFrame } from "./history.ts";
import type { PageQuery } from "./protocol/frames.ts";
import type { Gap, Timeline } from "./timeline/timeline.ts";
import type { Place } from "./types.ts";

/** Events on a page. */
export const pageSize = 100;
/** Events on a page that is read for the search alone: the most that the server gives. */
const searchPage = 200;
/** A scroll backwards fetches until so many messages have come, at most so many pages: some events are no messages. */
const wantedMessages = 30;
const mostPages = 5;

/** What paging needs of its log. */
export interface PagingOwner {
  timeline: Timeline;
  history: History;
  inOrder(work: () => Promise<void>): void;
  /** Takes a page into the timeline. @returns how many messages were on it */
  insert(page: PageFrame, query: PageQuery): Promise<number>;
  /** Takes a page into the search index alone. */
  record(page: PageFrame): Promise<void>;
}

/** Fetches what lacks in a timeline, page by page. */
export class Paging {
  readonly #owner: PagingOwner;
  readonly #filling = new Set<string>();

  constructor(owner: PagingOwner) {
    this.#owner = owner;
  }

  /** Fetches what lies before everything that is here. @returns whether something came */
  async loadOlder(): Promise<boolean> {
    const gap = this.#owner.timeline.spans.gaps().find(({ top }) => top);
    return gap?.state === "open" ? this.fill(gap, "newer") : false;
  }

  /** Fetches a part of what lacks, beginning at one of its sides. @returns whether something came */
  async fill({ newer, older }: Gap, side: "older" | "newer"): Promise<boolean> {
    const name = `${newer.epoch} ${newer.seq}`;
    if (this.#filling.has(name)) return false;
    this.#filling.add(name);
    try {
      return await this.#fill(side === "older" && older ? older : newer, side === "older" && older !== undefined);
    } finally {
      this.#filling.delete(name);
    }
  }

  /** Fetches the surroundings of a place. @returns whether they are here now */
  async loadAround({ epoch, seq }: Place): Promise<boolean> {
    const pages = [
      this.load({ epoch, before: seq + 1, limit: pageSize / 2 }),
      this.load({ epoch, since: seq, limit: pageSize / 2 }),
    ];
    const [before] = await Promise.all(pages);
    return before !== undefined;
  }

  /** Reads an older page for the search alone. @returns the query of the next, or undefined when there is none */
  async record(query: PageQuery): Promise<PageQuery | undefined> {
    const page = await this.#owner.history.ask({ ...query, limit: searchPage });
    if (!page) return undefined;
    await new Promise<void>((resolve) => {
      this.#owner.inOrder(() => this.#owner.record(page).finally(resolve));
    });
    if (page.more) return { epoch: page.epoch, before: page.from };
    return page.previous === undefined ? undefined : { epoch: page.previous };
  }

  /** Asks for a page and takes it in. */
  async load(query: PageQuery): Promise<{ page: PageFrame; messages: number } | undefined> {
    const page = await this.#owner.history.ask(query);
    if (!page) return undefined;
    return new Promise((resolve) => {
      this.#owner.inOrder(async () => resolve({ page, messages: await this.#owner.insert(page, query) }));
    });
  }

  async #fill(side: Place, forward: boolean): Promise<boolean> {
    const { spans } = this.#owner.timeline;
    let at = side;
    let came = 0;
    for (let pages = 0; pages < mostPages && came < wantedMessages; pages++) {
      const query = forward ? this.#after(at) : this.#before(at);
      const loaded = query && (await this.load({ ...query, limit: pageSize }));
      if (!loaded) break;
      came += loaded.messages;
      const { epoch, from, to, more, previous } = loaded.page;
      if (forward ? !more : !more && previous === undefined) return true;
      at = { epoch, seq: forward ? to : from };
      const isAt = (place: Place | undefined) => place?.epoch === epoch && place.seq === at.seq;
      if (!spans.gaps().some(({ newer, older }) => isAt(forward ? older : newer))) return true; // it is closed
    }
    return came > 0;
  }

  #before(place: Place): PageQuery | undefined {
    const begins = this.#owner.timeline.spans.at(place)?.begins;
    if (!begins) return { epoch: place.epoch, before: place.seq };
    return begins.previous === undefined ? undefined : { epoch: begins.previous };
  }

  #after(place: Place): PageQuery | undefined {
    const { spans, epochs } = this.#owner.timeline;
    if (!spans.at(place)?.ends) return { epoch: place.epoch, since: place.seq };
    const epoch = epochs.after(place.epoch);
    return epoch === undefined ? undefined : { epoch, since: 0 };
  }
}
