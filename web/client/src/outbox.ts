import type { Amendment } from "./amendments.ts";
import type { Bytes } from "./crypto/bytes.ts";
import type { Kept, OutboxLog } from "./outbox-log.ts";
import type { Sendable } from "./protocol/frames.ts";
import { isTemporary } from "./refusals.ts";
import type { Message, Place, Refusal } from "./types.ts";

/** How often a message that came too fast goes again by itself. */
const maxTries = 5;
/** Most messages on their way at a time. When more wait they go one by one: so order holds, and a refusal stays a single one. */
const maxBurst = 8;
/** Least time between two messages after a refusal for the moment, ms: what the server takes lastingly of short ones. */
const leastPace = 600;
/** Longest such time that is learned from further refusals, ms. */
const mostPace = 2_000;
/** Wait after a refusal for the moment that names no time, ms, and the longest one. */
const defaultRest = 2_000;
const longestRest = 60_000;
/** Own messages remembered for recognising their echo. */
const maxOwn = 10_000;

/** What goes out: a message, or something that changes one or the room. */
export type Sending = { message: Message } | { amendment: Amendment } | { timer: number };

/** Something of one's own on its way. */
export interface Outgoing {
  mid: string;
  /** When it was made, ms since 1970. */
  time: number;
  sending: Sending;
  /** Makes the frame: the same one each time, so that a repeat is a repeat. Given the cipher's envelope in an encrypted room. */
  frame(text: string): Sendable;
  /** After which time it disappears; of what is new here. */
  timed?: { ttl?: number };
  /** The text for a plain room, or the content to seal. */
  body: { plain: string } | { content: Bytes };
  /** The frame as made. */
  ready?: Sendable;
  /** Settles when it is made and lies on the device. */
  prepared?: Promise<Sendable>;
  /** Whether it went out on the present connection. */
  written: boolean;
  /** Refusals for the moment so far. */
  tries: number;
}

/** What an outbox needs of its room. */
export interface OutboxOwner {
  /** Whether frames may go out now: connected and joined. */
  canSend(): boolean;
  /** Whether the key is there. */
  canSeal(): boolean;
  seal(content: Bytes): Promise<string>;
  send(frame: Sendable): boolean;
  /** The server has it. @param time server clock, ms since 1970 */
  sent(outgoing: Outgoing, place: Place | undefined, time: number | undefined): void;
  /** @param lasting whether it will not go out by itself another time either */
  failed(outgoing: Outgoing, failure: Refusal, lasting: boolean): void;
  /** A failed one goes again. */
  retried(outgoing: Outgoing): void;
  /** The server cannot take anything at present, or can again. */
  stalled(why: Refusal | undefined): void;
  /** Where what waits is kept. Without it, it lives as long as the page. */
  log: OutboxLog | undefined;
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

  /** Whether it is still here, waiting or failed. */
  holds(mid: string): boolean {
    return this.#waiting.has(mid) || this.#failed.has(mid);
  }

  /** Takes a message in; its state is `sending`. */
  add(outgoing: Outgoing): void {
    this.#remember(outgoing.mid);
    this.#owner.log?.reserve(outgoing.mid, outgoing.time);
    this.#waiting.set(outgoing.mid, outgoing);
    if (this.#owner.canSeal()) this.#prepare(outgoing).catch(() => undefined); // the failure shows when its turn comes
    void this.flush();
  }

  /** Takes in what an earlier page has left; it goes before everything else. */
  restore(left: readonly { outgoing: Outgoing; failure?: Refusal }[]): void {
    const later = [...this.#waiting];
    this.#waiting.clear();
    for (const { outgoing, failure } of left) {
      this.#remember(outgoing.mid);
      (failure ? this.#failed : this.#waiting).set(outgoing.mid, outgoing);
    }
    for (const [mid, outgoing] of later) this.#waiting.set(mid, outgoing);
    void this.flush();
  }

  /** The room's time turned out to be another than what has not gone out yet says. @param change makes it say so */
  retime(change: (outgoing: Outgoing) => boolean): void {
    for (const outgoing of this.#waiting.values()) {
      if (outgoing.written || !outgoing.timed || !change(outgoing)) continue;
      if (!outgoing.prepared) continue;
      // After the one before, which lies on the device until then.
      outgoing.prepared = outgoing.prepared.catch(() => undefined).then(() => this.#make(outgoing));
      outgoing.prepared.catch(() => undefined); // the failure shows when its turn comes
    }
  }

  /** Gives a message up. @returns whether it was here */
  discard(mid: string): boolean {
    const known = this.#failed.delete(mid) || this.#waiting.has(mid);
    if (this.#waiting.has(mid)) this.#done(mid);
    if (known) this.#forget(mid);
    return known;
  }

  /** Sends a failed message again, as it was. */
  retry(mid: string): void {
    const outgoing = this.#failed.get(mid);
    if (!outgoing) return;
    this.#failed.delete(mid);
    outgoing.written = false;
    outgoing.tries = 0;
    this.#waiting.set(mid, outgoing);
    this.#keep(outgoing);
    this.#owner.retried(outgoing);
    void this.flush();
  }

  /** The server has it: it was acknowledged, or its own copy came. @param time server clock, ms since 1970 */
  acknowledged(mid: string, place: Place | undefined, time: number | undefined): void {
    const outgoing = this.#waiting.get(mid) ?? this.#failed.get(mid);
    if (!outgoing) return;
    this.#failed.delete(mid);
    if (this.#waiting.has(mid)) this.#done(mid);
    this.#forget(mid);
    this.#owner.stalled(undefined);
    this.#owner.sent(outgoing, place, time);
  }

  /** The server refused it. When it says for how long, the message goes again by itself, and what follows waits for it. */
  refused(mid: string, failure: Refusal): void {
    const outgoing = this.#waiting.get(mid);
    if (!outgoing) return;
    const { code, retryAfterMs } = failure;
    // The disk may be full for hours, and nothing is wrong with the message.
    const lasting = code === "unavailable" || code === "storage_full";
    if (retryAfterMs === undefined && !isTemporary(code)) return this.#fail(outgoing, failure, true);
    if (!lasting && outgoing.tries >= maxTries) return this.#fail(outgoing, failure, true);
    outgoing.written = false;
    if (lasting) {
      this.#owner.stalled(failure);
      return this.#rest(Math.min((retryAfterMs ?? defaultRest) * 2 ** outgoing.tries++, longestRest));
    }
    if (code === "slow") this.#owner.stalled(failure); // it may take an hour
    if (this.#limitedAt === undefined) {
      this.#limitedAt = Date.now();
      this.#pace = leastPace;
    } else if (this.#sentAt > this.#limitedAt) {
      // It went out at the pace, and that was too fast by so much.
      this.#pace = Math.min(this.#pace + (retryAfterMs ?? 0), mostPace);
    }
    // Doubled each time: asking itself is charged for, and must not keep the limiter full.
    this.#rest((retryAfterMs ?? defaultRest) * 2 ** outgoing.tries++);
  }

  /** Nothing that is still here will go out from this page; what lies on the device waits for the next. */
  refuseAll(failure: Refusal): void {
    clearTimeout(this.#pause);
    for (const outgoing of this.#waiting.values()) this.#fail(outgoing, failure, false);
    this.#owner.log?.close();
  }

  /** The connection is gone: what was not acknowledged must go again. */
  lost(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    for (const outgoing of this.#waiting.values()) outgoing.written = false;
  }

  /** What the server refused for now may be taken already. */
  wake(): void {
    clearTimeout(this.#pause);
    this.#pause = undefined;
    void this.flush();
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
    let frame: Sendable;
    try {
      frame = await (outgoing.prepared ?? outgoing.ready ?? this.#prepare(outgoing));
    } catch {
      delete outgoing.prepared;
      // Never in clear instead.
      this.#fail(outgoing, { code: "E_RESOURCE", text: "The message could not be encrypted." }, false);
      return true;
    }
    if (!this.#waiting.has(outgoing.mid)) return true; // given up meanwhile
    outgoing.written = this.#owner.canSend() && this.#owner.send(frame);
    this.#sentAt = Date.now();
    return outgoing.written;
  }

  /** Makes the frame and keeps it: before it goes out for the first time it lies on the device. */
  #prepare(outgoing: Outgoing): Promise<Sendable> {
    return (outgoing.prepared ??= this.#make(outgoing));
  }

  async #make(outgoing: Outgoing): Promise<Sendable> {
    const { body } = outgoing;
    const made = outgoing.frame("plain" in body ? body.plain : await this.#owner.seal(body.content));
    await this.#owner.log?.put({ frame: made, time: outgoing.time }).catch(() => undefined); // no storage: as long as the page
    if (!this.#waiting.has(outgoing.mid) && !this.#failed.has(outgoing.mid)) this.#forget(outgoing.mid); // given up
    return (outgoing.ready = made);
  }

  #keep({ ready, time }: Outgoing, failure?: Refusal): void {
    if (!ready) return;
    const kept: Kept = failure ? { frame: ready, time, failure } : { frame: ready, time };
    void this.#owner.log?.put(kept).catch(() => undefined);
  }

  #forget(mid: string): void {
    void this.#owner.log?.delete(mid).catch(() => undefined);
  }

  #remember(mid: string): void {
    this.#own.add(mid);
    for (const oldest of this.#own) {
      if (this.#own.size <= maxOwn) break;
      this.#own.delete(oldest);
    }
  }

  #done(mid: string): void {
    this.#waiting.delete(mid);
    if (this.#waiting.size === 0) this.#limitedAt = undefined;
    else if (!this.limited) void this.flush();
    else if (!this.#pause) this.#rest(this.#sentAt + this.#pace - Date.now());
  }

  /** @param lasting whether it is kept as failed, too */
  #fail(outgoing: Outgoing, failure: Refusal, lasting: boolean): void {
    this.#done(outgoing.mid);
    this.#failed.set(outgoing.mid, outgoing);
    if (lasting) this.#keep(outgoing, failure);
    this.#owner.failed(outgoing, failure, lasting);
  }
}
