import type { Message } from "@hcchat/client";
import { describe, expect, it } from "vitest";
import { earlier, later, tail, tint, toRows, windowSize, type Item, type Quiet } from "../src/store/items.ts";

const noon = new Date(2026, 5, 1, 12).getTime();
let seq = 1;

const said = (nick: string, minutes: number, more: Partial<Message> = {}): Item => {
  const message: Message = {
    key: `m${seq}`,
    kind: "text",
    nick,
    text: "x",
    security: "encrypted",
    time: noon + minutes * 60_000,
    own: false,
    ...more,
  };
  return { type: "message", seq: seq++, time: message.time, message };
};
const quiet = (what: Quiet, minutes: number): Item => ({
  type: "quiet",
  seq: seq++,
  time: noon + minutes * 60_000,
  quiet: what,
});

const shape = (items: Item[], divider?: number) =>
  toRows(items, divider).map((row) =>
    row.type === "group"
      ? `${row.first.nick}×${row.messages.length}`
      : row.type === "quiet"
        ? `quiet×${row.quiets.length}`
        : row.type,
  );

describe("the timeline", () => {
  it("gathers what one person writes within five minutes", () => {
    expect(shape([said("Ann", 0), said("Ann", 4), said("Ann", 6), said("Bob", 6)])).toEqual([
      "day",
      "Ann×2",
      "Ann×1",
      "Bob×1",
    ]);
  });

  it("never gathers messages that are to be trusted differently", () => {
    expect(
      shape([said("Ann", 0), said("Ann", 0, { security: "not_encrypted" }), said("Ann", 0, { userid: 7 })]),
    ).toEqual(["day", "Ann×1", "Ann×1", "Ann×1"]);
  });

  it("keeps whispers and emotes by themselves", () => {
    expect(
      shape([
        said("Ann", 0),
        said("Ann", 0, { kind: "whisper" }),
        said("Ann", 0, { kind: "whisper" }),
        said("Ann", 0, { kind: "emote" }),
      ]),
    ).toEqual(["day", "Ann×1", "Ann×1", "Ann×1", "Ann×1"]);
  });

  it("puts comings and goings in a row on one line, and other notices on their own", () => {
    const items = [
      quiet({ kind: "joined", nick: "A" }, 0),
      quiet({ kind: "left", nick: "A" }, 1),
      quiet({ kind: "missing", nick: "A", count: 2 }, 2),
      said("B", 3),
    ];
    expect(shape(items)).toEqual(["day", "quiet×2", "quiet×1", "B×1"]);
  });

  it("begins each day and marks where the unread begins", () => {
    const items = [said("Ann", 0), said("Ann", 1), said("Ann", 24 * 60)];
    expect(shape(items, items[1]!.seq)).toEqual(["day", "Ann×1", "unread", "Ann×1", "day", "Ann×1"]);
  });

  it("keeps the key of a row while messages are added to it", () => {
    const items = [said("Ann", 0), said("Ann", 1)];
    expect(toRows(items).at(-1)!.key).toBe(toRows(items.slice(0, 1)).at(-1)!.key);
  });
});

describe("the window over a long list", () => {
  it("shows the end, at most two hundred", () => {
    expect(tail(0, 50)).toEqual({ from: 0, to: 50 });
    expect(tail(1_000, 6_000)).toEqual({ from: 6_000 - windowSize, to: 6_000 });
  });

  it("walks to the beginning and back without growing or passing an edge", () => {
    let slice = tail(100, 1_000);
    for (let i = 0; i < 20; i++) {
      slice = earlier(slice, 100);
      expect(slice.to - slice.from).toBeLessThanOrEqual(windowSize);
    }
    expect(slice).toEqual({ from: 100, to: 100 + windowSize });
    for (let i = 0; i < 20; i++) {
      slice = later(slice, 1_000);
      expect(slice.to - slice.from).toBeLessThanOrEqual(windowSize);
    }
    expect(slice).toEqual(tail(100, 1_000));
  });
});

describe("a person’s colour", () => {
  it("follows the one the person chose", () => {
    expect(tint({ nick: "a", color: "ff0000" }).hue).toBe(29);
    expect(tint({ nick: "a", color: "808080" }).grey).toBe(true);
  });

  it("is otherwise steady for a nick and within the wheel", () => {
    for (const nick of ["a", "小明", "👋", "x".repeat(24)]) {
      const { hue } = tint({ nick, color: "not a colour" });
      expect(hue).toBe(tint({ nick }).hue);
      expect(hue).toBeGreaterThanOrEqual(0);
      expect(hue).toBeLessThan(360);
    }
  });
});
