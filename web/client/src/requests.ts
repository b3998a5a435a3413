import { newId } from "./crypto/content.ts";
import type { Asked, ClientFrame, ServerFrame } from "./protocol/frames.ts";
import { refuse } from "./refusals.ts";
import type { Refusal, Result } from "./types.ts";

/** How long the server may take to answer, ms: longer than its probe of a silent nick holder. */
const answerTimeout = 10_000;

/** What a frame has of the answer to a question; `undefined` when it is none. */
export type Answer<T> = (frame: ServerFrame) => T | undefined;

interface Waiting {
  mid: string;
  read: Answer<unknown>;
  settle(result: Result<unknown>): void;
}

/** Questions to the server. A refusal comes with their number; an answer is known by what it says (spec/protocol.md). */
export class Requests {
  readonly #send: (frame: ClientFrame) => boolean;
  #waiting: Waiting[] = [];

  /** @param send whether it could be asked now */
  constructor(send: (frame: ClientFrame) => boolean) {
    this.#send = send;
  }

  /** Asks, and gives the answer. Refused also with `offline` and `timeout`. @param mid of what is a message besides */
  async ask<T>(frame: Asked, read: Answer<T>, mid = newId()): Promise<Result<T>> {
    if (!this.#send({ ...frame, mid })) return refuse("offline");
    return new Promise((resolve) => {
      const settle = (result: Result<unknown>) => {
        clearTimeout(timer);
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        resolve(result as Result<T>);
      };
      const timer = setTimeout(() => settle(refuse("timeout")), answerTimeout);
      const waiting: Waiting = { mid, read, settle };
      this.#waiting.push(waiting);
    });
  }

  /** A frame that may be an answer, to the question that was asked first. */
  heard(frame: ServerFrame): void {
    for (const { read, settle } of this.#waiting) {
      const value = read(frame);
      if (value !== undefined) return settle({ ok: true, value });
    }
  }

  /** The server refused something. @returns whether it was a question of ours */
  refused(mid: string, why: Refusal): boolean {
    const found = this.#waiting.find((waiting) => waiting.mid === mid);
    found?.settle({ ok: false, refusal: why });
    return found !== undefined;
  }

  /** None of them will be answered. */
  refuseAll(why: Refusal): void {
    for (const waiting of this.#waiting) waiting.settle({ ok: false, refusal: why });
  }
}
