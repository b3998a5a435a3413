import type { CallDesk, OngoingCall } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";

/** Keys are changed after that time, ms. */
const longest = 8 * 3_600_000;
/** Then not only the first of those in the call changes them, ms. */
const grace = 300_000;
/** Between changes that others have asked for, ms. */
const pause = 5_000;
/** How often it is looked whether it is time, ms. */
const interval = 60_000;
/** One's own frames change over so long after the key was announced, that the others have it. ms */
const head = 1_000;

/** What changes of keys need of a call. */
interface Owner {
  identity: string;
  others(): string[];
  /** Makes somebody's key anew. */
  key(identity: string): void;
}

/** Sees to it that the keys of a call are changed, and follows those who change them (spec/crypto.md §8). */
export class Rekeying {
  readonly #desk: CallDesk;
  readonly #call: OngoingCall;
  readonly #owner: Owner;
  readonly #ends: (() => void)[] = [];
  /** Who has come since the keys changed last: they may not know of it. */
  readonly #late = new Set<string>();
  #since = Date.now();
  #own: ReturnType<typeof setTimeout> | undefined;

  constructor(opened: OpenRoom, desk: CallDesk, call: OngoingCall, owner: Owner) {
    [this.#desk, this.#call, this.#owner] = [desk, call, owner];
    const { events } = opened.room;
    const isDue = () => Date.now() - this.#since >= (this.#isFirst() ? longest : longest + grace);
    const timer = setInterval(() => isDue() && this.#next(), interval);
    this.#ends.push(
      () => clearInterval(timer),
      () => clearTimeout(this.#own),
      desk.events.on("rekey", ({ callId }) => callId === call.id && this.#follow()),
      desk.events.on("outdated", ({ callId }) => callId === call.id && this.#answer()),
      events.on("putOut", () => this.#next()),
      events.on("banned", ({ muted }) => !muted && this.#next()),
    );
  }

  /** Somebody came, who has not heard of earlier changes. */
  came(identity: string): void {
    const epoch = this.#desk.epochOf(this.#call.id);
    if (epoch === 0) return;
    this.#late.add(identity);
    if (this.#isFirst()) void this.#desk.rekey(this.#call.id, epoch);
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** One of those in the call speaks for all of them: of those who know its keys, for somebody who has just come does not. */
  #isFirst(): boolean {
    return this.#owner.others().every((other) => this.#late.has(other) || this.#owner.identity < other);
  }

  /** Whoever said an epoch of before came later and wants other keys. */
  #answer(): void {
    if (this.#isFirst() && Date.now() - this.#since >= pause) this.#next();
  }

  #next(): void {
    void this.#desk.rekey(this.#call.id, this.#desk.epochOf(this.#call.id) + 1);
  }

  #follow(): void {
    this.#since = Date.now();
    this.#late.clear();
    for (const other of this.#owner.others()) this.#owner.key(other);
    clearTimeout(this.#own);
    this.#own = setTimeout(() => this.#owner.key(this.#owner.identity), head);
  }
}
