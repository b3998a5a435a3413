import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { maxContent } from "../src/crypto/padding.ts";
import { open } from "../src/crypto/envelope.ts";
import { newSid } from "../src/crypto/content.ts";
import { Identity, type Message } from "../src/index.ts";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, keys, messages, type Person, sealed, settled, until, visit } from "./people.ts";

let server: LogServer;
let ann: Person;
let bob: Identity;
let mallory: Identity;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = new LogServer(channel);
  [bob, mallory] = [await Identity.generate(), await Identity.generate()];
  ann = visit(server, encrypted, "ann");
  await ann.room.entered;
  await settled();
});

afterEach(() => {
  ann.client.close();
  vi.useRealTimers();
});

type Content = Parameters<typeof sealed>[0];

/** Somebody who has the room's key says something under bob's nick, unless the content names another; its key. */
async function says(content: Content | string, by?: Identity, frame: object = {}): Promise<string> {
  const said: Content = typeof content === "string" ? { t: "text", body: content } : content;
  const { t, target } = said;
  const cmd = t === "text" ? "chat" : t === "edit" || t === "delete" ? t : "note";
  const made = await sealed(said, { cmd, ...(cmd === t ? { target } : {}), ...frame }, by);
  server.happen(made);
  return String(made["mid"]);
}

/** Everything so far was read. */
async function shown(): Promise<Message[]> {
  const end = await says({ t: "text", body: "end", nick: "zoe" });
  await until(() => messages(ann.room).some(({ key }) => key === end));
  return messages(ann.room).filter(({ text }) => text !== "end");
}

const stands = (message: Message | undefined) => ann.room.authors.standing(message!);
const standings = async () => (await shown()).map((message) => [message.text || message.error, stands(message)]);

describe("what is sent", () => {
  test("all of it is signed with one key, and a whisper names whom it is for", async () => {
    const { room, client } = ann;
    server.happen({ cmd: "onlineAdd", nick: "bob", userid: 77 });
    const heard = await says("hello", bob);
    await until(() => messages(room).length === 1);
    const said = room.say("one");
    const key = said.ok ? said.value : "";
    room.emote("waves");
    expect(room.whisper("bob", "psst").ok).toBe(true);
    room.react(heard, "👍");
    room.edit(key, "two");
    room.delete(key);
    room.setTimer(60);
    room.log.markRead(heard);
    vi.advanceTimersByTime(10_000);
    const sent = () => server.sockets.flatMap((socket) => socket.sent).filter((frame) => "text" in frame);
    await until(() => sent().length >= 8);
    const kinds: string[] = [];
    for (const frame of sent() as { cmd: string; text: string }[]) {
      const { content, signer } = await open([keys], frame.text, channel);
      expect(signer).toBe(client.identity.current.value?.key);
      expect(content["to"]).toBe(frame.cmd === "whisper" ? "bob" : undefined);
      kinds.push(`${frame.cmd} ${String(content["t"])}`);
    }
    expect(kinds.sort()).toEqual([
      "chat text",
      "chat text",
      "delete delete",
      "edit edit",
      "note react",
      "note receipt",
      "note timer",
      "whisper text",
    ]);
  });

  test("a text has to leave room for its signature", () => {
    const text = "x".repeat(maxContent - 200);
    expect(ann.room.say(text)).toMatchObject({ ok: false, refusal: { code: "too_long" } });
    expect(ann.room.say(text.slice(96)).ok).toBe(true);
  });

  test("one's own messages are those signed with one's own key, whoever copies the rest", async () => {
    const said = ann.room.say("mine");
    expect(said.ok).toBe(true);
    await until(() => messages(ann.room)[0]?.state === "sent");
    const { sid, userid } = messages(ann.room)[0]!;
    await says({ t: "text", body: "forged", nick: "ann", sid: sid!, n: 7 }, undefined, { nick: "ann", userid });
    await says({ t: "text", body: "signed", nick: "ann", sid: sid!, n: 8 }, mallory, { nick: "ann", userid });
    expect((await shown()).map(({ text, own }) => [text, own])).toEqual([
      ["mine", true],
      ["forged", false],
      ["signed", false],
    ]);
    expect((await standings()).map(([, standing]) => standing)).toEqual([undefined, "missing", "changed"]);
  });
});

describe("who says it", () => {
  test("nobody warns of a nick that never signed, nor of one with its key", async () => {
    await says({ t: "text", body: "plainly", nick: "carl" });
    await says("first", bob);
    await says("again", bob);
    expect(await standings()).toEqual([
      ["plainly", "unsigned"],
      ["first", "pinned"],
      ["again", "pinned"],
    ]);
  });

  test("a member without the key is warned of: unsigned, signed otherwise, and in another spelling", async () => {
    await says("true", bob);
    await says("unsigned");
    await says("other key", mallory);
    await says({ t: "text", body: "spelled", nick: "ＢＯＢ" });
    expect((await standings()).slice(1)).toEqual([
      ["unsigned", "missing"],
      ["other key", "changed"],
      ["spelled", "missing"],
    ]);
  });

  test("the nick is the content's, whatever the server calls its sender", async () => {
    await says("true", bob);
    await says({ t: "text", body: "moved", nick: "bob" }, mallory, { nick: "eve", userid: 5 });
    await says({ t: "text", body: "renamed", nick: "eve" }, mallory, { nick: "bob" });
    expect((await shown()).map((message) => [message.nick, message.claimedNick, stands(message)])).toEqual([
      ["bob", undefined, "pinned"],
      ["bob", "eve", "changed"],
      ["eve", "bob", "pinned"],
    ]);
  });

  test("the user accepts a new key, and compares it", async () => {
    await says("old", bob);
    await says("new", mallory);
    await shown();
    const { authors } = ann.room;
    expect(authors.verify("bob", bob.key)).toBe(true);
    expect((await standings())[0]).toEqual(["old", "verified"]);
    expect(authors.verify("bob", mallory.key)).toBe(false);
    authors.accept("Bob", mallory.key);
    expect(await standings()).toEqual([
      ["old", "changed"],
      ["new", "pinned"],
    ]);
  });

  test("a stripped signature does not open, and one cannot be put on another room's message", async () => {
    const made = await sealed({ t: "text", body: "hello" }, {}, bob);
    const json = JSON.parse(atob(String(made["text"]).slice(5))) as Record<string, unknown>;
    const stripped = `E2EE:${btoa(JSON.stringify({ ...json, alg: "AES-GCM" }))}`;
    const older = `E2EE:${btoa(JSON.stringify({ ...json, v: 1 }))}`;
    server.happen({ ...made, text: stripped });
    server.happen({ ...made, text: older });
    expect((await shown()).map(({ error, text }) => [error, text])).toEqual([
      ["E_AUTH", ""],
      ["E_MODE", ""],
    ]);
  });
});

describe("whispers", () => {
  const whisper = { cmd: "whisper", from: 5, to: 1 };

  test("what was said aloud is not shown as a whisper, nor a whisper aloud", async () => {
    await says("aloud", bob, whisper);
    await says({ t: "text", body: "secret", to: "ann" }, bob);
    await says({ t: "text", body: "psst", to: "ann" }, bob, whisper);
    expect((await shown()).map(({ error, text, kind }) => [error ?? text, kind])).toEqual([
      ["E_AUTH", "whisper"],
      ["E_AUTH", "text"],
      ["psst", "whisper"],
    ]);
  });

  test("one that was written to somebody else says so", async () => {
    await says({ t: "text", body: "psst", to: "carl" }, bob, whisper);
    await says({ t: "text", body: "hey", to: "ANN" }, bob, whisper);
    expect((await shown()).map(({ text, writtenTo }) => [text, writtenTo])).toEqual([
      ["psst", "carl"],
      ["hey", undefined],
    ]);
  });
});

describe("what changes a signed message", () => {
  test.each<[string, object, () => Identity | undefined, object, boolean]>([
    ["the same key, from another client, connection and trip", { sid: newSid() }, () => bob, { userid: 99 }, true],
    ["another key from the same client and connection", {}, () => mallory, {}, false],
    ["nobody's key from the same client and connection", {}, () => undefined, {}, false],
    ["the same key under another nick", { nick: "eve" }, () => bob, {}, false],
  ])("an edit and a deletion by %s: count or not", async (_, more, by, frame, counts) => {
    const target = await says("mine", bob);
    await says({ t: "edit", target, body: "changed", ...more }, by(), frame);
    expect((await shown())[0]?.text).toBe(counts ? "changed" : "mine");
    await says({ t: "delete", target, ...more }, by(), frame);
    expect((await shown())[0]?.deleted).toBe(counts ? "author" : undefined);
  });

  test("a sign in a doubtful name is none, until the user accepts its key", async () => {
    const target = await says("hello", bob);
    await says({ t: "react", target, key: "👍" }, bob);
    await says({ t: "react", target, key: "👎" }, mallory);
    await says({ t: "react", target, key: "💩" });
    await says({ t: "react", target, key: "👍", off: true });
    const signs = async () => (await shown())[0]?.reactions?.map(({ key, nicks }) => [key, ...nicks]);
    expect(await signs()).toEqual([["👍", "bob"]]);
    ann.room.authors.accept("bob", mallory.key);
    expect(await signs()).toEqual([["👎", "bob"]]);
  });

  test("receipts, timers and titles in a doubtful name are not believed", async () => {
    await says("hello", bob);
    ann.room.say("read it?");
    await until(() => messages(ann.room)[1]?.state === "sent");
    const mine = messages(ann.room)[1]!;
    await says({ t: "receipt", upto: mine.key });
    await says({ t: "timer", ttl: 5 }, mallory);
    await says({ t: "text", body: "x", title: "Forged" });
    await shown();
    expect(ann.room.log.receipts.reached(mine).read).toEqual([]);
    expect(ann.room.log.timer.value).toBe(0);
    expect(ann.room.title.value).toBeUndefined();
    await says({ t: "receipt", upto: mine.key }, bob);
    await says({ t: "timer", ttl: 60 }, bob);
    await shown();
    expect(ann.room.log.receipts.reached(mine).read).toEqual(["bob"]);
    expect(ann.room.log.timer.value).toBe(60);
  });

  test("nobody uses up the numbers of somebody else's client", async () => {
    const sid = newSid();
    await says({ t: "text", body: "one", sid, n: 0 }, bob);
    await says({ t: "text", body: "forged", sid, n: 1 }, mallory);
    await says({ t: "text", body: "also forged", sid, n: 900 });
    await says({ t: "text", body: "two", sid, n: 1 }, bob);
    const missing: unknown[] = [];
    ann.room.events.on("missing", (gap) => missing.push(gap));
    vi.advanceTimersByTime(60_000);
    expect((await shown()).map(({ text }) => text)).toEqual(["one", "forged", "also forged", "two"]);
    expect(missing).toEqual([]);
    await says({ t: "text", body: "again", sid, n: 1 }, bob);
    expect((await shown()).length).toBe(4);
    expect(ann.room.replays.value).toBe(1);
  });
});
