import { signal } from "@preact/signals";
import type { CallDesk, OngoingCall, Refusal, Result } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { answer } from "./answered.ts";
import type { Choice } from "./choice.ts";
import type { LiveCall } from "./live-call.ts";

/** How long a call rings, ms. */
export const ringing = 60_000;

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
  /** One is on the way in. */
  readonly entering = signal(false);
  /** Why one is not in. */
  readonly problem = signal<Refusal | undefined>(undefined);
  /** The call that one does not want to come into. */
  readonly declined = signal<string | undefined>(undefined);
  readonly #opened: OpenRoom;
  readonly #desk: Promise<CallDesk>;
  /** Counts the ways in, so that one that was given up leads nowhere. */
  #tries = 0;

  private constructor(opened: OpenRoom) {
    this.#opened = opened;
    this.#desk = opened.room.calls.open();
    void this.#desk.then(
      (desk) => {
        const tell = () => {
          this.call.value = desk.current.value;
          this.refused.value = desk.refused.value;
        };
        desk.current.subscribe(tell);
        desk.refused.subscribe(tell);
        tell();
      },
      () => rooms.delete(opened), // no connection: the next time
    );
  }

  get desk(): Promise<CallDesk> {
    return this.#desk;
  }

  /** Comes into the call, and begins one where there is none. */
  async enter(choice: Choice): Promise<void> {
    const ours = ++this.#tries;
    this.problem.value = undefined;
    this.entering.value = true;
    const entered = await this.#enter(choice).catch((error: unknown): Result<LiveCall> => {
      return { ok: false, refusal: { code: "call_failed", text: String((error as Error)?.name ?? error) } };
    });
    if (ours !== this.#tries) return void (entered.ok && entered.value.leave());
    this.entering.value = false;
    if (!entered.ok) return void (this.problem.value = entered.refusal);
    const live = entered.value;
    answer(live.id);
    this.live.value = live;
    live.onOver = (why) => {
      if (this.live.peek() === live) this.leave();
      this.problem.value = why;
    };
    this.#opened.calling.value = true;
  }

  /** Goes. The call goes on while somebody is in it. */
  leave(): void {
    this.#tries++;
    this.entering.value = false;
    this.#opened.calling.value = false;
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

  async #enter(choice: Choice): Promise<Result<LiveCall>> {
    const [desk, { LiveCall }] = await Promise.all([this.#desk, import("./live.ts")]);
    if (!desk.current.value) {
      const begun = await desk.begin(choice.camera);
      if (!begun.ok && begun.refusal.code !== "call_running") return begun;
    }
    const call = desk.current.value;
    if (!call) return { ok: false, refusal: { code: "call_unbelieved", text: "That call could not be opened." } };
    const seat = await desk.seat();
    return seat.ok ? LiveCall.enter(this.#opened, desk, call, seat.value, choice) : seat;
  }
}
