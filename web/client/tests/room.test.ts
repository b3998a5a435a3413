import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { toBase64, utf8 } from "../src/crypto/bytes.ts";
import { newId, newSid, type TextContent } from "../src/crypto/content.ts";
import { open, seal, writeEnvelope } from "../src/crypto/envelope.ts";
import { deriveV1, openV1, sealV1 } from "../src/crypto/envelope-v1.ts";
import { deriveRoomKeys, importRoot, type RoomKeys } from "../src/crypto/keys.ts";
import {
  ChatClient,
  type ClientOptions,
  MemoryStore,
  type Message,
  type Room,
  type RoomAddress,
  type RoomEvents,
} from "../src/index.ts";
import { FakeServer, type FakeSocket, user } from "./fake-server.ts";
import { pattern } from "./vectors.ts";

const channel = "r";
const key = pattern(32);
const otherKey = pattern(33).slice(1);
const encrypted: RoomAddress = { channel, encrypted: true, key };
const plain: RoomAddress = { channel, encrypted: false };
const keys = await keysUnder(key);

let server: FakeServer;
let client: ChatClient;

beforeEach(() => {
  // The clock only: WebCrypto answers on real threads.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = new FakeServer();
  client = newClient();
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

function newClient(options: Partial<ClientOptions> = {}): ChatClient {
  return new ChatClient({ url: "wss://host/chat-ws", WebSocket: server.WebSocket, ...options });
}

async function keysUnder(root: Uint8Array): Promise<RoomKeys> {
  return deriveRoomKeys(await importRoot(root), channel);
}

function online(socket: FakeSocket, saltB64 = ""): void {
  socket.says({ cmd: "onlineSet", channel, users: [user(1, "bob"), user(2, "ann", true)], e2ee: { saltB64 } });
}

/** A room that ann has joined, with bob in it. */
async function joined(address: RoomAddress): Promise<{ room: Room; socket: FakeSocket }> {
  const room = client.join(address, "ann");
  const socket = server.accept();
  online(socket);
  expect(await room.entered).toEqual({ ok: true, value: undefined });
  socket.says({ cmd: "session", restored: false, token: "token1", channels: [channel] });
  return { room, socket };
}

function event<Name extends keyof RoomEvents>(room: Room, name: Name): Promise<RoomEvents[Name]> {
  return new Promise((resolve) => {
    const end = room.events.on(name, (payload) => {
      end();
      resolve(payload);
    });
  });
}

function content(n: number, body: string, more: Partial<TextContent> = {}): TextContent {
  return { t: "text", id: newId(), ts: Date.now(), nick: "bob", sid: "EBESExQVFhc", n, body, ...more };
}

async function says(socket: FakeSocket, said: TextContent, more: object = {}, under = keys): Promise<void> {
  const text = await seal(under, utf8(JSON.stringify(said)));
  socket.says({ cmd: "chat", channel, nick: "bob", userid: 1, mid: said.id, text, ...more });
}

/** What the room says of bob's message. */
async function heard(room: Room, socket: FakeSocket, said: TextContent, more: object = {}): Promise<Message> {
  const message = event(room, "message");
  await says(socket, said, more);
  return message;
}

describe("joining", () => {
  test("the session comes before the join, and members are known", async () => {
    const room = client.join(plain, "ann", "pass");
    const socket = server.accept();
    expect(socket.sent).toEqual([
      { cmd: "session", proto: 3 },
      { cmd: "join", channel, nick: "ann", pass: "pass" },
    ]);
    online(socket);
    await room.entered;
    expect(room.members.value.map(({ nick, isme }) => [nick, isme])).toEqual([
      ["bob", false],
      ["ann", true],
    ]);
    expect(room.me.value?.userid).toBe(2);
  });

  test("a refusal is an outcome, not an exception", async () => {
    const room = client.join(plain, "bob");
    server.accept().says({ cmd: "warn", code: "nick_taken", text: "Nickname taken", channel: false, room: channel });
    expect(await room.entered).toEqual({ ok: false, refusal: { code: "nick_taken", text: "Nickname taken" } });
    expect(room.say("hello")).toMatchObject({ ok: false, refusal: { code: "left" } });
    expect(client.rooms.value).toEqual([]);
  });

  test("a refusal that passes is tried again after its time, then after twice that", () => {
    client.join(plain, "ann");
    const socket = server.accept();
    const refusal = { cmd: "warn", code: "rate_join", text: "slow", channel: false, room: channel, retryAfterMs: 4000 };
    socket.says(refusal);
    vi.advanceTimersByTime(3999);
    expect(socket.all("join")).toHaveLength(1);
    vi.advanceTimersByTime(1);
    expect(socket.all("join")).toHaveLength(2);
    socket.says(refusal);
    vi.advanceTimersByTime(7999);
    expect(socket.all("join")).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(socket.all("join")).toHaveLength(3);
  });

  test.each(["", "x".repeat(121)])("a channel of %j is refused before anything is sent", async (name) => {
    const room = client.join({ channel: name, encrypted: false }, "ann");
    expect(await room.entered).toMatchObject({ ok: false, refusal: { code: "bad_channel" } });
    expect(server.sockets).toHaveLength(0);
  });

  test("many rooms share one socket", async () => {
    await joined(plain);
    client.join({ channel: "other", encrypted: false }, "ann");
    expect(server.sockets).toHaveLength(1);
    expect(server.socket.all("join").map((frame) => frame.channel)).toEqual([channel, "other"]);
  });

  test("people come, go and are renamed", async () => {
    const { room, socket } = await joined(plain);
    const came = event(room, "joined");
    socket.says({ cmd: "onlineAdd", channel, ...user(3, "cat") });
    expect((await came).nick).toBe("cat");
    const renamed = event(room, "renamed");
    socket.says({ cmd: "updateUser", channel, ...user(3, "dog") });
    expect(await renamed).toMatchObject({ from: "cat", member: { nick: "dog", userid: 3 } });
    const went = event(room, "left");
    socket.says({ cmd: "onlineRemove", channel, userid: 3, nick: "dog" });
    expect((await went).nick).toBe("dog");
    expect(room.members.value).toHaveLength(2);
  });

  test.each([
    [1205, "removed"],
    [1206, "room_closed"],
  ])("one is out when the server says so, and told why (%i)", async (id, code) => {
    const { room, socket } = await joined(plain);
    socket.says({ cmd: "info", id, text: "…", channel });
    socket.says({ cmd: "onlineRemove", channel, userid: room.me.value!.userid, nick: "ann" });
    expect(room.state.value).toMatchObject({ kind: "refused", refusal: { code } });
    expect(room.say("more").ok).toBe(false);
  });

  test("a rename is told once, though the server says it twice", async () => {
    const { room, socket } = await joined(plain);
    const infos: string[] = [];
    room.events.on("info", ({ text }) => infos.push(text));
    socket.says({ cmd: "info", id: 1301, text: "bob is now rob", channel });
    socket.says({ cmd: "info", id: 1304, text: "Welcome", channel });
    expect(infos).toEqual(["Welcome"]);
  });

  test("typing wears off after 6 s, and with the message", async () => {
    const { room, socket } = await joined(plain);
    const typing = () => room.typing.value.map((member) => member.nick);
    socket.says({ cmd: "typing", channel, userid: 1, nick: "bob" });
    expect(typing()).toEqual(["bob"]);
    vi.advanceTimersByTime(5999);
    expect(typing()).toEqual(["bob"]);
    vi.advanceTimersByTime(1);
    expect(typing()).toEqual([]);
    socket.says({ cmd: "typing", channel, userid: 1, nick: "bob" });
    socket.says({ cmd: "chat", channel, nick: "bob", userid: 1, text: "hi" });
    expect(typing()).toEqual([]);
  });

  test("one's own typing is told every 3 s at most", async () => {
    const { room, socket } = await joined(plain);
    room.sendTyping();
    room.sendTyping();
    vi.advanceTimersByTime(3000);
    room.sendTyping();
    expect(socket.all("typing")).toHaveLength(2);
  });

  test("what one says does not make the signs of typing any more frequent", async () => {
    const { room, socket } = await joined(plain);
    for (let i = 0; i < 10; i++) {
      room.sendTyping();
      room.say(`${i}`);
    }
    expect(socket.all("typing")).toHaveLength(1);
  });

  test("nobody is told of typing while messages wait because they came too fast", async () => {
    const { room, socket } = await joined(plain);
    room.say("x");
    const { mid } = await socket.next("chat");
    socket.says({ cmd: "nack", mid, channel, code: "rate", text: "slow", retryAfterMs: 1000 });
    room.sendTyping();
    expect(socket.all("typing")).toHaveLength(0);
    vi.advanceTimersByTime(1000);
    await socket.next("chat");
    socket.says({ cmd: "ack", mid, channel, id: mid });
    room.sendTyping();
    expect(socket.all("typing")).toHaveLength(1);
  });

  test.each(["limited", "rate", "rate_command"])(
    "a warning that something came too fast (%s) is not shown",
    async (code) => {
      const { room, socket } = await joined(plain);
      const shown: string[] = [];
      room.events.on("warn", (why) => shown.push(why.code));
      room.sendTyping();
      for (const [warned, place] of [
        [code, channel],
        [code, false],
        ["forbidden", channel],
      ]) {
        socket.says({ cmd: "warn", code: warned, text: "no", channel: place, retryAfterMs: 500 });
      }
      expect(shown).toEqual(["forbidden"]);
    },
  );

  test("a nick is changed or refused", async () => {
    const { room, socket } = await joined(plain);
    const taken = room.changeNick("bob");
    const { mid } = await socket.next("changenick");
    socket.says({ cmd: "nack", mid, code: "nick_taken", text: "Nickname taken", channel });
    expect(await taken).toMatchObject({ ok: false, refusal: { code: "nick_taken" } });
    const changed = room.changeNick("eve");
    socket.says({ cmd: "updateUser", channel, ...user(2, "eve") });
    expect(await changed).toMatchObject({ ok: true });
    expect(room.me.value?.nick).toBe("eve");
    const silent = room.changeColor("fff");
    vi.advanceTimersByTime(10_000);
    expect(await silent).toMatchObject({ ok: false, refusal: { code: "timeout" } });
  });

  test("the public channels are listed", async () => {
    const list = client.publicChannels();
    server.accept().says({ cmd: "publicchannels", list: [{ name: "lobby", count: 3, topic: "" }, { name: 5 }] });
    expect(await list).toEqual({ ok: true, value: [{ name: "lobby", count: 3 }] });
  });
});

describe("a plain room", () => {
  test("what is said goes out as it is, and is sent when acknowledged", async () => {
    const { room, socket } = await joined(plain);
    const shown = event(room, "message");
    const said = room.say("你好 👋");
    expect(await shown).toMatchObject({ own: true, state: "sending", text: "你好 👋", security: "plain", nick: "ann" });
    const frame = await socket.next("chat");
    expect(frame).toEqual({ cmd: "chat", channel, text: "你好 👋", mid: said.ok && said.value });
    const updated = event(room, "update");
    socket.says({ cmd: "ack", mid: frame.mid, channel, id: frame.mid, time: 5, durable: false });
    expect(await updated).toMatchObject({ state: "sent", key: frame.mid, time: 5 });
  });

  test("one's own echo is not a second message", async () => {
    const { room, socket } = await joined(plain);
    room.say("x");
    const { mid } = await socket.next("chat");
    const heardNext = event(room, "message");
    socket.says({ cmd: "chat", channel, nick: "ann", userid: 2, text: "x", mid, id: mid });
    socket.says({ cmd: "chat", channel, nick: "bob", userid: 1, text: "y", mid: newId() });
    expect(await heardNext).toMatchObject({ text: "y", own: false });
  });

  test("nothing in clear looks like an envelope, and an envelope is not shown as text", async () => {
    const { room, socket } = await joined(plain);
    room.say("E2EE:abc");
    expect((await socket.next("chat")).text).toBe(" E2EE:abc");
    expect(await heard(room, socket, content(0, "secret"))).toMatchObject({
      security: "unreadable",
      error: "E_KEY_UNKNOWN",
      text: "",
    });
  });

  test("emotes and whispers", async () => {
    const { room, socket } = await joined(plain);
    room.emote("waves");
    expect(await socket.next("emote")).toMatchObject({ text: "waves" });
    room.whisper(1, "psst");
    expect(await socket.next("whisper")).toMatchObject({ userid: 1, text: "psst" });
    expect(room.whisper(99, "psst")).toMatchObject({ ok: false, refusal: { code: "no_such_member" } });
    const emote = event(room, "message");
    socket.says({ cmd: "emote", channel, nick: "bob", userid: 1, text: "@bob nods" });
    expect(await emote).toMatchObject({ kind: "emote", text: "nods", nick: "bob" });
    const whisper = event(room, "message");
    socket.says({ cmd: "whisper", channel, from: 1, to: 2, text: "hey" });
    expect(await whisper).toMatchObject({ kind: "whisper", text: "hey", nick: "bob", to: { nick: "ann" } });
  });

  test("a whisper keeps its place when it is acknowledged with that of the recipient's inbox", async () => {
    const { room, socket } = await joined(plain);
    const heardFirst = event(room, "message");
    socket.says({
      cmd: "chat",
      channel,
      nick: "bob",
      userid: 1,
      text: "x",
      mid: newId(),
      epoch: "e".repeat(16),
      seq: 7,
    });
    await heardFirst;
    room.whisper(1, "psst");
    const { mid } = await socket.next("whisper");
    const updated = event(room, "update");
    socket.says({ cmd: "ack", channel, mid, epoch: "i".repeat(16), seq: 1, id: mid, durable: false });
    expect((await updated).place).toBeUndefined();
    const { entries } = room.log.timeline;
    const shown = entries.flatMap((entry) => (entry.type === "message" ? [entry.message.text] : []));
    expect(shown).toEqual(["x", "psst"]);
  });

  test("whispers of one's absence come page by page, and what comes live meanwhile passes over none", async () => {
    const { room, socket } = await joined(plain);
    const epoch = "i".repeat(16);
    const whisper = (seq: number) => ({
      cmd: "whisper",
      channel,
      from: 1,
      to: 2,
      text: `${seq}`,
      inbox: { epoch, seq },
    });
    socket.says(whisper(1));
    const page = { cmd: "replay", inbox: true, channel, epoch, recovered: true, oldest: 1, head: 9 };
    socket.says({ ...page, from: 2, to: 1, events: [], more: true });
    expect(await socket.next("sync")).toMatchObject({ inbox: true, since: 1 });
    socket.says({ ...page, from: 2, to: 3, events: [whisper(2), whisper(3)], more: true });
    expect(await socket.next("sync")).toMatchObject({ inbox: true, since: 3 });
    socket.says(whisper(9));
    expect(room.positions()).toContainEqual({ channel, inbox: true, epoch, seq: 3 });
    socket.says({ ...page, from: 4, to: 9, events: [whisper(4)], more: false });
    expect(room.positions()).toContainEqual({ channel, inbox: true, epoch, seq: 9 });
    // Another list: its newest page is asked for, once.
    for (let i = 0; i < 2; i++) socket.says({ ...page, epoch: "j".repeat(16), recovered: false });
    expect(await socket.next("sync")).toEqual({ cmd: "sync", channel, inbox: true });
    expect(socket.all("sync").filter(({ inbox }) => inbox)).toHaveLength(3);
  });

  test("an author's edit changes the message", async () => {
    const { room, socket } = await joined(plain);
    const first = event(room, "message");
    socket.says({ cmd: "chat", channel, nick: "bob", userid: 1, text: "a", customId: "c1" });
    const { key: shownAs } = await first;
    const edited = event(room, "update");
    socket.says({ cmd: "updateMessage", channel, userid: 1, customId: "c1", mode: "append", text: "b", level: 100 });
    expect(await edited).toMatchObject({ key: shownAs, text: "ab" });
  });

  test.each(["", "  \n"])("%j is not sent", async (text) => {
    const { room } = await joined(plain);
    expect(room.say(text)).toMatchObject({ ok: false, refusal: { code: "empty" } });
  });

  test("a text over the frame limit is refused before sending", async () => {
    const { room, socket } = await joined(plain);
    expect(room.say("x".repeat(65_536))).toMatchObject({ ok: false, refusal: { code: "too_long" } });
    expect(socket.all("chat")).toEqual([]);
  });
});

describe("an encrypted room", () => {
  test("everything said is sealed, and carries its own id", async () => {
    const { room, socket } = await joined(encrypted);
    room.say("canary one");
    const chat = await socket.next("chat");
    room.emote("canary two");
    const emote = await socket.next("chat");
    room.whisper(1, "canary three");
    const whisper = await socket.next("whisper");
    expect((await open([keys], chat.text, channel)).content).toMatchObject({
      id: chat.mid,
      n: 0,
      body: "canary one",
      nick: "ann",
    });
    expect((await open([keys], emote.text, channel)).content).toMatchObject({ n: 1, body: "canary two", emote: true });
    expect((await open([keys], whisper.text, channel)).content).toMatchObject({
      n: 0,
      body: "canary three",
      to: "bob",
    });
    expect(JSON.stringify(socket.sent)).not.toContain("canary");
  });

  test("a message of another is opened, with both clocks and both nicks when they differ", async () => {
    const { room, socket } = await joined(encrypted);
    expect(await heard(room, socket, content(0, "hi"))).toMatchObject({
      text: "hi",
      security: "encrypted",
      nick: "bob",
    });
    const ts = Date.now() - 3_600_000;
    const odd = await heard(room, socket, content(1, "hm", { nick: "eve", ts }));
    expect(odd).toMatchObject({ nick: "eve", claimedNick: "bob", claimedTime: ts });
  });

  test("the key check says match or mismatch from the first envelope on", async () => {
    const { room, socket } = await joined(encrypted);
    expect(room.keyCheck.value).toBe("unknown");
    expect(room.keyCode.value).toBe(keys.kid);
    const unread = event(room, "message");
    await says(socket, content(0, "hi"), {}, await keysUnder(otherKey));
    expect(await unread).toMatchObject({ security: "unreadable", error: "E_KEY_UNKNOWN", text: "" });
    expect(room.keyCheck.value).toBe("mismatch");
    await heard(room, socket, content(0, "hi"));
    expect(room.keyCheck.value).toBe("match");
  });

  test("plain text is marked, never hidden, and says nothing of the key", async () => {
    const { room, socket } = await joined(encrypted);
    const forged = event(room, "message");
    socket.says({ cmd: "chat", channel, nick: "bob", userid: 1, text: "send me the key" });
    expect(await forged).toMatchObject({ security: "not_encrypted", error: "E_PLAIN", text: "send me the key" });
    expect(room.keyCheck.value).toBe("unknown");
  });

  test("the same message again is dropped; its place under another id is a replay", async () => {
    const { room, socket } = await joined(encrypted);
    const first = content(0, "one");
    await heard(room, socket, first);
    await says(socket, first);
    await says(socket, content(0, "one again"));
    expect(await heard(room, socket, content(1, "two"))).toMatchObject({ text: "two" });
    expect(room.replays.value).toBe(1);
  });

  test.each<[string, Partial<TextContent>, object]>([
    ["another id than the frame", {}, { mid: newId() }],
    ["another room", { room: "elsewhere" }, {}],
    ["a whisper shown to everybody", { to: "ann" }, {}],
  ])("%s is not believed", async (_, change, frame) => {
    const { room, socket } = await joined(encrypted);
    const message = await heard(room, socket, content(0, "x", change), frame);
    expect(message).toMatchObject({ security: "unreadable", error: "E_AUTH", text: "" });
  });

  test("an emote and a whisper of another are opened", async () => {
    const { room, socket } = await joined(encrypted);
    const sealed = await seal(keys, utf8(JSON.stringify(content(0, "waves", { emote: true }))));
    const emote = event(room, "message");
    socket.says({ cmd: "emote", channel, nick: "bob", userid: 1, text: `@bob ${sealed}` });
    expect(await emote).toMatchObject({ kind: "emote", text: "waves", security: "encrypted" });
    const whisper = await heard(room, socket, content(0, "psst", { to: "ann", sid: newSid() }), {
      cmd: "whisper",
      from: 1,
      to: 2,
    });
    expect(whisper).toMatchObject({ kind: "whisper", text: "psst", nick: "bob" });
  });

  test("a whisper finds somebody who is away by what he wrote here, where the server keeps it", async () => {
    const { room, socket } = await joined(encrypted);
    const said = content(0, "bye", { nick: "cid", sid: newSid() });
    await heard(room, socket, said, { nick: "cid", userid: 7, trip: "abcdef" });
    const dan = content(0, "I am cid", { nick: "cid", sid: newSid() });
    expect(await heard(room, socket, dan, { nick: "dan", userid: 8, trip: "fedcba" })).toMatchObject({
      claimedNick: "dan",
    });
    expect(room.whisper("cid", "psst")).toMatchObject({ ok: false, refusal: { code: "no_such_member" } });
    const history = { mode: "encrypted", days: 30, count: 100, ttl: 0 };
    socket.says({ cmd: "roomState", channel, history });
    for (const message of room.log.timeline.entries) {
      if (message.type === "message") expect(room.mayWhisper(message.message)).toBe(true);
    }
    expect(room.whisper("cid", "psst").ok).toBe(true);
    expect(await socket.next("whisper")).toMatchObject({ userid: 7, nick: "cid", trip: "abcdef" });
    expect(room.whisper("eve", "psst").ok).toBe(false);
    // Who is here comes first.
    socket.says({ cmd: "onlineAdd", channel, ...user(9, "cid") });
    expect(room.whisper("cid", "psst").ok).toBe(true);
    expect(await socket.next("whisper")).toMatchObject({ userid: 9, nick: "cid" });
  });

  test("a content of a later version is not shown as text", async () => {
    const { room, socket } = await joined(encrypted);
    const later = { ...content(0, "raw"), t: "hologram" } as unknown as TextContent;
    expect(await heard(room, socket, later)).toMatchObject({ security: "unreadable", error: "E_VERSION", text: "" });
  });

  test("missing messages are said after 30 s, unless they come", async () => {
    const { room, socket } = await joined(encrypted);
    const missing: RoomEvents["missing"][] = [];
    room.events.on("missing", (gap) => missing.push(gap));
    await heard(room, socket, content(3, "a"));
    await heard(room, socket, content(7, "b"));
    await heard(room, socket, content(5, "late"));
    vi.advanceTimersByTime(29_999);
    expect(missing).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(missing).toEqual([{ nick: "bob", count: 2 }]);
  });

  test("the title travels with one's first message only, and is learned from others", async () => {
    const { room, socket } = await joined({ ...encrypted, title: "海边" });
    room.say("a");
    expect((await open([keys], (await socket.next("chat")).text, channel)).content).toMatchObject({ title: "海边" });
    room.say("b");
    expect((await open([keys], (await socket.next("chat")).text, channel)).content).not.toHaveProperty("title");
    await heard(room, socket, content(0, "c", { title: "other" }));
    expect(room.title.value).toBe("海边");
    room.leave();
    client.close();
    const untitled = await joined(encrypted);
    await heard(untitled.room, untitled.socket, content(0, "b", { title: "\u202E\u2066\u200F" }));
    expect(untitled.room.title.value).toBeUndefined();
    await heard(untitled.room, untitled.socket, content(1, "c", { title: "\u202Eot\nher" }));
    expect(untitled.room.title.value).toBe("other");
  });

  test("a content over 32,767 bytes is refused before anything is sent, and uses up no number", async () => {
    const { room, socket } = await joined(encrypted);
    expect(room.say("好".repeat(10_920))).toMatchObject({ ok: false, refusal: { code: "too_long" } });
    expect(socket.all("chat")).toEqual([]);
    room.say("好".repeat(10_800));
    expect((await open([keys], (await socket.next("chat")).text, channel)).content).toMatchObject({ n: 0 });
  });

  test("when sealing fails nothing goes out, least of all in clear", async () => {
    const { room, socket } = await joined(encrypted);
    const broken = vi.spyOn(crypto.subtle, "encrypt").mockRejectedValue(new Error("broken"));
    const updated = event(room, "update");
    room.say("canary");
    expect(await updated).toMatchObject({ state: "failed", failure: { code: "E_RESOURCE" } });
    expect(socket.all("chat")).toEqual([]);
    broken.mockRestore();
  });

  test("what is said before the key is there waits for it", async () => {
    let stretched: (root: Uint8Array) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      client = newClient({
        argon2id: () => {
          resolve();
          return new Promise((done) => (stretched = done));
        },
      });
    });
    const room = client.join({ channel, encrypted: true, passphrase: "口令" }, "ann");
    const socket = server.accept();
    online(socket, "AQI=");
    expect(room.state.value.kind).toBe("deriving");
    room.say("canary");
    const message = event(room, "message");
    await says(socket, content(0, "early"));
    await asked;
    expect(socket.all("chat")).toEqual([]);
    stretched(key.slice());
    expect(await message).toMatchObject({ text: "early", security: "encrypted" });
    expect((await open([keys], (await socket.next("chat")).text, channel)).content).toMatchObject({ body: "canary" });
  });

  test("a room without a key is refused, not opened in clear", async () => {
    const room = client.join({ channel, encrypted: true }, "ann");
    const socket = server.accept();
    online(socket);
    expect(await room.entered).toMatchObject({ ok: false, refusal: { code: "no_key" } });
    expect(socket.all("leave")).toHaveLength(1);
  });
});

describe("salt and remembered keys", () => {
  const argon2id: NonNullable<ClientOptions["argon2id"]> = async () => key.slice();
  const passphrase: RoomAddress = { channel, encrypted: true, passphrase: "口令" };

  async function outcome(address: RoomAddress, saltB64: string, store: MemoryStore): Promise<string> {
    client = newClient({ argon2id, store });
    const room = client.join(address, "ann");
    online(server.accept(), saltB64);
    const result = await room.entered;
    client.close();
    return result.ok ? "ok" : result.refusal.code;
  }

  test("the server's salt is pinned, and a change is an error until the room is forgotten", async () => {
    const store = new MemoryStore();
    const [salt, other] = [toBase64(pattern(16)), toBase64(pattern(17))];
    expect(await outcome(passphrase, salt, store)).toBe("ok");
    expect(await outcome(passphrase, salt, store)).toBe("ok");
    expect(await outcome(passphrase, other, store)).toBe("salt_changed");
    await newClient({ store }).forget(channel);
    expect(await outcome(passphrase, other, store)).toBe("ok");
  });

  test("a salt in the link must be the server's", async () => {
    const address = { ...passphrase, salt: pattern(16) };
    expect(await outcome(address, toBase64(pattern(16)), new MemoryStore())).toBe("ok");
    expect(await outcome(address, toBase64(pattern(17)), new MemoryStore())).toBe("salt_changed");
    expect(await outcome(address, "", new MemoryStore())).toBe("salt_changed");
  });

  test.each([toBase64(pattern(33)), "not base64!"])("%j is no salt", async (salt) => {
    expect(await outcome(passphrase, salt, new MemoryStore())).toBe("salt_changed");
  });

  test("a remembered key opens the room again and cannot be read", async () => {
    const store = new MemoryStore();
    expect(await outcome({ ...passphrase, remember: true }, "", store)).toBe("ok");
    const kept = (await store.get("root wss://host/chat-ws r")) as CryptoKey;
    expect(kept).toMatchObject({ extractable: false, algorithm: { name: "HKDF" } });
    expect(await outcome({ channel, encrypted: true }, "", store)).toBe("ok");
    await newClient({ store }).forget(channel);
    expect(await outcome({ channel, encrypted: true }, "", store)).toBe("no_key");
  });

  test("a room that was encrypted here is not opened in clear, until it is forgotten", async () => {
    const store = new MemoryStore();
    expect(await outcome(encrypted, "", store)).toBe("ok");
    expect(await outcome(plain, "", store)).toBe("was_encrypted");
    expect(server.socket.all("leave")).toHaveLength(1);
    await newClient({ store }).forget(channel);
    expect(await outcome(plain, "", store)).toBe("ok");
  });

  test("without WebCrypto (a page on plain http) an encrypted room is refused", async () => {
    const { getRandomValues } = crypto;
    vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(crypto) });
    expect(await outcome(encrypted, "", new MemoryStore())).toBe("insecure_context");
    expect(await outcome(plain, "", new MemoryStore())).toBe("ok");
    vi.unstubAllGlobals();
  });

  test("no key is kept unless asked for", async () => {
    const store = new MemoryStore();
    await outcome(encrypted, "", store);
    expect(await store.get("root wss://host/chat-ws r")).toBeUndefined();
  });

  test.each(["", "　"])("an empty passphrase %j opens nothing", async (text) => {
    expect(await outcome({ ...passphrase, passphrase: text }, "", new MemoryStore())).toMatch(/no_key|E_FORMAT/);
  });
});

describe("HChat compatibility", () => {
  test("envelope v1 is written and read, and v2 is not", async () => {
    const { room, socket } = await joined({ channel, encrypted: true, passphrase: "口令", compat: true });
    const v1 = await deriveV1("口令", channel);
    room.say("你好");
    expect(await openV1(v1, (await socket.next("chat")).text)).toBe("你好");
    room.emote("waves");
    expect(await openV1(v1, (await socket.next("chat")).text)).toBe("/me waves");
    const message = event(room, "message");
    socket.says({ cmd: "chat", channel, nick: "App", userid: 1, mid: newId(), text: await sealV1(v1, "/me nods") });
    expect(await message).toMatchObject({ kind: "emote", text: "nods", security: "encrypted" });
    expect(room.keyCheck.value).toBe("match");
    expect(await heard(room, socket, content(0, "x"))).toMatchObject({ security: "unreadable", error: "E_MODE" });
    expect(room.keyCheck.value).toBe("match");
  });

  test.each([
    [1, "E_MODE"],
    [3, "E_VERSION"],
  ])("an envelope of version %d in a room of v2 is unreadable: %s", async (v, error) => {
    const { room, socket } = await joined(encrypted);
    const message = event(room, "message");
    const text = writeEnvelope({ v, alg: "AES-GCM", iv: "", ct: "" });
    socket.says({ cmd: "chat", channel, nick: "App", userid: 1, mid: newId(), text });
    expect(await message).toMatchObject({ security: "unreadable", error, text: "" });
    expect(room.keyCheck.value).toBe("unknown");
  });

  test("another passphrase is said", async () => {
    const { room, socket } = await joined({ channel, encrypted: true, passphrase: "口令", compat: true });
    const message = event(room, "message");
    const text = await sealV1(await deriveV1("other", channel), "x");
    socket.says({ cmd: "chat", channel, nick: "App", userid: 1, mid: newId(), text });
    expect(await message).toMatchObject({ security: "unreadable", error: "E_AUTH" });
    expect(room.keyCheck.value).toBe("mismatch");
  });
});

describe("losing the connection", () => {
  function reconnect(): void {
    client.retryNow();
  }

  test("what was not acknowledged goes again, the same, in order", async () => {
    const { room, socket } = await joined(encrypted);
    room.say("one");
    room.say("two");
    const [one, two] = [await socket.next("chat"), await socket.next("chat")];
    socket.says({ cmd: "ack", mid: one.mid, channel, id: one.mid });
    socket.drops();
    expect(room.state.value.kind).toBe("joining");
    room.say("three");
    reconnect();
    const again = server.accept({ restored: false });
    expect(again.sent[0]).toEqual({ cmd: "session", proto: 3, token: "token1" });
    online(again);
    const resent = [await again.next("chat"), await again.next("chat")];
    expect(resent[0]).toEqual(two);
    expect((await open([keys], resent[1]!.text, channel)).content).toMatchObject({ body: "three", n: 2 });
  });

  test("a room that the session gave back is not joined again", async () => {
    const { room, socket } = await joined(plain);
    room.say("x");
    await socket.next("chat");
    socket.drops();
    reconnect();
    server.socket.opens();
    online(server.socket);
    server.socket.says({ cmd: "session", restored: true, token: "token2", channels: [channel] });
    expect((await server.socket.next("chat")).text).toBe("x");
    expect(server.socket.all("join")).toEqual([]);
    expect(room.state.value.kind).toBe("joined");
  });

  test("who was there before the server went and comes back with it is no news", async () => {
    const { room, socket } = await joined(plain);
    const news: string[] = [];
    room.events.on("joined", ({ nick }) => news.push(`${nick} joined`));
    room.events.on("left", ({ nick }) => news.push(`${nick} left`));
    socket.drops();
    reconnect();
    const again = server.accept();
    again.says({ cmd: "onlineSet", channel, users: [user(2, "ann", true)], e2ee: { saltB64: "" } });
    for (const nick of ["bob", "cat"]) again.says({ cmd: "onlineAdd", channel, ...user(nick === "bob" ? 4 : 5, nick) });
    again.says({ cmd: "onlineRemove", channel, userid: 4, nick: "bob" });
    again.says({ cmd: "onlineAdd", channel, ...user(6, "bob") });
    const last = new Promise<void>((resolve) => room.events.on("left", ({ nick }) => nick === "cat" && resolve()));
    again.says({ cmd: "onlineRemove", channel, userid: 5, nick: "cat" });
    await last;
    expect(news).toEqual(["cat joined", "bob left", "bob joined", "cat left"]);
    expect(room.members.value.map(({ nick }) => nick)).toEqual(["ann", "bob"]);
  });

  test("a seat left over from an earlier stay is given up for a new one", async () => {
    client.join(plain, "ann");
    const socket = server.accept();
    socket.says({ cmd: "warn", code: "already_joined", text: "no", channel: false, room: channel, retryAfterMs: 100 });
    vi.advanceTimersByTime(100);
    expect(socket.sent.slice(-2).map(({ cmd }) => cmd)).toEqual(["leave", "join"]);
  });

  test("a room that was left meanwhile is left on the server", async () => {
    const { room, socket } = await joined(plain);
    socket.drops();
    room.leave();
    reconnect();
    server.accept({ restored: true, channels: [channel] });
    expect(server.socket.all("leave")).toEqual([{ cmd: "leave", channel }]);
  });

  test("the room is joined again under the present nick", async () => {
    const { room, socket } = await joined(plain);
    void room.changeNick("eve");
    socket.says({ cmd: "updateUser", channel, ...user(2, "eve") });
    socket.drops();
    reconnect();
    expect((await server.accept().next("join")).nick).toBe("eve");
  });

  test("a refused message is sent again as it was when the person asks", async () => {
    const { room, socket } = await joined(encrypted);
    room.say("x");
    const frame = await socket.next("chat");
    const failed = event(room, "update");
    socket.says({ cmd: "nack", mid: frame.mid, channel, code: "forbidden", text: "no" });
    expect(await failed).toMatchObject({ state: "failed", failure: { code: "forbidden" } });
    const sending = event(room, "update");
    room.retry(frame.mid);
    const shown = await sending;
    expect(shown.state).toBe("sending");
    expect(shown).not.toHaveProperty("failure");
    expect(await socket.next("chat")).toEqual(frame);
  });

  test("messages that came too fast wait their time and then go one by one, in order", async () => {
    const { room, socket } = await joined(plain);
    for (const text of ["one", "two", "three"]) room.say(text);
    const first = [await socket.next("chat"), await socket.next("chat"), await socket.next("chat")];
    for (const { mid } of first) {
      socket.says({ cmd: "nack", mid, channel, code: "rate", text: "slow", retryAfterMs: 1500 });
    }
    room.say("four");
    vi.advanceTimersByTime(1499);
    expect(socket.all("chat")).toHaveLength(3);
    vi.advanceTimersByTime(1);
    const again: [string, number][] = [];
    for (let i = 0; i < 4; i++) {
      const { text, mid } = await socket.next("chat");
      again.push([text, socket.all("chat").length - first.length]);
      socket.says({ cmd: "ack", mid, channel, id: mid });
      vi.advanceTimersByTime(600);
    }
    expect(again).toEqual([
      ["one", 1],
      ["two", 2],
      ["three", 3],
      ["four", 4],
    ]);
  });

  test("a message that is too fast again and again fails in the end", async () => {
    const { room, socket } = await joined(plain);
    const failed = event(room, "update");
    room.say("one");
    for (let i = 0; i < 6; i++) {
      const { mid } = await socket.next("chat");
      socket.says({ cmd: "nack", mid, channel, code: "rate", text: "slow", retryAfterMs: 100 });
      vi.advanceTimersByTime(100 * 2 ** i);
    }
    expect(await failed).toMatchObject({ state: "failed", failure: { code: "rate" } });
  });

  test("when another window takes over, what waits has failed and nobody comes back", async () => {
    const { room, socket } = await joined(plain);
    room.say("x");
    await socket.next("chat");
    const failed = event(room, "update");
    socket.drops(4009);
    expect(await failed).toMatchObject({ state: "failed", failure: { code: "taken_over" } });
    expect(room.state.value).toMatchObject({ kind: "refused", refusal: { code: "taken_over" } });
    vi.advanceTimersByTime(3_600_000);
    expect(server.sockets).toHaveLength(1);
  });

  test("a restart with another salt does not go on as if nothing had happened", async () => {
    client = newClient({ argon2id: async () => key.slice() });
    const room = client.join({ channel, encrypted: true, passphrase: "口令" }, "ann");
    const socket = server.accept();
    online(socket, toBase64(pattern(16)));
    await room.entered;
    socket.drops();
    reconnect();
    const ended = new Promise<void>((resolve) => {
      room.state.subscribe((state) => (state.kind === "refused" ? resolve() : undefined));
    });
    online(server.accept(), toBase64(pattern(17)));
    await ended;
    expect(room.state.value).toMatchObject({ kind: "refused", refusal: { code: "salt_changed" } });
  });

  test("a message that arrives twice over a reconnect is shown once", async () => {
    const { room, socket } = await joined(encrypted);
    const shown: string[] = [];
    room.events.on("message", (message) => shown.push(message.text));
    const said = content(0, "once");
    await heard(room, socket, said);
    socket.drops();
    reconnect();
    const again = server.accept();
    online(again);
    await says(again, said);
    await heard(room, again, content(1, "next"));
    expect(shown).toEqual(["once", "next"]);
  });
});
