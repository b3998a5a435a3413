import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, outline, type Person, plain, sealed, settled, texts, until, visit } from "./people.ts";

let server: LogServer;
let open: Person[];

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = new LogServer(channel);
  open = [];
});

afterEach(() => {
  for (const { client } of open) client.close();
  vi.useRealTimers();
});

function enter(address = plain, nick = "ann"): Person {
  const person = visit(server, address, nick);
  open.push(person);
  return person;
}

function say(text: string, mid = `mid-of-${text}`.padEnd(16, "-")): void {
  server.happen({ cmd: "chat", nick: "bob", userid: 1, text, mid });
}

async function joined(person: Person): Promise<Person> {
  expect(await person.room.entered).toMatchObject({ ok: true });
  await settled();
  return person;
}

async function back({ client, room }: Person): Promise<void> {
  client.retryNow();
  await until(() => room.state.value.kind === "joined");
  await settled();
}

describe("live", () => {
  test("an event is shown once, however often it comes", async () => {
    server.fault = () => ({ twice: true });
    const { room } = await joined(enter());
    say("one");
    say("two");
    await settled();
    expect(texts(room)).toEqual(["one", "two"]);
  });

  test("events behind a hole wait until it is filled", async () => {
    const { room } = await joined(enter());
    server.fault = (frame) => ({ lose: frame["text"] === "two" });
    for (const text of ["one", "two", "three", "four"]) say(text);
    await settled();
    expect(texts(room)).toEqual(["one", "two", "three", "four"]);
    expect(server.sockets[0]!.sent.filter(({ cmd }) => cmd === "sync")).toHaveLength(2); // the newest page, and the hole
  });

  test("numbers that have no event any more are passed over", async () => {
    const { room } = await joined(enter());
    server.fault = () => ({ lose: true });
    say("one");
    say("two");
    server.epoch.events.splice(0, 1);
    server.fault = () => ({});
    say("three");
    await settled();
    expect(texts(room)).toEqual(["two", "three"]);
  });

  test("what has no number is shown where it comes", async () => {
    const { room } = await joined(enter());
    say("one");
    server.people[0]!.says({ cmd: "chat", channel, nick: "eve", userid: 3, text: "muted", mid: "m".repeat(16) });
    say("two");
    await settled();
    expect(texts(room)).toEqual(["one", "muted", "two"]);
  });
});

describe("coming", () => {
  test("the newest page is there, and older ones on request, to the beginning", async () => {
    for (let i = 0; i < 250; i++) say(`${i}`);
    const { room } = await joined(enter());
    expect(texts(room)).toHaveLength(100);
    expect(outline(room)[0]).toBe("<open>");
    expect(await room.log.pages.loadOlder()).toBe(true);
    expect(texts(room)).toHaveLength(200);
    await room.log.pages.loadOlder();
    expect(texts(room)).toEqual(Array.from({ length: 250 }, (_, i) => `${i}`));
    expect(outline(room)[0]).toBe("<start>");
    expect(await room.log.pages.loadOlder()).toBe(false);
  });

  test("earlier epochs are read on, and where nothing precedes history ends", async () => {
    say("old");
    server.restart(true);
    say("newer");
    server.restart(true);
    say("new");
    const { room } = await joined(enter());
    expect(outline(room)).toEqual(["<open>", "new"]);
    await room.log.pages.loadOlder();
    await room.log.pages.loadOlder();
    expect(outline(room)).toEqual(["<start>", "old", "newer", "new"]);
  });
});

describe("coming back", () => {
  test("what was missed follows in order, and live events may come before it", async () => {
    const person = await joined(enter());
    say("one");
    await settled();
    server.sockets[0]!.drop();
    say("two");
    say("three");
    person.client.retryNow();
    await until(() => server.people.length === 1);
    say("four");
    await settled();
    expect(outline(person.room)).toEqual(["<start>", "one", "two", "three", "four"]);
  });

  test("each session frame brings the next token, and one is used once", async () => {
    const person = await joined(enter());
    for (let i = 0; i < 3; i++) {
      server.sockets.at(-1)!.drop();
      await back(person);
    }
    const tokens = server.sockets.flatMap(({ sent }) =>
      sent.flatMap((frame) => (frame.cmd === "session" ? [frame.token] : [])),
    );
    expect(tokens[0]).toBeUndefined();
    expect(new Set(tokens).size).toBe(tokens.length);
    // Nothing was joined again: the session gave the room back.
    expect(server.sockets.flatMap(({ sent }) => sent.filter(({ cmd }) => cmd === "join"))).toHaveLength(1);
  });

  test("a list that cannot be continued leaves a gap, which reading backwards closes", async () => {
    for (let i = 0; i < 3; i++) say(`before ${i}`);
    const person = await joined(enter());
    server.sockets[0]!.drop();
    for (let i = 0; i < 150; i++) say(`away ${i}`);
    server.oldest = 100;
    await back(person);
    expect(outline(person.room).slice(0, 5)).toEqual(["<start>", "before 0", "before 1", "before 2", "<open>"]);
    const gap = person.room.log.timeline.spans.gaps().find(({ top }) => !top)!;
    expect(gap.count).toBeGreaterThan(0);
    await person.room.log.pages.fill(gap, "newer");
    expect(outline(person.room)).not.toContain("<open>");
    expect(texts(person.room)).toHaveLength(153);
  });

  test("where nothing more is kept the gap says how much is missing, and stays", async () => {
    say("before");
    const person = await joined(enter());
    server.sockets[0]!.drop();
    for (let i = 0; i < 9; i++) say(`away ${i}`);
    server.oldest = 8;
    server.epoch.events.splice(0, 7);
    await back(person);
    await settled();
    const gap = person.room.log.timeline.spans.gaps().find(({ top }) => !top)!;
    expect(gap).toMatchObject({ state: "ended", count: 6 });
    expect(outline(person.room)).toEqual(["<start>", "before", "<ended>", "away 6", "away 7", "away 8"]);
  });

  test("what was kept among losses is shown between them", async () => {
    for (let i = 1; i <= 9; i++) say(`${i}`);
    server.oldest = 8;
    for (const lost of [6, 3, 2]) server.epoch.events.splice(lost - 1, 1);
    server.epoch.events.splice(-1, 1); // deleted, not lost
    server.happen({ cmd: "roomState", nick: "x" });
    const { room } = await joined(enter());
    expect(outline(room)).toEqual(["<start>", "1", "<ended>", "4", "5", "<ended>", "7", "8"]);
    const counts = room.log.timeline.spans.gaps().map(({ count }) => count);
    expect(counts).toEqual([undefined, 2, 1]);
  });

  test.each([true, false])("a new epoch is gone on with, and the old part stays (old one kept: %s)", async (kept) => {
    say("before");
    const person = await joined(enter());
    server.restart(kept);
    say("after");
    await back(person);
    expect(outline(person.room)).toEqual(["<start>", "before", kept ? "<open>" : "<ended>", "after"]);
    say("live");
    await settled();
    expect(texts(person.room)).toEqual(["before", "after", "live"]);
    if (!kept) return;
    const gap = person.room.log.timeline.spans.gaps().find(({ top }) => !top)!;
    await person.room.log.pages.fill(gap, "newer");
    expect(outline(person.room)).toEqual(["<start>", "before", "after", "live"]);
  });
});

describe("in an encrypted room", () => {
  test("history is read by its ids alone, and reports no loss", async () => {
    const missing: unknown[] = [];
    for (const n of [7, 3, 9]) server.happen(await sealed({ t: "text", body: `${n}`, n }));
    const { room } = await joined(enter(encrypted));
    room.events.on("missing", (gap) => missing.push(gap));
    server.happen(await sealed({ t: "text", body: "live", n: 20 }));
    await until(() => texts(room).includes("live"));
    vi.advanceTimersByTime(60_000);
    expect(texts(room)).toEqual(["7", "3", "9", "live"]);
    expect(missing).toEqual([]);
  });

  test("the same envelope at another place is not shown again", async () => {
    const said = await sealed({ t: "text", body: "once", n: 1 });
    const { room } = await joined(enter(encrypted));
    server.happen(said);
    server.happen(said);
    server.happen(await sealed({ t: "text", body: "next", n: 2 }));
    await until(() => texts(room).includes("next"));
    expect(texts(room)).toEqual(["once", "next"]);
  });

  test("two people see one order, and what each said once", async () => {
    const ann = await joined(enter(encrypted, "ann"));
    const bob = await joined(enter(encrypted, "bob"));
    for (let i = 0; i < 5; i++) {
      ann.room.say(`ann ${i}`);
      bob.room.say(`bob ${i}`);
    }
    await until(() => texts(ann.room).length === 10 && texts(bob.room).length === 10);
    await settled();
    expect(texts(ann.room)).toEqual(texts(bob.room));
  });
});
