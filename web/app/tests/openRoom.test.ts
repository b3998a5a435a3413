import { Emitter, Observable, type ChatClient, type Message, type Room, type RoomEvents } from "@hcchat/client";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { OpenRoom } from "../src/store/openRoom.ts";
import { lastNick } from "../src/store/settings.ts";

/** A room that does nothing by itself. */
function silentRoom() {
  const events = new Emitter<RoomEvents>();
  const said: string[] = [];
  const member = { userid: 7, nick: "Bob", uType: "user", level: 100, isBot: false, isme: false };
  const accepted = { ok: true, value: "key" };
  const room = {
    events,
    channel: "tea",
    encrypted: true,
    address: { channel: "tea", encrypted: true },
    state: new Observable({ kind: "joined" }),
    members: new Observable([member]),
    me: new Observable(undefined),
    title: new Observable(undefined),
    keyCheck: new Observable("unknown"),
    keyCode: new Observable(undefined),
    typing: new Observable([]),
    say: (text: string) => (said.push(text), accepted),
    emote: (text: string) => (said.push(`* ${text}`), accepted),
    whisper: (userid: number, text: string) => (said.push(`${userid}: ${text}`), accepted),
    changeNick: async () => ({ ok: false, refusal: { code: "nick_taken", text: "" } }),
    leave: () => said.push("left"),
  };
  const client = { state: new Observable({ kind: "open" }), notices: new Emitter() };
  return {
    said,
    events,
    room: room as unknown as Room,
    client: client as unknown as ChatClient,
    keyCheck: room.keyCheck,
  };
}

let count = 0;
const message = (more: Partial<Message> = {}): Message => ({
  key: `m${count++}`,
  kind: "text",
  nick: "Bob",
  text: "x",
  security: "encrypted",
  time: 0,
  own: false,
  ...more,
});

describe("an open room", () => {
  let silent: ReturnType<typeof silentRoom>;
  let opened: OpenRoom;
  beforeEach(() => {
    silent = silentRoom();
    opened = new OpenRoom(silent.client, silent.room, undefined);
  });

  it("counts what comes while nobody looks, and remembers where it began", () => {
    silent.events.emit("message", message());
    opened.attend(false);
    silent.events.emit("message", message());
    silent.events.emit("message", message());
    expect([opened.unread.value, opened.divider.value]).toEqual([2, 1]);
    opened.attend(true);
    expect([opened.unread.value, opened.divider.value]).toEqual([0, 1]);
    silent.events.emit("message", message({ own: true }));
    expect(opened.divider.value).toBeUndefined();
  });

  it("puts a new state of a message in the place of the old one", () => {
    const mine = message({ own: true, state: "sending" });
    silent.events.emit("message", mine);
    expect(opened.hasUnsent()).toBe(true);
    silent.events.emit("update", { ...mine, state: "sent" });
    expect(opened.items.value).toHaveLength(1);
    expect(opened.hasUnsent()).toBe(false);
  });

  it("tells comings, goings, renames and gaps in their order", () => {
    const bob = silent.room.members.value[0]!;
    silent.events.emit("joined", bob);
    silent.events.emit("renamed", { member: { ...bob, nick: "Robert" }, from: "Bob" });
    silent.events.emit("missing", { nick: "Robert", count: 2 });
    silent.events.emit("left", { ...bob, nick: "Robert" });
    expect(opened.items.value.map((item) => item.type === "quiet" && item.quiet.kind)).toEqual([
      "joined",
      "renamed",
      "missing",
      "left",
    ]);
  });

  it("never writes the server’s wish for a slower pace into the timeline", () => {
    vi.useFakeTimers();
    for (const code of ["limited", "rate", "rate_nick"]) {
      for (let i = 0; i < 14; i++) silent.events.emit("warn", { code, text: "slower" });
    }
    expect(opened.items.value).toEqual([]);
    expect(opened.slowed.value).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(opened.slowed.value).toBe(false);
    vi.useRealTimers();
    silent.events.emit("warn", { code: "locked", text: "No." });
    expect(opened.items.value).toHaveLength(1);
  });

  it("keeps one’s own new name for the next visit, and nobody else’s", () => {
    const bob = silent.room.members.value[0]!;
    lastNick.value = "Ann";
    silent.events.emit("renamed", { member: { ...bob, nick: "Robert" }, from: "Bob" });
    expect(lastNick.value).toBe("Ann");
    silent.events.emit("renamed", { member: { ...bob, nick: "Anna", isme: true }, from: "Ann" });
    expect(lastNick.value).toBe("Anna");
  });

  it("does what is typed, and says what went wrong", async () => {
    expect(await opened.submit("hello")).toBeUndefined();
    expect(await opened.submit("/me waves")).toBeUndefined();
    expect(await opened.submit("/whisper Bob hush")).toBeUndefined();
    expect(silent.said).toEqual(["hello", "* waves", "7: hush"]);
    expect(await opened.submit("/whisper Eve hush")).toEqual({ kind: "nobody", nick: "Eve" });
    expect(await opened.submit("/nick Bob")).toMatchObject({ kind: "refused", refusal: { code: "nick_taken" } });
    expect(await opened.submit("/dance")).toEqual({ kind: "unknown", name: "dance" });
  });

  it("warns of another key until the person decides to keep theirs", () => {
    silent.keyCheck.set("mismatch");
    expect(opened.wrongKey.value).toBe(true);
    opened.mismatchAccepted.value = true;
    expect(opened.wrongKey.value).toBe(false);
  });

  it("keeps a bounded number of items, without renumbering them", () => {
    for (let i = 0; i < 5_200; i++) silent.events.emit("message", message());
    const items = opened.items.value;
    expect(items.length).toBeLessThanOrEqual(5_000);
    expect(items.at(-1)!.seq).toBe(5_199);
    expect(items.at(-1)!.seq - items[0]!.seq).toBe(items.length - 1);
  });

  it("hears nothing more after its end", () => {
    opened.end();
    silent.events.emit("message", message());
    expect(opened.items.value).toEqual([]);
    expect(silent.said).toEqual(["left"]);
  });
});
