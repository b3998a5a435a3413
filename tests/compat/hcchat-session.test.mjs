// Our own protocol, `proto` 3: sessions, joins, several rooms on a socket, and what is refused.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { App, Hcchat, Legacy, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, color, epochMs, hash15, integer, nonEmpty, userid } from "./match.mjs";
import { ServerProcess } from "./server.mjs";

let server;
before(async () => (server = await ServerProcess.start()));
after(() => server?.dispose());

async function pair() {
  const room = newRoom();
  const ann = await Hcchat.join(server.url, room, "安");
  const bob = await Hcchat.join(server.url, room, "Bob");
  await ann.settle();
  return [ann, bob, room];
}

const base64 = (value) => typeof value === "string" && Buffer.from(value, "base64").length >= 16;

describe("session and join", () => {
  test("the first session tells the limits", async () => {
    const peer = await Hcchat.connect(server.url);
    assertFrame(peer.greeting, {
      cmd: "session",
      restored: false,
      token: "",
      channels: [],
      proto: 3,
      limits: { maxFrame: 65_536, maxText: integer, queue: 1_048_576, pingSec: 20 },
      serverTime: epochMs,
      time: epochMs,
    });
  });

  test("a join answers with the members, oneself last, the salt of the room, and a token", async () => {
    const room = newRoom();
    const ann = await Hcchat.join(server.url, room, "安", { pass: "pw" });
    const user = {
      nick: "安",
      trip: "Pz6LSM",
      uType: "user",
      hash: hash15,
      level: 100,
      userid,
      isBot: false,
      color,
      flair: (value) => value !== undefined,
      isme: true,
    };
    assertFrame(ann.joined[0], {
      cmd: "onlineSet",
      channel: room,
      nicks: ["安"],
      users: [user],
      e2ee: { saltB64: base64 },
      time: epochMs,
    });
    assertFrame(ann.joined.at(-1), { cmd: "session", token: nonEmpty, channels: [room], proto: 3 });
    const bob = await Hcchat.join(server.url, room, "Bob");
    assertFrames(await ann.settle(), [
      { cmd: "onlineAdd", nick: "Bob", userid: bob.me.userid, channel: room, time: epochMs },
    ]);
    assert.deepEqual(bob.joined[0].nicks, ["安", "Bob"]);
    assert.equal(bob.joined[0].e2ee.saltB64, ann.joined[0].e2ee.saltB64, "the salt belongs to the room");
  });

  test("a room's salt survives its emptiness and a restart of the server", async () => {
    const room = newRoom();
    const first = await Hcchat.join(server.url, room, "a");
    first.send({ cmd: "leave", channel: room });
    assertFrame(await first.next(), { cmd: "session", channels: [] });
    const second = await Hcchat.join(server.url, room, "b");
    assert.equal(second.joined[0].e2ee.saltB64, first.joined[0].e2ee.saltB64);
    await server.restart();
    const third = await Hcchat.join(server.url, room, "c");
    assert.equal(third.joined[0].e2ee.saltB64, first.joined[0].e2ee.saltB64);
  });

  const refused = [
    ["a bad nick", { nick: "a b" }, 32],
    ["no nick", { nick: undefined }, 32],
    ["a zero-width character", { nick: "a\u200bb" }, 32],
    ["a mark at the start", { nick: "\u0301a" }, 32],
    ["25 code points", { nick: "字".repeat(25) }, 32],
    ["an empty room", { channel: "" }, 41],
    ["a room too long", { channel: "x".repeat(121) }, 42],
  ];
  for (const [what, members, id] of refused)
    test(`${what} is refused with ${id} and a word for programs`, async () => {
      const peer = await Hcchat.connect(server.url);
      const frame = { cmd: "join", channel: newRoom(), nick: "ann", ...members };
      assertFrames(await peer.exchange(frame), [
        { cmd: "warn", text: nonEmpty, id, code: /^[a-z][a-z_]+$/, channel: false, room: frame.channel, time: epochMs },
      ]);
    });

  for (const nick of ["安", "👩\u{1f3fd}", "Zoë", "字".repeat(24), "न\u093f"])
    test(`nick ${nick} is admitted`, async () =>
      assert.equal((await Hcchat.join(server.url, newRoom(), nick)).me.nick, nick));

  test("a taken nick is refused, in any case and of any family", async () => {
    const room = newRoom();
    await Legacy.join(server.url, room, "Ann");
    const own = await Hcchat.connect(server.url);
    own.send({ cmd: "join", channel: room, nick: "aNN" });
    assertFrame(await own.next(), { cmd: "warn", id: 34, code: nonEmpty, channel: false, room });
  });

  test("32 rooms fit on a socket, the 33rd is refused", async () => {
    const peer = await Hcchat.connect(server.url);
    const names = Array.from({ length: 33 }, newRoom);
    for (const name of names.slice(0, 32)) await peer.enter(name, "ann");
    assert.deepEqual(peer.joined.at(-1).channels.toSorted(), names.slice(0, 32).toSorted());
    assertFrames(await peer.exchange({ cmd: "join", channel: names[32], nick: "ann" }), [
      { cmd: "warn", code: nonEmpty, room: names[32] },
    ]);
  });
});

describe("what is wrong", () => {
  for (const text of ["not json", "", "\ufeff{}", '{"cmd":'])
    test(`${JSON.stringify(text)} is answered by warn bad_json, and the connection stays`, async () => {
      const peer = await Hcchat.connect(server.url);
      assertFrames(await peer.exchange(text), [{ cmd: "warn", code: "bad_json", text: nonEmpty }]);
    });

  test("an unknown command draws a warning with a code", async () => {
    const peer = await Hcchat.connect(server.url);
    assertFrames(await peer.exchange({ cmd: "nosuchcommandatall" }), [
      { cmd: "warn", id: 14, code: nonEmpty, text: nonEmpty, time: epochMs },
    ]);
  });

  test("a message over 65,536 bytes closes with 1009", async () => {
    const [ann, bob] = await pair();
    ann.send({ cmd: "chat", text: "z".repeat(65_600), mid: randomUUID() });
    assert.equal(await ann.closeCode(), 1009);
    assertFrame(await bob.next(), { cmd: "onlineRemove", nick: "安" });
  });

  test("in a room with all families, each gets its own frames of one message", async () => {
    const room = newRoom();
    const peers = [
      await Legacy.join(server.url, room, "legacy"),
      await V2.join(server.url, room, "v2"),
      await App.join(server.url, room, "App"),
      await Hcchat.join(server.url, room, "own"),
    ];
    for (const peer of peers) await peer.settle();
    const own = peers[3];
    const mid = randomUUID();
    const [, legacy, v2, app] = await own.exchange(
      { cmd: "chat", channel: room, text: "E2EE:all", mid },
      ...peers.slice(0, 3),
    );
    for (const frames of [legacy, v2])
      assertFrames(frames, [{ cmd: "chat", nick: "own", text: "E2EE:all", channel: room }]);
    assertFrames(app, [
      { type: "message", nick: "own", text: "E2EE:all", id: mid, channel: room },
      { type: "typing_stopped", nick: "own", channel: room },
    ]);
  });
});

/** Presents a token on a new connection, and returns what came. */
async function restore(token) {
  const peer = await Hcchat.open(server.url);
  peer.send({ cmd: "session", proto: 3, token });
  return { peer, frames: await peer.until((frame) => frame.cmd === "session") };
}

describe("a session that moves", () => {
  test("the token brings back all rooms, with a fresh token", async () => {
    const [one, two] = [newRoom(), newRoom()];
    const ann = await Hcchat.join(server.url, one, "安", { pass: "pw" });
    await ann.enter(two, "安安");
    const { token, me } = ann;
    ann.drop();
    const { frames } = await restore(token);
    const sets = frames.filter((frame) => frame.cmd === "onlineSet");
    assert.deepEqual(sets.map((set) => set.channel).toSorted(), [one, two].toSorted());
    assertFrame(sets.find((set) => set.channel === one).users.at(-1), { nick: "安", trip: "Pz6LSM", isme: true });
    assertFrame(sets.find((set) => set.channel === two).users.at(-1), { nick: "安安", userid: me.userid });
    assertFrame(frames.at(-1), { cmd: "session", restored: true, token: nonEmpty, proto: 3 });
    assert.ok(!frames.some((frame) => frame.id === 1304), "no message of the day on a restore");
  });

  test("a token in use takes over: the old connection is closed with 4009 and the room sees one member", async () => {
    const [ann, bob, room] = await pair();
    const { peer, frames } = await restore(ann.token);
    assert.equal(await ann.closeCode(), 4009);
    assertFrame(frames.at(-1), { restored: true, channels: [room] });
    assert.deepEqual(frames[0].nicks.toSorted(), ["Bob", "安"].toSorted());
    const [, heard] = await peer.exchange({ cmd: "chat", text: "moved", mid: randomUUID() }, bob);
    assertFrame(heard.at(-1), { cmd: "chat", nick: "安", text: "moved" });
    assertFrames(await bob.exchange({ cmd: "who", channel: room }), [{ cmd: "presence", count: 2 }]);
  });

  for (const token of ["nonsense", "", "A".repeat(5_000), 5, null])
    test(`the token ${String(JSON.stringify(token)).slice(0, 20)} restores nothing`, async () => {
      const { frames } = await restore(token);
      assertFrames(frames, [{ cmd: "session", restored: false, token: "", channels: [], proto: 3 }]);
    });
});
