import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Message, Timeline } from "../src/index.ts";

const epoch = "e";

function message(seq: number, more: Partial<Message> = {}): Message {
  const place = { epoch, seq };
  return {
    key: `k${seq}`,
    kind: "text",
    nick: "bob",
    text: `${seq}`,
    security: "plain",
    time: seq,
    own: false,
    place,
    ...more,
  };
}

function page(from: number, to: number, more: { begins?: { previous: string | undefined } } = {}) {
  const messages = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => message(from + i));
  return { epoch, from, to, messages, ...more };
}

function put(timeline: Timeline, { messages, ...span }: ReturnType<typeof page>): void {
  timeline.insert(messages, [span]);
}

/** What stands there: numbers of messages, `…` for gaps. */
function outline(timeline: Timeline): (number | string)[] {
  return timeline.entries.flatMap((entry): (number | string)[] => {
    if (entry.type === "message") return [entry.message.place?.seq ?? entry.message.text];
    return entry.type === "gap" ? [entry.gap.state === "start" ? "start" : "…"] : [];
  });
}

describe("a timeline", () => {
  test("puts everything into its place, and what has none where it comes", () => {
    const timeline = new Timeline();
    timeline.follow(epoch, 4);
    put(timeline, page(3, 4));
    timeline.add({ ...message(0), key: "mine", text: "mine", place: undefined } as unknown as Message);
    timeline.advance({ epoch, seq: 5 });
    timeline.add(message(5));
    put(timeline, page(1, 2, { begins: { previous: undefined } }));
    expect(outline(timeline)).toEqual(["start", 1, 2, 3, 4, "mine", 5]);
    timeline.advance({ epoch, seq: 6 });
    timeline.replace(message(6, { key: "mine" }));
    expect(outline(timeline)).toEqual(["start", 1, 2, 3, 4, 5, 6]);
  });

  test("shows what lacks until it is there, from whichever side it comes", () => {
    const timeline = new Timeline();
    put(timeline, page(1, 2, { begins: { previous: undefined } }));
    put(timeline, page(9, 10));
    expect(outline(timeline)).toEqual(["start", 1, 2, "…", 9, 10]);
    expect(timeline.spans.gaps().at(-1)).toMatchObject({ count: 6 });
    put(timeline, page(7, 8));
    put(timeline, page(3, 4));
    put(timeline, page(4, 7));
    expect(outline(timeline)).toEqual(["start", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("knows the order of epochs as they become known, and believes no circle", () => {
    const timeline = new Timeline();
    timeline.follow("c", 0);
    timeline.insert([], [{ epoch: "c", from: 1, to: 0, begins: { previous: "b" } }]);
    timeline.insert([], [{ epoch: "b", from: 1, to: 1, ends: true, begins: { previous: "a" } }]);
    expect(timeline.epochs.compare({ epoch: "a", seq: 9 }, { epoch: "b", seq: 1 })).toBeLessThan(0);
    timeline.insert([], [{ epoch: "a", from: 1, to: 9, ends: true, begins: { previous: "c" } }]);
    expect(timeline.spans.gaps().map(({ state }) => state)).toEqual(["start"]);
  });

  test("a list that is broken off again and again costs bounded memory", () => {
    const timeline = new Timeline();
    for (let i = 0; i < 600; i++) timeline.follow(`epoch ${i}`, i);
    expect(timeline.spans.gaps().length).toBeLessThanOrEqual(512);
    expect(timeline.entries.length).toBeLessThanOrEqual(512);
  });

  test("keeps a bounded number, never lets go what is being read or the end, and says what lacks then", () => {
    const dropped: string[] = [];
    const timeline = new Timeline(({ key }) => dropped.push(key));
    timeline.follow(epoch, 100_000);
    for (let to = 100_000; to > 90_000; to -= 100) {
      put(timeline, page(to - 99, to));
      timeline.read(timeline.indexOf(`k${to - 50}`));
      expect(timeline.entries.length).toBeLessThanOrEqual(2_200);
    }
    expect(timeline.find("k90001")).toBeDefined();
    expect(timeline.find("k100000")).toBeDefined();
    expect(dropped.length).toBeGreaterThan(7_000);
    const [top, middle, ...others] = timeline.spans.gaps();
    expect([top?.top, middle?.top, others]).toEqual([true, false, []]);
    // What was let go is read again from above.
    put(timeline, page(middle!.older!.seq + 1, middle!.older!.seq + 100));
    expect(timeline.find(`k${middle!.older!.seq + 1}`)).toBeDefined();
  });

  test("whatever comes in whatever order: each once, ascending, with a gap just where something lacks", () => {
    const step = fc.record({ from: fc.integer({ min: 1, max: 60 }), length: fc.nat(20) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const timeline = new Timeline();
        const here = new Set<number>();
        for (const { from, length } of steps) {
          put(timeline, page(from, from + length));
          for (let seq = from; seq <= from + length; seq++) here.add(seq);
        }
        const wanted: (number | string)[] = [];
        let last = 0;
        for (const seq of [...here].sort((a, b) => a - b)) {
          if (wanted.length === 0 || seq !== last + 1) wanted.push("…");
          wanted.push(seq);
          last = seq;
        }
        expect(outline(timeline)).toEqual(wanted);
      }),
    );
  });
});
