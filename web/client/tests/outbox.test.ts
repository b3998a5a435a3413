import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { open } from "../src/crypto/envelope.ts";
import { type ChatClient, IndexedDbStore, type RoomAddress } from "../src/index.ts";
import { Locks } from "./locks.ts";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, keys, messages, type Person, plain, texts, until, visit } from "./people.ts";
import { pattern } from "./vectors.ts";

let server: LogServer;
let locks: LockManager;
let open_: ChatClient[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  server = new LogServer(channel);
  locks = new Locks().page().locks;
  open_ = [];
});

afterEach(() => {
  for (const client of open_) client.close();
});

/** A page of this browser. */
function page(address: RoomAddress = encrypted, withLocks = true): Person {
  const person = visit(server, address, "ann", {
    store: new IndexedDbStore(),
    ...(withLocks ? { locks } : { locks: undefined as unknown as LockManager }),
  });
  open_.push(person.client);
  return person;
}

async function entered(person: Person): Promise<Person> {
  expect(await person.room.entered).toMatchObject({ ok: true });
  return person;
}

/** The page is gone from one moment to the next, as by a reload. */
function vanish({ client }: Person): void {
  for (const socket of server.people) socket.drop(1001);
  client.close();
}

const frames = (cmd = "chat") =>
  server.sockets.flatMap(({ sent }) => sent.filter((frame) => frame.cmd === cmd)) as { mid: string; text: string }[];

describe("what waits to be sent", () => {
  test.each([
    ["plain", plain],
    ["encrypted and not remembered", encrypted],
  ])("outlives the page and goes out once, the same and in order (%s)", async (_, address) => {
    server.lose = () => true;
    const before = await entered(page(address));
    for (const text of ["one", "two", "three"]) before.room.say(text);
    await until(() => frames().length === 3);
    const first = frames();
    vanish(before);
    server.lose = () => false;
    const after = await entered(page(address));
    await until(() => server.taken.size === 3 && messages(after.room).every(({ state }) => state === "sent"));
    expect(frames().slice(3)).toEqual(first);
    expect(texts(after.room)).toEqual(["one", "two", "three"]);
    expect(server.epoch.events).toHaveLength(3);
  });

  test("a reload between the server's taking and its answer doubles nothing", async () => {
    server.silent = () => true;
    server.fault = () => ({ lose: true });
    const before = await entered(page());
    before.room.say("once");
    await until(() => server.taken.size === 1);
    vanish(before);
    server.silent = () => false;
    server.fault = () => ({});
    const after = await entered(page());
    await until(() => messages(after.room)[0]?.state === "sent");
    expect(texts(after.room)).toEqual(["once"]);
    expect(messages(after.room)[0]).toMatchObject({ own: true, place: { seq: 1 } });
    // And nothing is left for a third page.
    vanish(after);
    const third = await entered(page());
    await until(() => texts(third.room).length === 1);
    expect(frames()).toHaveLength(1);
  });

  test("a whisper finds its recipient under the number of now", async () => {
    server.lose = () => true;
    const bob = visit(server, plain, "bob");
    open_.push(bob.client);
    await entered(bob);
    const before = await entered(page(plain));
    const bobOf = ({ room }: Person) => room.members.value.find(({ nick }) => nick === "bob");
    const old = bobOf(before)!.userid;
    expect(before.room.whisper(old, "psst")).toMatchObject({ ok: true });
    await until(() => frames("whisper").length === 1);
    for (const socket of server.people) socket.drop(1001);
    before.client.close();
    bob.client.close();
    server.lose = () => false;
    const again = visit(server, plain, "bob");
    open_.push(again.client);
    await entered(again);
    const after = await entered(page(plain));
    await until(() => frames("whisper").length === 2);
    const now = bobOf(after)!.userid;
    expect(now).not.toBe(old);
    expect(frames("whisper")[1]).toMatchObject({ userid: now, nick: "bob", text: "psst" });
    expect(messages(after.room)).toMatchObject([{ kind: "whisper", own: true, to: { nick: "bob" } }]);
  });

  test("nothing of it can be read on the device", async () => {
    server.refuse = () => ({ code: "unavailable" });
    const { room } = await entered(page(plain));
    room.say("canary");
    await until(() => frames().length === 1);
    const records = await new IndexedDbStore().list("");
    expect(records.map(([name]) => name)).toContainEqual(expect.stringMatching(/^outbox /));
    const found = records.map(([name, value]) => {
      const { data } = value as { data?: Uint8Array };
      return name + (data ? Buffer.from(data).toString("latin1") : JSON.stringify(value));
    });
    for (const record of found) expect(record).not.toContain("canary");
    expect(await new IndexedDbStore().get("device key")).toMatchObject({ extractable: false });
  });

  test("what was refused for good is there again, to be sent or given up", async () => {
    server.refuse = () => ({ code: "forbidden" });
    const before = await entered(page());
    before.room.say("no");
    before.room.say("never");
    await until(() => messages(before.room).every(({ state }) => state === "failed"));
    vanish(before);
    server.refuse = () => undefined;
    const { room } = await entered(page());
    await until(() => texts(room).length === 2);
    expect(messages(room)).toMatchObject([
      { text: "no", state: "failed", failure: { code: "forbidden" } },
      { text: "never", state: "failed" },
    ]);
    const [again, given] = messages(room);
    room.discard(given!.key);
    room.retry(again!.key);
    await until(() => server.taken.size === 1);
    await until(() => messages(room)[0]?.state === "sent");
    expect(texts(room)).toEqual(["no"]);
  });

  test("edits and reactions wait like messages", async () => {
    const before = await entered(page());
    before.room.say("frist");
    await until(() => messages(before.room)[0]?.state === "sent");
    const { key } = messages(before.room)[0]!;
    server.refuse = () => ({ code: "storage_full" });
    before.room.edit(key, "first");
    before.room.react(key, "👍");
    await until(() => frames("edit").length === 1);
    for (let kept = 0; kept < 2; kept = (await new IndexedDbStore().list("outbox ")).length);
    expect(before.room.stalled.value?.code).toBe("storage_full");
    vanish(before);
    server.refuse = () => undefined;
    const { room } = await entered(page());
    await until(() => server.taken.size === 3);
    await until(() => messages(room)[0]?.edited === true);
    expect(messages(room)[0]).toMatchObject({ text: "first", reactions: [{ key: "👍", nicks: ["ann"], mine: true }] });
  });

  test("sealed with another key it is not sent, and said to be so", async () => {
    server.refuse = () => ({ code: "unavailable" });
    const before = await entered(page());
    before.room.say("for the old key");
    await until(() => frames().length === 1);
    vanish(before);
    server.refuse = () => undefined;
    const { room } = await entered(page({ ...encrypted, key: pattern(33).slice(1) }));
    await until(() => messages(room).length === 1);
    expect(messages(room)[0]).toMatchObject({ own: true, state: "failed", failure: { code: "other_key" }, text: "" });
    expect(server.taken.size).toBe(0);
  });

  test("of two pages one sends it; when that one goes the other takes over", async () => {
    server.refuse = () => ({ code: "unavailable" });
    const first = await entered(page());
    first.room.say("mine");
    await until(() => frames().length === 1);
    const second = await entered(page());
    expect(texts(second.room)).toEqual([]);
    server.refuse = () => undefined;
    const [one] = server.people;
    one?.drop(1001);
    first.client.close();
    await until(() => server.taken.size === 1);
    await until(() => texts(second.room).includes("mine"));
    expect(server.epoch.events).toHaveLength(1);
  });

  test("a page that begins to hold something later is inherited from, too", async () => {
    const second = await entered(page());
    const first = await entered(page());
    server.refuse = () => ({ code: "unavailable" });
    first.room.say("later");
    await until(() => frames().length === 1);
    for (let kept = 0; kept < 1; kept = (await new IndexedDbStore().list("outbox ")).length);
    server.refuse = () => undefined;
    server.people.at(-1)?.drop(1001);
    first.client.close();
    await until(() => texts(second.room).includes("later"));
    await until(() => server.taken.size === 1);
  });

  test("without locks the server sees to it that nothing is doubled", async () => {
    server.silent = () => true;
    const first = await entered(page(encrypted, false));
    server.fault = () => ({ lose: true });
    first.room.say("mine");
    await until(() => server.taken.size === 1);
    const second = await entered(page(encrypted, false));
    await until(() => messages(second.room)[0]?.state === "sent");
    expect(texts(second.room)).toEqual(["mine"]);
    expect(server.epoch.events).toHaveLength(1);
  });

  test("what waits is signed already, and goes out as it lies on the device", async () => {
    server.lose = () => true;
    const before = await entered(page());
    before.room.say("signed");
    await until(() => frames().length === 1);
    const key = before.client.identity.current.value?.key;
    expect(key).toBeDefined();
    vanish(before);
    server.lose = () => false;
    const after = await entered(page());
    await until(() => frames().length === 2);
    expect(frames()[1]).toEqual(frames()[0]);
    expect((await open([keys], frames()[1]!.text, channel)).signer).toBe(key);
    await until(() => messages(after.room)[0]?.state === "sent");
    expect(messages(after.room)[0]).toMatchObject({ own: true, signer: key });
  });

  test("one's own messages are known by their key after a reload, and can be changed", async () => {
    const before = await entered(page());
    before.room.say("mine");
    await until(() => messages(before.room)[0]?.state === "sent");
    vanish(before);
    const { room } = await entered(page());
    await until(() => texts(room).length === 1);
    const [mine] = messages(room);
    expect(mine).toMatchObject({ own: true, state: "sent" });
    expect(room.may(mine!)).toEqual({ edit: true, delete: true, react: true });
  });

  test("forgetting the room erases it", async () => {
    server.refuse = () => ({ code: "unavailable" });
    const before = await entered(page());
    before.room.say("gone");
    await until(() => frames().length === 1);
    vanish(before);
    await before.client.forget(channel);
    for (const kind of ["outbox ", "clients ", "search "]) expect(await new IndexedDbStore().list(kind)).toEqual([]);
  });

  test("the frame lies on the device before it goes out", async () => {
    const { room } = await entered(page());
    const kept: number[] = [];
    const socket = server.people[0]!;
    const { send } = socket;
    let listed: Promise<unknown> = Promise.resolve();
    socket.send = (data: string) => {
      if (data.includes('"chat"')) listed = new IndexedDbStore().list("outbox ").then((all) => kept.push(all.length));
      send.call(socket, data);
    };
    server.silent = () => true;
    server.fault = () => ({ lose: true });
    room.say("x");
    await until(() => frames().length === 1);
    await listed;
    expect(kept).toEqual([1]);
    expect((await open([keys], frames()[0]!.text, channel)).content).toMatchObject({ body: "x" });
  });
});
