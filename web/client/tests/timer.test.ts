import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IndexedDbStore } from "../src/index.ts";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, messages, type Person, sealed, settled, texts, until, visit } from "./people.ts";

let server: LogServer;
let open: Person[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  server = new LogServer(channel);
  open = [];
});

afterEach(() => {
  for (const { client } of open) client.close();
  vi.useRealTimers();
});

function enter(nick: string): Person {
  const person = visit(server, encrypted, nick);
  open.push(person);
  return person;
}

/** bob says something. @returns its place */
async function happens(said: Parameters<typeof sealed>[0]): Promise<void> {
  server.happen(await sealed(said, said.t === "text" ? {} : { cmd: "note" }));
}

async function many(count: number, ttl: number): Promise<void> {
  for (let i = 0; i < count; i++) await happens({ t: "text", body: `${i}`, ttl });
}

describe("the timer of an encrypted room", () => {
  test("is known from what is said under it, where the note lies outside the newest page", async () => {
    await happens({ t: "timer", ttl: 300 });
    await many(120, 300);
    const { room } = enter("ann");
    await until(() => room.log.timer.value === 300);
    room.say("under it");
    await until(() => server.taken.size === 1);
    expect(server.epoch.events.at(-1)).toMatchObject({ ttl: 300 });
  });

  test("is looked for behind pages on which nobody says anything", async () => {
    await many(1, 300);
    for (let i = 0; i < 150; i++) await happens({ t: "receipt", got: "AAAAAAAAAAAAAAAAAAAAAA" });
    const { room } = enter("ann");
    room.say("under it");
    await until(() => server.taken.size === 1);
    expect(server.epoch.events.at(-1)).toMatchObject({ ttl: 300 });
  });

  test("is what was set, whatever is said after it, until a later one is seen", async () => {
    await happens({ t: "timer", ttl: 300 });
    await happens({ t: "text", body: "written before, came after" });
    const { room } = enter("ann");
    await until(() => texts(room).length === 1);
    expect(room.log.timer.value).toBe(300);
    await happens({ t: "text", body: "the same" });
    await until(() => texts(room).length === 2);
    expect(room.log.timer.value).toBe(300);
    await happens({ t: "timer", ttl: 0 });
    await until(() => room.log.timer.value === 0);
    await happens({ t: "text", body: "late", ttl: 300 });
    await until(() => texts(room).length === 3);
    expect(room.log.timer.value).toBe(0);
  });

  test("is none where the newest text has none, and nothing out of bounds", async () => {
    await happens({ t: "timer", ttl: 300 });
    await many(110, 300);
    await happens({ t: "text", body: "now for good" });
    await happens({ t: "text", body: "a trap", ttl: 1 });
    const { room } = enter("ann");
    await until(() => texts(room).length > 50);
    expect(room.log.timer.value).toBe(0);
  });

  test("counts for what was written before it was known", async () => {
    await happens({ t: "timer", ttl: 300 });
    await many(120, 300);
    const store = new IndexedDbStore();
    const person = visit(server, encrypted, "ann", { store });
    open.push(person);
    const { room } = person;
    room.say("at once");
    expect(messages(room)[0]!.expires).toBeUndefined();
    await until(() => messages(room).at(-1)?.state === "sent");
    const chats = server.sockets.flatMap(({ sent }) => sent.filter(({ cmd }) => cmd === "chat"));
    expect(chats).toMatchObject([{ ttl: 300 }]);
    expect(messages(room).at(-1)).toMatchObject({ text: "at once", expires: expect.any(Number) });
    const bob = enter("bob2");
    await until(() => texts(bob.room).includes("at once"));
    expect(messages(bob.room).at(-1)!.expires).toBeGreaterThan(Date.now());
  });

  test("is not waited for longer than a few seconds", async () => {
    await many(3, 300);
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server.answers = false;
    const { room } = enter("ann");
    expect(await room.entered).toMatchObject({ ok: true });
    room.say("no answer");
    await settled();
    expect(server.taken.size).toBe(0);
    await vi.advanceTimersByTimeAsync(3_000);
    await until(() => server.taken.size === 1);
  });
});
