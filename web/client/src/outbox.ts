import type { Bytes } from "./crypto/bytes.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import type { Message, Refusal } from "./types.ts";

/** How often a message that the server refused for the moment goes again by itself. */
const maxTries = 5;
/** Most messages on their way at a time. When more wait they go one by one: so order holds, and a refusal stays a single one. */
const maxBurst = 8;
/** Least time between two messages after a refusal for the moment, ms: what the server takes lastingly of short ones. */
const leastPace = 600;
/** Longest such time that is learned from further refusals, ms. */
const mostPace = 2_000;
/** Own messages remembered for recognising their echo. */
const maxOwn = 10_000;

/** An own message on its way. */
export interface Outgoing {
  /** As it is shown; replaced when its state changes. */
  message: Message;
  /** Makes the frame: the same one each time, so that a repeat is a repeat. Given the cipher's envelope in an encrypted room. */
  frame(text: string): ClientFrame;
  /** The text for a plain room, or the content to seal. */
  body: { plain: string } | { content: Bytes };
  /** The frame as made. */
  ready?: ClientFrame;
  /** Whether it went out on the present connection. */
  written: boolean;
  /** Refusals for the moment so far. */
  tries: number;
}

/** What an outbox needs of its room. */
export interface OutboxOwner {
  /** Whether frames may go out now: connected and joined. */
  canSend(): boolean;
  seal(content: Bytes): Promise<string>;
  send(frame: ClientFrame): boolean;
  /** A message changed its state. */
  changed(message: Message): void;
}

/**
 * One's own messages until the server has acknowledged them. They go out in order, and again on each new connection under
 * the same `mid`, until an `ack` or a `nack` comes: so a message is neither lost nor doubled.
 */
export class Outbox {
  readonly #owner: OutboxOwner;
  readonly #waiting = new Map<string, Outgoing>();
  readonly #failed = new Map<string, Outgoing>();
  readonly #own = new Set<string>();
  #pumping = false;
  #pause: ReturnType<typeof setTimeout> | undefined;
  /** The first refusal for the moment, ms since 1970. From then on one message at a time, at `#pace`, until all are through. */
  #limitedAt: number | undefined;
  /** Time between two messages while limited, ms. */
  #pace = leastPace;
  #sentAt = 0;

  constructor(owner: OutboxOwner) {
    this.#owner = owner;
  }

  /** Whether the server found us too fast and something still waits for that. */
  get limited(): boolean {
    return this.#limitedAt !== undefined;
  }

  /** Whether the message of that `mid` is ours. */
  isOwn(mid: string): boolean {
    return this.#own.has(mid);
  }

  /** Takes a message in; its state is `sending`. */
  add(outgoing: Outgoing): void {
    const { key } = outgoing.message;
    this.#own.add(key);
    for (const oldest of this.#own) {
      if (this.#own.size <= maxOwn) break;
      this.#own.delete(oldest);
    }
    this.#waiting.set(key, outgoing);
    void this.flush();
  }

  /** Sends a failed message again, as it was. */
  retry(mid: string): void {
    const outgoing = this.#failed.get(mid);
    if (!outgoing) return;
    this.#failed.delete(mid);
    const { failure: _, ...message } = outgoing.message;
    outgoing.message = { ...message, state: "sending" };
    outgoing.written = false;
    outgoing.tries = 0;
    this.#waiting.set(mid, outgoing);
    this.#owner.changed(outgoing.message);
    void this.flush();
  }

  /** The server has it. @param time server clock, ms since 1970 */
  acknowledged(mid: string, time: number | undefined): void {
    const outgoing = this.#waiting.get(mid);
    if (!outgoing) return;
    this.#done(mid);
    this.#owner.changed({ ...outgoing.message, state: "sent", time: time ?? outgoing.message.time });
  }

  /** The server refused it. When it says for how long, the message goes again by itself, and what follows waits for it. */
  refused(mid: string, failure: Refusal): void {
    const outgoing = this.#waiting.get(mid);
    if (!outgoing) return;
    const { retryAfterMs } = failure;
    if (retryAfterMs === undefined || outgoing.tries >= maxTries) return this.#fail(outgoing, failure);
    outgoing.written = false;
    if (this.#limitedAt === undefined) {
      this.#limitedAt = Date.now();
      this.#pace = leastPace;
    } else if (this.#sentAt > this.#limitedAt) {
      // It went out at the pace, and that was too fast by so much.
      this.#pace = Math.min(this.#pace + retryAfterMs, mostPace);
    }
    // Doubled each time: asking itself is charged for, and must not keep the limiter full.
    this.#rest(retryAfterMs * 2 ** outgoing.tries++);
  }

  /** Nothing that is still here will go out. */
  refuseAll(failure: Refusal): void {
    clearTimeout(this.#pause);
    for (const outgoing of this.#waiting.values()) this.#fail(outgoing, failure);
  }

  /** The connection is gone: what was not acknowledged must go again. */
  lost(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    for (const outgoing of this.#waiting.values()) outgoing.written = false;
  }

  /** Sends what can be sent, in order. */
  async flush(): Promise<void> {
    if (this.#pumping || this.#pause) return; // the running loop sees what was added
    this.#pumping = true;
    try {
      // Looked for anew each time: a lost connection may have put earlier ones back.
      for (let next = this.#next(); next && !this.#pause && this.#owner.canSend(); next = this.#next()) {
        if (!(await this.#write(next))) return;
      }
    } finally {
      this.#pumping = false;
    }
  }

  /** @param time ms */
  #rest(time: number): void {
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      void this.flush();
    }, time);
  }

  #next(): Outgoing | undefined {
    const single = this.limited || this.#waiting.size > maxBurst;
    for (const outgoing of this.#waiting.values()) {
      if (!outgoing.written) return outgoing;
      if (single) return undefined;
    }
    return undefined;
  }

  /** @returns whether the next one may follow. */
  async #write(outgoing: Outgoing): Promise<boolean> {
    const { body } = outgoing;
    try {
      outgoing.ready ??= outgoing.frame("plain" in body ? body.plain : await this.#owner.seal(body.content));
    } catch {
      // Never in clear instead.
      this.#fail(outgoing, { code: "E_RESOURCE", text: "The message could not be encrypted." });
      return true;
    }
    outgoing.written = this.#owner.canSend() && this.#owner.send(outgoing.ready);
    this.#sentAt = Date.now();
    return outgoing.written;
  }

  #done(mid: string): void {
    this.#waiting.delete(mid);
    if (this.#waiting.size === 0) this.#limitedAt = undefined;
    else if (!this.limited) void this.flush();
    else if (!this.#pause) this.#rest(this.#sentAt + this.#pace - Date.now());
  }

  #fail(outgoing: Outgoing, failure: Refusal): void {
    const { key } = outgoing.message;
    this.#done(key);
    this.#failed.set(key, outgoing);
    outgoing.message = { ...outgoing.message, state: "failed", failure };
    this.#owner.changed(outgoing.message);
  }
}
