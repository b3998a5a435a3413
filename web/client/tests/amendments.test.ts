import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId, newSid } from "../src/crypto/content.ts";
import type { Message } from "../src/index.ts";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, messages, type Person, plain, sealed, settled, texts, until, visit } from "./people.ts";

let server: LogServer;
let ann: Person;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = new LogServer(channel);
});

afterEach(() => {
  ann.client.close();
  vi.useRealTimers();
});

async function enter(address = encrypted): Promise<void> {
  ann = visit(server, address, "ann");
  await ann.room.entered;
  await settled();
}

/** bob says something; its key. */
async function said(body: string, more: object = {}): Promise<string> {
  const frame = await sealed({ t: "text", body, ...more });
  server.happen(frame);
  return String(frame["mid"]);
}

/** A change of bob's, in the frame of its kind. */
async function changes(content: Parameters<typeof sealed>[0], frame: object = {}): Promise<void> {
  const { t, target } = content;
  const cmd = t === "edit" || t === "delete" ? t : "note";
  server.happen(await sealed(content, { cmd, ...(cmd === "note" ? {} : { target }), ...frame }));
}

/** What stands in the timeline when everything so far was read. */
async function shown(): Promise<Message[]> {
  const end = await said("end");
  await until(() => messages(ann.room).some(({ key }) => key === end));
  return messages(ann.room).filter(({ key }) => key !== end);
}

describe("in an encrypted room", () => {
  test("the author edits, reacts and deletes", async () => {
    await enter();
    const target = await said("helo");
    await changes({ t: "edit", target, body: "hello" });
    await changes({ t: "react", target, key: "👍" });
    expect(await shown()).toMatchObject([
      { text: "hello", edited: true, reactions: [{ key: "👍", nicks: ["bob"], mine: false }] },
    ]);
    await changes({ t: "react", target, key: "👍", off: true });
    await changes({ t: "delete", target });
    const [gone] = await shown();
    expect(gone).toMatchObject({ text: "", deleted: "author" });
    expect(gone).not.toHaveProperty("reactions");
  });

  const sid = newSid();
  test.each<[string, object, object, boolean]>([
    ["the same nick and client", {}, { userid: 99 }, true],
    ["the same nick and connection", { sid }, { userid: 1 }, true],
    ["the same nick and trip", { sid }, { userid: 99, trip: "abc" }, true],
    ["the same nick alone", { sid }, { userid: 99 }, false],
    ["another nick from the same client and connection", { nick: "eve" }, { userid: 1 }, false],
    ["an empty trip", { sid }, { userid: 99, trip: "" }, false],
  ])("an edit by %s: counts or not", async (_, content, frame, counts) => {
    await enter();
    const original = await sealed({ t: "text", body: "mine" }, { trip: "abc" });
    server.happen(original);
    await changes({ t: "edit", target: String(original["mid"]), body: "changed", ...content }, frame);
    expect((await shown())[0]?.text).toBe(counts ? "changed" : "mine");
  });

  test.each<[string, object]>([
    ["whose frame names another target", { target: newId() }],
    ["that came as a frame of another kind", { cmd: "delete" }],
  ])("an edit %s is not believed", async (_, frame) => {
    await enter();
    const target = await said("mine");
    await changes({ t: "edit", target, body: "changed" }, frame);
    expect((await shown()).map(({ text, error }) => error ?? text)).toEqual(["mine", "E_AUTH"]);
  });

  test("in clear nothing is changed; a moderator's deletion is shown as the server's word", async () => {
    await enter();
    const target = await said("mine");
    server.happen({ cmd: "delete", nick: "bob", userid: 1, target, mid: newId() });
    server.happen({ cmd: "edit", nick: "bob", userid: 1, target, text: "forged", mid: newId() });
    server.happen({ cmd: "reaction_added", nick: "bob", messageId: target, emoji: "💩" });
    expect(await shown()).toMatchObject([{ text: "mine" }, { text: "forged", security: "not_encrypted" }]);
    server.happen({ cmd: "delete", nick: "mod", userid: 5, target, mid: newId(), moderator: true });
    expect((await shown())[0]).toMatchObject({ text: "", deleted: "moderator" });
  });

  test("what changes a message may come before it, as when history is read backwards", async () => {
    const target = await said("frist");
    for (let i = 0; i < 120; i++) server.happen({ cmd: "typing" });
    await changes({ t: "edit", target, body: "first" });
    await changes({ t: "edit", target, body: "forged", nick: "eve" });
    await changes({ t: "timer", ttl: 0 }); // else the message would be read for its own
    await enter();
    expect(texts(ann.room)).toEqual([]);
    await ann.room.log.pages.loadOlder();
    await until(() => texts(ann.room).length > 0);
    expect(texts(ann.room)).toEqual(["first"]);
  });

  test("one may not change what is another's, and one's own is changed at once", async () => {
    await enter();
    const other = await said("bob's");
    await until(() => texts(ann.room).length === 1);
    expect(ann.room.edit(other, "x")).toMatchObject({ ok: false, refusal: { code: "not_yours" } });
    expect(ann.room.delete(other)).toMatchObject({ ok: false });
    const mine = ann.room.say("mien");
    await until(() => messages(ann.room)[1]?.state === "sent");
    const key = mine.ok ? mine.value : "";
    ann.room.edit(key, "mine");
    expect(messages(ann.room)[1]).toMatchObject({ text: "mine", edited: true });
    await until(() => server.taken.size === 2);
    server.refuse = () => ({ code: "forbidden" });
    const undone = new Promise((resolve) => ann.room.events.on("undone", resolve));
    ann.room.edit(key, "refused");
    expect(await undone).toMatchObject({ code: "forbidden" });
    expect(messages(ann.room)[1]).toMatchObject({ text: "mine" });
  });

  test("an answer names what it answers, in the envelope only", async () => {
    await enter();
    const key = await said("question");
    await until(() => texts(ann.room).length === 1);
    ann.room.say("answer", key);
    expect(messages(ann.room)[1]).toMatchObject({ re: key });
    await until(() => server.taken.size === 1);
    expect(JSON.stringify(server.epoch.events.at(-1))).not.toContain(key);
  });
});

describe("receipts", () => {
  test("say how far the others have come, and count only forwards", async () => {
    await enter();
    const keys = [ann.room.say("one"), ann.room.say("two")].map((result) => (result.ok ? result.value : ""));
    await until(() => messages(ann.room).every(({ state }) => state === "sent"));
    await changes({ t: "receipt", got: keys[1]!, upto: keys[0]! });
    await changes({ t: "receipt", got: keys[0]! });
    await until(() => ann.room.log.receipts.version.value > 0);
    await settled();
    const [one, two] = messages(ann.room);
    expect(ann.room.log.receipts.reached(one!)).toEqual({ delivered: ["bob"], read: ["bob"] });
    expect(ann.room.log.receipts.reached(two!)).toEqual({ delivered: ["bob"], read: [] });
  });

  test("count again after a reload, when they come with the messages that they name", async () => {
    await enter();
    const key = await said("one");
    await changes({ t: "receipt", upto: key, nick: "cid" });
    ann.client.close();
    await enter();
    await until(() => texts(ann.room).length === 1);
    await settled();
    expect(ann.room.log.receipts.reached(messages(ann.room)[0]!)).toEqual({ delivered: ["cid"], read: ["cid"] });
  });

  test("that name a message which is not here count for it and what is above it as soon as it is", async () => {
    const one = await said("one");
    await said("two");
    const three = await said("three");
    await changes({ t: "receipt", got: three, nick: "cid" });
    await changes({ t: "receipt", upto: one, nick: "cid" });
    for (let i = 0; i < 120; i++) server.happen({ cmd: "typing" });
    await changes({ t: "receipt", upto: three, nick: "cid" });
    await changes({ t: "receipt", got: one, nick: "dan" });
    await enter();
    await ann.room.log.pages.loadOlder(); // they lie behind a page of receipts
    await until(() => texts(ann.room).length === 3);
    await settled();
    const reached = messages(ann.room).map((message) => ann.room.log.receipts.reached(message));
    expect({ ...reached[0], delivered: reached[0]!.delivered.toSorted() }).toEqual({
      delivered: ["cid", "dan"],
      read: ["cid"],
    });
    for (const later of reached.slice(1)) expect(later).toEqual({ delivered: ["cid"], read: ["cid"] });
  });

  test("one's own go out once in five seconds, and lack in nobody's counting", async () => {
    await enter();
    const bob = visit(server, encrypted, "bob");
    await bob.room.entered;
    const missing: unknown[] = [];
    bob.room.events.on("missing", (gap) => missing.push(gap));
    for (let i = 0; i < 10; i++) await said(`${i}`);
    await until(() => texts(ann.room).length === 10);
    ann.room.log.markRead(messages(ann.room).at(-1)!.key);
    server.lose = (frame) => frame["cmd"] === "note";
    await vi.advanceTimersByTimeAsync(5_000);
    await settled();
    server.lose = () => false;
    server.people.find(({ nick }) => nick === "ann")?.drop(); // the receipt is lost
    ann.client.retryNow();
    await until(() => ann.room.state.value.kind === "joined");
    ann.room.say("hello");
    await until(() => texts(bob.room).includes("hello"));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(missing).toEqual([]);
    bob.client.close();
  });
});

describe("messages that disappear", () => {
  test("go when their time is over, by the lesser of both times", async () => {
    await enter();
    await said("short", { ttl: 10 });
    const frame = await sealed({ t: "text", body: "shorter", ttl: 100 }, { ttl: 5 });
    server.happen(frame);
    await said("stays");
    await until(() => texts(ann.room).length === 3);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(texts(ann.room)).toEqual(["short", "stays"]);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(texts(ann.room)).toEqual(["stays"]);
  });

  test("the room's time is put on what is said, and those who come later learn it", async () => {
    await enter();
    await changes({ t: "timer", ttl: 3600 });
    await until(() => ann.room.log.timer.value === 3600);
    ann.room.say("x");
    await until(() => server.taken.size === 1);
    expect(server.epoch.events.at(-1)).toMatchObject({ ttl: 3600 });
    const bob = visit(server, encrypted, "bob");
    await bob.room.entered;
    await until(() => bob.room.log.timer.value === 3600);
    bob.room.setTimer(0);
    await until(() => ann.room.log.timer.value === 0);
    bob.client.close();
  });
});

describe("in a plain room", () => {
  test("the server's frames count", async () => {
    await enter(plain);
    const mid = newId();
    server.happen({ cmd: "chat", nick: "bob", userid: 1, text: "helo", mid });
    server.happen({ cmd: "edit", nick: "bob", userid: 1, target: mid, text: "hello", mid: newId() });
    server.happen({ cmd: "reaction_added", nick: "App", messageId: mid, emoji: "👍", userId: "App" });
    await settled();
    expect(messages(ann.room)).toMatchObject([{ text: "hello", edited: true, reactions: [{ nicks: ["App"] }] }]);
    ann.room.react(mid, "👍");
    await until(() => server.taken.size === 1);
    expect(server.epoch.events.at(-1)).toMatchObject({ cmd: "reaction_added", emoji: "👍", messageId: mid });
    server.happen({ cmd: "delete", nick: "mod", userid: 5, target: mid, mid: newId(), moderator: true });
    await settled();
    expect(messages(ann.room)[0]).toMatchObject({ deleted: "moderator" });
  });

  test("an answer quotes what it answers", async () => {
    await enter(plain);
    const mid = newId();
    server.happen({ cmd: "chat", nick: "bob", userid: 1, text: "how\nare you", mid });
    await settled();
    ann.room.say("fine", mid);
    await until(() => server.taken.size === 1);
    expect(server.epoch.events.at(-1)).toMatchObject({ text: "> @bob: how are you\n\nfine" });
  });
});
