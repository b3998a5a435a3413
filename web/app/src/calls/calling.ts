import { signal } from "@preact/signals";
import type { CallDesk, OngoingCall, Refusal, Result } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { answer } from "./answered.ts";
import { type Choice, choice as chosen } from "./choice.ts";
import { fetchLive } from "./fetchLive.ts";
import type { LiveCall } from "./live-call.ts";
import { refuse } from "./refuse.ts";

/** How long a call rings, ms. */
export const ringing = 60_000;
/** Slow networks and busy machines need more than one try: for so long a new one is begun, ms. */
const persistence = 30_000;
/** Between two tries, ms. */
const pause = 1_000;
/** How long the first try may wait for each step, and the others, ms. */
const patience = [15_000, 30_000] as const;
/** What may be otherwise in a moment. */
const passing = new Set([
  "call_unreachable",
  "call_failed",
  "calls_away",
  "call_running",
  "call_lost",
  "timeout",
  "offline",
]);

const rooms = new WeakMap<OpenRoom, Calling>();

/** How it stands with the calls of a room: what there is, and whether one is in it. */
export class Calling {
  /** That of a room. */
  static of(opened: OpenRoom): Calling {
    const calling = rooms.get(opened) ?? new Calling(opened);
    rooms.set(opened, calling);
    return calling;
  }

  /** The call that there is. */
  readonly call = signal<OngoingCall | undefined>(undefined);
  /** The server tells of a call that is not to be believed. */
  readonly refused = signal(false);
  /** The one that one is in. */
  readonly live = signal<LiveCall | undefined>(undefined);
  /** One is on the way in: which try it is, 0 when one is not. */
  readonly entering = signal(0);
  /** Why one is not in. */
  readonly problem = signal<Refusal | undefined>(undefined);
  /** The call that one does not want to come into. */
  readonly declined = signal<string | undefined>(undefined);
  readonly #opened: OpenRoom;
  #desk: Promise<CallDesk> | undefined;
  /** Counts the ways in, so that one that was given up leads nowhere. */
  #ways = 0;

  private constructor(opened: OpenRoom) {
    this.#opened = opened;
    this.#look();
  }

  /** Fetched again when there was no connection. */
  get desk(): Promise<CallDesk> {
    if (!this.#desk) {
      this.#desk = this.#opened.room.calls.open().then((desk) => this.#follow(desk));
      this.#desk.catch(() => (this.#desk = undefined));
    }
    return this.#desk;
  }

  /** Comes into the call, and begins one where there is none. */
  async enter(choice: Choice): Promise<void> {
    const ours = ++this.#ways;
    this.problem.value = undefined;
    const entered = await this.#persist(choice, () => ours === this.#ways);
    if (ours !== this.#ways) return void (entered.ok && entered.value.leave());
    this.entering.value = 0;
    if (!entered.ok) return void (this.problem.value = entered.refusal);
    const live = entered.value;
    this.live.value = live;
    live.onOver = (why) => {
      const as = { ...chosen.peek(), ...live.wanted };
      if (this.live.peek() === live) this.leave();
      this.problem.value = why;
      if (!why) return;
      this.#opened.calling.value = "said";
      // Nobody wanted it: one comes back by oneself, and is heard and seen no more than before.
      if (why.code === "call_lost") void this.enter(as);
    };
    this.#opened.calling.value = "wanted";
  }

  /** Goes. The call goes on while somebody is in it. */
  leave(): void {
    this.#ways++;
    this.entering.value = 0;
    this.#opened.calling.value = undefined;
    const live = this.live.peek();
    this.live.value = undefined;
    if (live) this.declined.value = live.id; // whoever has just left is not rung by it
    live?.leave();
  }

  /** Does not come. */
  decline(id: string): void {
    this.declined.value = id;
    answer(id);
  }

  /** What was wrong has been read. @param again one tries once more */
  dismiss(again = false): void {
    this.problem.value = undefined;
    this.#opened.calling.value = again ? "wanted" : undefined;
  }

  #look(): void {
    this.desk.catch(() => setTimeout(() => this.#look(), pause));
  }

  #follow(desk: CallDesk): CallDesk {
    const tell = () => {
      this.call.value = desk.current.value;
      this.refused.value = desk.refused.value;
      // Whoever comes next has the keys of another call.
      const live = this.live.peek();
      if (live && live.id !== desk.current.value?.id) live.lose();
    };
    desk.current.subscribe(tell);
    desk.refused.subscribe(tell);
    tell();
    return desk;
  }

  /** Tries until one is in, or it is of no use. */
  async #persist(choice: Choice, stillWanted: () => boolean): Promise<Result<LiveCall>> {
    const until = Date.now() + persistence;
    for (let number = 1; ; number++) {
      this.entering.value = number;
      const entered = await this.#enter(choice, patience[number === 1 ? 0 : 1]).catch((error: unknown) => {
        return { ok: false, refusal: { code: "call_failed", text: String((error as Error)?.name ?? error) } } as const;
      });
      if (entered.ok || !passing.has(entered.refusal.code) || Date.now() >= until) return entered;
      await new Promise((resolve) => setTimeout(resolve, pause));
      if (!stillWanted()) return entered;
    }
  }

  async #enter(choice: Choice, patience: number): Promise<Result<LiveCall>> {
    const [desk, { LiveCall }] = await Promise.all([this.desk, fetchLive()]);
    // What is known of calls may be old news until one is in the room.
    if (this.#opened.connection.peek().kind !== "open" || this.#opened.state.peek().kind !== "joined")
      return refuse("offline");
    if (!desk.current.value) {
      const begun = desk.refused.value ? refuse("call_unbelieved") : await desk.begin(choice.camera);
      if (!begun.ok && !desk.current.value) return begun; // where there is one now, somebody else was quicker
    }
    const call = desk.current.value;
    if (!call) return refuse("call_unbelieved");
    answer(call.id); // whoever is on the way in is not rung, and has missed nothing
    const seat = await desk.seat();
    if (!seat.ok) return seat;
    const entered = await LiveCall.enter(this.#opened, desk, call, { seat: seat.value, choice, patience });
    if (!entered.ok || desk.current.value?.id === call.id) return entered;
    entered.value.leave();
    return refuse("call_lost");
  }
}
