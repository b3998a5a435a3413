// The HChat app comes, is given a nick, and goes: binary frames, the verb under `type`, a burst on connecting.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync, readdirSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, test } from "node:test";
import { joinApp, meeting, ofType, server } from "./apps.mjs";
import { App, Hcchat, Legacy, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, messageId } from "./match.mjs";
import { waitFor } from "./wait.mjs";

describe("coming and going", () => {
  test("the burst of nick, join and who is answered: info and presence", async () => {
    const room = newRoom();
    const app = await App.connect(server.url);
    for (const frame of [
      { type: "nick", nick: "Ann" },
      { type: "join", room },
      { type: "who", room },
    ])
      app.send(frame);
    const frames = await app.until((frame) => frame.type === "presence");
    assert.ok(
      frames.every((frame) => typeof frame.type === "string"),
      JSON.stringify(frames),
    );
    assertFrame(frames.at(-1), { type: "presence", room, users: ["Ann"], count: 1 });
    assert.ok(
      ofType(frames, "info").some((frame) => frame.text === `joined #${room}`),
      JSON.stringify(frames),
    );
  });

  test("a nick after the join renames, and everybody with an app is told, the changer included", async () => {
    const { room, ann, bob, stock } = await meeting();
    const [mine, theirs, seen] = await ann.exchange({ type: "nick", nick: "安妮" }, bob, stock);
    const change = { type: "nick_change", oldNick: "Ann", newNick: "安妮", channel: room };
    assertFrames(ofType(mine, "nick_change"), [change]);
    assertFrames(theirs, [change]);
    assertFrames(
      seen.filter((frame) => frame.cmd !== "info"),
      [
        { cmd: "onlineRemove", nick: "Ann", channel: room },
        { cmd: "onlineAdd", nick: "安妮", channel: room },
      ],
    );
  });

  test("without a nick one is guest", async () => {
    const room = newRoom();
    const app = await App.connect(server.url);
    app.room = room;
    app.send({ type: "join", room });
    const [presence] = (await app.until((frame) => frame.type === "info"),
    app.send({ type: "who", room }),
    await app.until((frame) => frame.type === "presence")).slice(-1);
    assertFrame(presence, { users: ["guest"], count: 1 });
  });

  test("join and leave are shown to the others: apps, hack.chat clients and our own", async () => {
    const { room, ann, bob, stock } = await meeting();
    const own = await Hcchat.join(server.url, room, "own");
    for (const peer of [ann, bob, stock]) await peer.settle();
    const cid = await joinApp(room, "小明");
    const came = { nick: "小明", channel: room };
    assertFrames(await ann.settle(), [{ ...came, type: "user_joined" }]);
    assertFrames(await stock.settle(), [{ ...came, cmd: "onlineAdd", trip: "", uType: "user" }]);
    assertFrames(await own.settle(), [{ ...came, cmd: "onlineAdd" }]);
    assert.deepEqual(ofType(cid.joined, "user_joined"), []);
    cid.drop();
    assertFrame(await ann.next(), { ...came, type: "user_left" });
    assertFrame(await stock.next(), { ...came, cmd: "onlineRemove" });
  });

  test("who lists nicks in the order of joining", async () => {
    const { room, ann, stock } = await meeting();
    ann.send({ type: "who", room });
    assertFrame(await ann.next(), { type: "presence", room, users: ["Ann", "Bob", "stock"], count: 3 });
    stock.drop();
    await ann.until((frame) => frame.type === "user_left");
    ann.send({ cmd: "who", channel: room });
    assertFrame(await ann.next(), { type: "presence", room, users: ["Ann", "Bob"], count: 2 });
  });

  test("an app may be in several rooms on one socket", async () => {
    const [one, two] = [newRoom(), newRoom()];
    const ann = await joinApp(one, "Ann");
    ann.send({ type: "join", room: two });
    ann.room = two;
    await ann.settle();
    const bob = await joinApp(two, "Bob");
    await ann.settle();
    const [, heard] = await ann.exchange({ type: "message", id: randomUUID(), room: two, text: "second room" }, bob);
    assertFrame(ofType(heard, "message")[0], { channel: two, text: "second room" });
  });
});

describe("nicks", () => {
  for (const nick of ["安", "小明🎉", "Zoë", "имя", "ناس", "न" + "\u093f", "1", "_", "字".repeat(24), "👩\u{1f3fd}"])
    test(`${nick} is admitted as it is`, async () => {
      const app = await joinApp(newRoom(), nick);
      app.send(app.question);
      assertFrame(await app.next(), { users: [nick] });
    });

  for (const nick of [
    "",
    " ",
    "a b",
    "two words here",
    "字".repeat(25),
    "a\u202eb",
    "a\u200bb",
    "\u0301",
    "a\0",
    "#onlysecret",
    5,
    null,
    ["x"],
  ])
    test(`${JSON.stringify(nick)} is unfit, and the app is admitted under another and told`, async () => {
      const room = newRoom();
      const app = await joinApp(room, nick);
      app.send(app.question);
      const presence = await app.next();
      assert.equal(presence.count, 1);
      assert.match(presence.users[0], /^[\p{L}\p{M}\p{Nd}\p{So}\p{Emoji}_]{1,24}$/u);
      if (typeof nick === "string" && nick.trim() !== "" && !nick.startsWith("#"))
        assert.ok(
          app.joined.some((frame) => frame.type === "nick_change" && frame.newNick === presence.users[0]),
          JSON.stringify(app.joined),
        );
    });

  test("a taken nick leads to a near one, whatever its case, told by nick_change", async () => {
    const { room, ann } = await meeting();
    const twin = await joinApp(room, "ANN");
    assertFrames(ofType(twin.joined, "nick_change"), [{ oldNick: "ANN", newNick: "ANN_2", channel: room }]);
    assertFrames(await ann.settle(), [{ type: "user_joined", nick: "ANN_2" }]);
    const third = await joinApp(room, "ann");
    assertFrames(ofType(third.joined, "nick_change"), [{ newNick: "ann_3" }]);
    const rename = await third.exchange({ type: "nick", nick: "Bob" });
    assertFrame(ofType(rename, "nick_change").at(-1), { newNick: /^Bob_\d+$/ });
  });

  test("a near nick of a long one still fits", async () => {
    const room = newRoom();
    await joinApp(room, "字".repeat(24));
    const twin = await joinApp(room, "字".repeat(24));
    const [change] = ofType(twin.joined, "nick_change");
    assert.ok([...change.newNick].length <= 24 && change.newNick.startsWith("字"), change.newNick);
  });

  test("a ghost that answers no ping is evicted, and the app gets its nick", async () => {
    const room = newRoom();
    const witness = await Legacy.join(server.url, room, "witness");
    const ghost = await ghostApp(room, "Ann");
    await waitFor(() => witness.frames.some((frame) => frame.cmd === "onlineAdd"), "the ghost to be in");
    const ann = await App.connect(server.url);
    ann.room = room;
    for (const frame of [
      { type: "nick", nick: "Ann" },
      { type: "join", room },
      { type: "who", room },
    ])
      ann.send(frame);
    const frames = await ann.until((frame) => frame.type === "presence");
    assertFrame(frames.at(-1), { users: ["witness", "Ann"], count: 2 });
    assert.deepEqual(ofType(frames, "nick_change"), []);
    assertFrames((await witness.settle()).slice(-2), [
      { cmd: "onlineRemove", nick: "Ann" },
      { cmd: "onlineAdd", nick: "Ann" },
    ]);
    ghost.destroy();
  });
});

/** An app whose socket is open and says nothing more: no pong, no close. */
async function ghostApp(room, nick) {
  const socket = connect(server.port, "127.0.0.1");
  await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
  socket.write(
    `GET /chat-ws HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n`,
  );
  const answer = await new Promise((resolve) => socket.once("data", resolve));
  assert.match(answer.toString("latin1"), /^HTTP\/1\.1 101/);
  for (const frame of [
    { type: "nick", nick },
    { type: "join", room },
  ]) {
    const body = Buffer.from(JSON.stringify(frame));
    socket.write(Buffer.concat([Buffer.from([0x82, 0x80 | body.length, 0, 0, 0, 0]), body]));
  }
  socket.on("data", () => {}).on("error", () => {});
  return socket;
}

describe("the secret behind #", () => {
  test("appears in no frame to anybody, nor in the output or the data folder", async () => {
    const secret = "Geheim9-Kanarienvogel-密码";
    const room = newRoom();
    const watchers = [
      await joinApp(room, "Watch"),
      await Legacy.join(server.url, room, "stock"),
      await V2.join(server.url, room, "vera"),
      await Hcchat.join(server.url, room, "own"),
    ];
    const heard = [];
    for (const peer of watchers) peer.socket.on("message", (data) => heard.push(data.toString()));
    const ann = await joinApp(room, `Ann#${secret}`);
    ann.socket.on("message", (data) => heard.push(data.toString()));
    heard.push(...ann.joined.map((frame) => JSON.stringify(frame)));
    for (const frame of [
      { type: "nick", nick: `Anna#${secret}` },
      { type: "message", id: randomUUID(), room, text: "hello" },
      { type: "nick", nick: `#${secret}` },
      { cmd: "nick", nick: `Ann#a#${secret}` },
      { channel: room, nick: `Ann#${secret}`, text: "/me waves" },
      { cmd: "typing", channel: room, nick: `Ann#${secret}` },
      { type: "delivered_receipt", messageId: "x", channel: room, userId: `Ann#${secret}`, timestamp: 1 },
    ])
      ann.send(frame);
    await ann.settle();
    const late = await Legacy.join(server.url, room, "late");
    heard.push(...late.joined.map((frame) => JSON.stringify(frame)));
    for (const peer of watchers) await peer.settle();
    assert.deepEqual(
      heard.filter((text) => text.includes("Geheim9")),
      [],
    );
    for (const user of late.joined[0].users) assert.equal(user.trip, "", "no trip is derived of it");
    assert.ok(!server.output.includes("Geheim9"));
    for (const file of filesUnder(server.data)) assert.ok(!readFileSync(file).includes("Geheim9"), file);
  });
});

const filesUnder = (folder) =>
  readdirSync(folder, { recursive: true })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
