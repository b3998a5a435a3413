import type { ClientFrame } from "./protocol/frames.ts";
import { refusal, refuse } from "./refusals.ts";
import type { Refusal, Result } from "./types.ts";

/** What may be asked for. Refusals carry the word in their code (`nick_taken`, `rate_color`). */
type Subject = "nick" | "color" | "history" | "room";

/** How long the server may take to answer, ms: longer than its probe of a silent nick holder. */
const answerTimeout = 10_000;

interface Waiting {
  about: Subject;
  settle(result: Result): void;
}

/** Requests whose answer carries no number of theirs: answers come in the order of asking. */
export class Requests {
  readonly #send: (frame: ClientFrame) => boolean;
  #waiting: Waiting[] = [];

  /** @param send whether it could be asked now */
  constructor(send: (frame: ClientFrame) => boolean) {
    this.#send = send;
  }

  /** Asks, and gives the answer. */
  async ask(about: Subject, frame: ClientFrame): Promise<Result> {
    if (!this.#send(frame)) return refuse("offline");
    return new Promise((resolve) => {
      const settle = (result: Result) => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve(result);
      };
      const timer = setTimeout(() => settle({ ok: false, refusal: refusal("timeout") }), answerTimeout);
      const waiting: Waiting = { about, settle };
      this.#waiting.push(waiting);
    });
  }

  /** What was asked for has happened. */
  granted(about: Subject): void {
    this.#waiting.find((waiting) => waiting.about === about)?.settle({ ok: true, value: undefined });
  }

  /** The server refused something. @returns whether it was a request of ours. */
  refused(why: Refusal): boolean {
    const about = (["nick", "color"] as const).find((subject) => why.code.includes(subject));
    const found = this.#waiting.find((waiting) => about === undefined || waiting.about === about);
    found?.settle({ ok: false, refusal: why });
    return found !== undefined;
  }

  /** None of them will be answered. */
  refuseAll(why: Refusal): void {
    for (const waiting of this.#waiting) waiting.settle({ ok: false, refusal: why });
  }
}
