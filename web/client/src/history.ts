import type { Frame, PageQuery } from "./protocol/frames.ts";

/** How long the server may take to answer, ms. */
const answerTimeout = 15_000;

/** Questions that wait at most; more are given up at once. */
const mostWaiting = 32;

/** A page of a room's list that answers a query. */
export type PageFrame = Frame<"replay"> & { from: number; to: number };

interface Request {
  query: PageQuery;
  settle(page: PageFrame | undefined): void;
}

/** Asks for pages of one room's list. One at a time, because an answer carries no number of its question. */
export class History {
  readonly #send: (query: PageQuery) => boolean;
  #waiting: Request[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Whether the first one is on its way. */
  #asked = false;

  /** @param send asks the server; false when that is not possible now: then it is asked after {@link resume} */
  constructor(send: (query: PageQuery) => boolean) {
    this.#send = send;
  }

  /** The page, or `undefined` when it cannot be had: no connection, no answer, or one that cannot continue. */
  ask(query: PageQuery): Promise<PageFrame | undefined> {
    if (this.#waiting.length >= mostWaiting) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting.push({ query, settle: resolve });
      if (this.#waiting.length === 1) this.#askNext();
    });
  }

  /** A page has come. @returns the query that it answers, if it is ours */
  answered(page: Frame<"replay">): PageQuery | undefined {
    const [request] = this.#waiting;
    if (!request || !this.#asked || !answers(page, request.query)) return undefined;
    const whole = page.recovered && page.from !== undefined && page.to !== undefined;
    this.#settle(whole ? (page as PageFrame) : undefined);
    return request.query;
  }

  /** The server can be asked again. */
  resume(): void {
    if (!this.#asked) this.#askNext();
  }

  /** The connection is gone: nothing that was asked for will come. */
  lost(): void {
    clearTimeout(this.#timer);
    this.#asked = false;
    const gone = this.#waiting;
    this.#waiting = [];
    for (const { settle } of gone) settle(undefined);
  }

  #askNext(): void {
    const [request] = this.#waiting;
    if (!request) return;
    this.#asked = true; // the answer may come at once
    this.#timer = setTimeout(() => this.#settle(undefined), answerTimeout);
    if (this.#send(request.query)) return;
    clearTimeout(this.#timer);
    this.#asked = false;
  }

  #settle(page: PageFrame | undefined): void {
    clearTimeout(this.#timer);
    this.#asked = false;
    this.#waiting.shift()?.settle(page);
    this.#askNext();
  }
}

/** Whether a page can be the answer to that question: nobody else's is taken for it. */
function answers(page: Frame<"replay">, { epoch, since, before }: PageQuery): boolean {
  if (page.inbox) return false;
  if (!page.recovered) return since !== undefined || epoch !== undefined;
  if (epoch !== undefined && page.epoch !== epoch) return false;
  const { from = 1, to = 0 } = page;
  if (from > to + 1) return false;
  if (since !== undefined) return from <= since + 1;
  return before === undefined || to < before;
}
