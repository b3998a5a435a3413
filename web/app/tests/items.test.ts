import type { Entry, Message, Quiet } from "@hcchat/client";
import { describe, expect, it } from "vitest";
import { earlier, later, tint, toRows, windowSize } from "../src/store/items.ts";

const noon = new Date(2026, 5, 1, 12).getTime();
let seq = 1;

const said = (nick: string, minutes: number, more: Partial<Message> = {}): Entry & { type: "message" } => {
  const place = { epoch: "e", seq: seq++ };
  const message: Message = {
    key: `m${place.seq}`,
    kind: "text",
    nick,
    text: "x",
    security: "encrypted",
    time: noon + minutes * 60_000,
    own: false,
    place,
    ...more,
  };
  return { type: "message", id: place.seq, place, arrival: 0, message };
};
const quiet = (what: Quiet, minutes: number): Entry => ({
  type: "quiet",
  id: seq,
  place: { epoch: "e", seq: seq++ },
  arrival: 1,
  time: noon + minutes * 60_000,
  quiet: what,
});

const shape = (items: Entry[], divider?: string) =>
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

  it("tells in one word that somebody left and came back at once, however often", () => {
    const told = (...all: [string, "joined" | "left", number][]) => {
      const rows = toRows(all.map(([nick, kind, minutes]) => quiet({ kind, nick }, minutes)));
      return rows
        .flatMap((row) => (row.type === "quiet" ? row.quiets : []))
        .map((one) => ("nick" in one ? `${one.nick} ${one.kind}` : one.kind));
    };
    expect(told(["A", "left", 0], ["B", "left", 0], ["A", "joined", 0.5])).toEqual(["B left", "A returned"]);
    const twice = [0, 2].flatMap((at): [string, "joined" | "left", number][] => [
      ["A", "left", at],
      ["A", "joined", at + 0.5],
    ]);
    expect(told(...twice, ["A", "left", 9])).toEqual(["A returned", "A left"]);
    expect(told(["A", "left", 0], ["A", "joined", 5])).toEqual(["A left", "A joined"]);
    expect(told(["A", "joined", 0], ["A", "left", 0.5])).toEqual(["A joined", "A left"]);
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
    expect(shape(items, items[1]!.message.key)).toEqual(["day", "Ann×1", "unread", "Ann×1", "day", "Ann×1"]);
  });

  it("keeps the key of a row while messages are added to it", () => {
    const items = [said("Ann", 0), said("Ann", 1)];
    expect(toRows(items).at(-1)!.key).toBe(toRows(items.slice(0, 1)).at(-1)!.key);
  });

  it("begins a new row at every fiftieth place, so that a moving window redraws little", () => {
    const items = Array.from({ length: 120 }, () => said("Ann", 0));
    const groups = toRows(items).filter(({ type }) => type === "group");
    for (const row of groups.slice(1)) expect(row.type === "group" && row.first.place!.seq % 50).toBe(0);
  });

  it("shows where something lacks", () => {
    const gap: Entry = {
      type: "gap",
      id: 0,
      place: { epoch: "e", seq: 1.5 },
      arrival: 0,
      gap: { state: "open", top: false, newer: { epoch: "e", seq: 2 } },
    };
    expect(shape([said("Ann", 0), gap, said("Ann", 0)])).toEqual(["day", "Ann×1", "gap", "Ann×1"]);
  });
});

describe("the window over a long list", () => {
  it("walks to the beginning and back without passing an edge", () => {
    let from = 1_000 - windowSize;
    for (let i = 0; i < 20; i++) from = earlier(from);
    expect(from).toBe(0);
    for (let i = 0; i < 20; i++) from = later(from, 1_000);
    expect(from).toBe(1_000 - windowSize);
    expect(later(0, 50)).toBe(0);
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
