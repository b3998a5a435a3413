import {
  Emitter,
  Observable,
  Timeline,
  type ChatClient,
  type Message,
  type Quiet,
  type Room,
  type RoomEvents,
  type RoomInfo,
} from "@hcchat/client";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { OpenRoom } from "../src/store/openRoom.ts";
import { lastNick } from "../src/store/settings.ts";

/** A room that does nothing by itself. */
function silentRoom() {
  const events = new Emitter<RoomEvents>();
  const said: string[] = [];
  const timeline = new Timeline();
  const read: string[] = [];
  const log = {
    timeline,
    policy: new Observable(undefined),
    timer: new Observable(0),
    receipts: { version: new Observable(0) },
    pages: { loadAround: async () => false },
    locate: async () => undefined,
    markRead: (key: string) => read.push(key),
  };
  const info = new Observable<RoomInfo | undefined>(undefined);
  const member = { userid: 7, nick: "Bob", uType: "user", level: 100, isBot: false, isme: false };
  const accepted = { ok: true, value: "key" };
  const room = {
    files: { unkept: false },
    events,
    log,
    stalled: new Observable(undefined),
    settings: { info },
    knocks: { waiting: new Observable([]) },
    calls: { told: new Observable(undefined) },
    authors: { version: new Observable(0), trouble: new Observable(undefined) },
    may: () => ({ edit: true, delete: true, react: true }),
    edit: (key: string, text: string) => (said.push(`${key} → ${text}`), accepted),
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
    say: (text: string, re?: string) => (said.push(re ? `${text} ↩ ${re}` : text), accepted),
    emote: (text: string) => (said.push(`* ${text}`), accepted),
    whisper: (nick: string, text: string) =>
      nick === "Bob"
        ? (said.push(`${nick}: ${text}`), accepted)
        : { ok: false, refusal: { code: "no_such_member", text: "" } },
    changeNick: async () => ({ ok: false, refusal: { code: "nick_taken", text: "" } }),
    leave: () => said.push("left"),
  };
  const identity = { lost: new Observable(false) };
  const client = {
    state: new Observable({ kind: "open" }),
    notices: new Emitter(),
    identity,
    calls: new Observable(false),
  };
  return {
    said,
    read,
    events,
    timeline,
    room: room as unknown as Room,
    client: client as unknown as ChatClient,
    info,
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

  const hear = (one: Message) => {
    silent.timeline.add(one);
    silent.events.emit("message", one);
    return one.key;
  };
  const quiets = () =>
    silent.timeline.entries.flatMap((e): Quiet["kind"][] => (e.type === "quiet" ? [e.quiet.kind] : []));

  it("counts what comes while nobody looks, and remembers where it began", () => {
    const seen = hear(message());
    opened.attend(false);
    const first = hear(message());
    const second = hear(message());
    expect([opened.unread.value, opened.divider.value]).toEqual([2, first]);
    expect(silent.read).toEqual([seen]);
    opened.attend(true);
    expect([opened.unread.value, opened.divider.value]).toEqual([0, first]);
    expect(silent.read).toEqual([seen, second]);
    hear(message({ own: true }));
    expect(opened.divider.value).toBeUndefined();
  });

  it("asks before the page goes only where what waits would go with it", () => {
    hear(message({ own: true, state: "sending" }));
    expect(opened.hasUnsent()).toBe(true);
    Object.assign(silent.client, { durable: true });
    expect(opened.hasUnsent()).toBe(false);
    Object.assign(silent.room.files, { unkept: true });
    expect(opened.hasUnsent()).toBe(true);
  });

  it("tells comings, goings, renames and gaps in their order", () => {
    const bob = silent.room.members.value[0]!;
    silent.events.emit("joined", bob);
    silent.events.emit("renamed", { member: { ...bob, nick: "Robert" }, from: "Bob" });
    silent.events.emit("missing", { nick: "Robert", count: 2 });
    silent.events.emit("left", { ...bob, nick: "Robert" });
    expect(quiets()).toEqual(["joined", "renamed", "missing", "left"]);
  });

  it("never writes the server’s wish for a slower pace into the timeline", () => {
    vi.useFakeTimers();
    for (const code of ["limited", "rate", "rate_nick"]) {
      for (let i = 0; i < 14; i++) silent.events.emit("warn", { code, text: "slower" });
    }
    expect(quiets()).toEqual([]);
    expect(opened.slowed.value).toBe(true);
    vi.advanceTimersByTime(5_000);
    expect(opened.slowed.value).toBe(false);
    vi.useRealTimers();
    silent.events.emit("warn", { code: "locked", text: "No." });
    expect(quiets()).toEqual(["warn"]);
  });

  it("answers and edits what was chosen, and is done with it then", async () => {
    const one = message();
    opened.writing.value = { kind: "reply", message: one };
    await opened.submit("yes");
    opened.writing.value = { kind: "edit", message: one };
    await opened.submit("/me is no command here");
    await opened.submit("plain");
    expect(silent.said).toEqual([`yes ↩ ${one.key}`, `${one.key} → /me is no command here`, "plain"]);
  });

  it("brings a message into view, or says that it is not there", async () => {
    const key = hear(message());
    expect(await opened.show(key)).toBe(true);
    expect(opened.target.value).toBe(key);
    expect(await opened.show("unknown")).toBe(false);
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
    expect(silent.said).toEqual(["hello", "* waves", "Bob: hush"]);
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

  it("hears nothing more after its end", () => {
    opened.attend(false);
    opened.end();
    silent.events.emit("message", message());
    expect(opened.unread.value).toBe(0);
    expect(silent.said).toEqual(["left"]);
  });
});
