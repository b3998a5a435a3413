import { Emitter, type CallDesk, type OngoingCall } from "@hcchat/client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Rekeying } from "../src/calls/rekeying.ts";
import type { OpenRoom } from "../src/store/openRoom.ts";

const hour = 3_600_000;
const call = { id: "call" } as OngoingCall;

/** Somebody in a call with others, and which epochs they say. */
function enter(identity: string, others: string[], epoch: number) {
  const said: number[] = [];
  const events: CallDesk["events"] = new Emitter();
  const state = { epoch };
  const change = (to: number) => {
    state.epoch = to;
    events.emit("rekey", { callId: call.id, epoch: to });
  };
  const rekey = (_: string, to: number) => {
    said.push(to);
    if (to > state.epoch) change(to);
    return Promise.resolve({ ok: true });
  };
  const desk = { events, epochOf: () => state.epoch, rekey } as unknown as CallDesk;
  const room = { room: { events: new Emitter() } } as unknown as OpenRoom;
  const rekeying = new Rekeying(room, desk, call, { identity, others: () => others, key: () => {} });
  const come = (one: string) => {
    others.push(one);
    rekeying.came(one);
  };
  return { said, change, come, asked: () => events.emit("outdated", { callId: call.id }) };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("one of those in a call", () => {
  test("tells whoever comes the keys, although the newcomer is the first of them from now on", () => {
    const [bob, cat] = [enter("bob", ["cat"], 3), enter("cat", ["bob"], 3)];
    for (const one of [bob, cat]) one.come("ann");
    expect([bob.said, cat.said]).toEqual([[3], []]);
    // The next change is heard by all, and then it is theirs.
    bob.change(4);
    bob.come("dan");
    expect(bob.said).toEqual([3]);
  });

  test("changes them for whoever does not know the present ones, though not again and again", () => {
    const bob = enter("bob", ["ann", "cat"], 0);
    bob.asked();
    expect(bob.said).toEqual([]);
    const ann = enter("ann", ["bob", "cat"], 7);
    ann.asked(); // too soon to be more than chance
    vi.advanceTimersByTime(5_000);
    ann.asked();
    ann.asked();
    expect(ann.said).toEqual([8]);
  });

  test("changes them after eight hours, and the others when the first one has not", () => {
    const [ann, bob] = [enter("ann", ["bob"], 0), enter("bob", ["ann"], 0)];
    vi.advanceTimersByTime(8 * hour);
    expect([ann.said, bob.said]).toEqual([[1], []]);
    vi.advanceTimersByTime(300_000);
    expect([ann.said, bob.said]).toEqual([[1], [1]]);
  });
});
