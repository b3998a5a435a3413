// Our own protocol, `proto` 3: acknowledged messages, and the smaller verbs.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { App, Hcchat, Legacy, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, color, epochMs, nonEmpty, userid } from "./match.mjs";
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

describe("messages", () => {
  test("a chat is acknowledged to the sender and goes to everybody, the sender included", async () => {
    const [ann, bob, room] = await pair();
    const mid = randomUUID();
    const [mine, theirs] = await ann.exchange({ cmd: "chat", channel: room, text: "hello", mid }, bob);
    const chat = {
      cmd: "chat",
      channel: room,
      nick: "安",
      userid: ann.me.userid,
      uType: "user",
      level: 100,
      text: "hello",
      id: mid,
      mid,
      time: epochMs,
    };
    assertFrames(
      mine.filter((frame) => frame.cmd === "ack"),
      [{ mid, channel: room, id: nonEmpty, time: epochMs, durable: false }],
    );
    assertFrames(
      mine.filter((frame) => frame.cmd !== "ack"),
      [chat],
    );
    assertFrames(theirs, [chat]);
  });

  test("the same mid again gets the same ack and is not shown again; another body is a conflict", async () => {
    const [ann, bob, room] = await pair();
    const mid = "m".repeat(16);
    const [first] = await ann.exchange({ cmd: "chat", channel: room, text: "once", mid }, bob);
    const [again, theirs] = await ann.exchange({ cmd: "chat", channel: room, text: "once", mid }, bob);
    assert.deepEqual(
      again.map(({ cmd, id, mid: of, channel }) => [cmd, id, of, channel]),
      [["ack", first.find((frame) => frame.cmd === "ack").id, mid, room]],
    );
    assert.equal(again[0].time, first.find((frame) => frame.cmd === "ack").time, "the same ack");
    assert.deepEqual(theirs, []);
    const [other, still] = await ann.exchange({ cmd: "chat", channel: room, text: "twice", mid }, bob);
    assertFrames(other, [{ cmd: "nack", mid, channel: room, code: "conflict", text: nonEmpty }]);
    assert.deepEqual(still, []);
  });

  test("a mid is remembered over a reconnect with the token", async () => {
    const [ann, bob, room] = await pair();
    const message = { cmd: "chat", channel: room, text: "once", mid: randomUUID() };
    await ann.exchange(message, bob);
    ann.drop();
    const back = await restore(ann.token);
    await bob.settle();
    const [mine, theirs] = await back.peer.exchange(message, bob);
    assertFrames(mine, [{ cmd: "ack", mid: message.mid }]);
    assert.deepEqual(theirs, []);
  });

  test("two people may use the same mid", async () => {
    const [ann, bob, room] = await pair();
    const mid = randomUUID();
    await ann.exchange({ cmd: "chat", channel: room, text: "a", mid }, bob);
    const [mine, theirs] = await bob.exchange({ cmd: "chat", channel: room, text: "b", mid }, ann);
    assert.ok(mine.some((frame) => frame.cmd === "ack"));
    assertFrames(theirs, [{ cmd: "chat", text: "b" }]);
  });

  for (const mid of ["short", "x".repeat(37), "with blank 12345", "ümläut-1234567890", 5, {}])
    test(`mid ${JSON.stringify(mid)} is no mid: refused, not shown`, async () => {
      const [ann, bob, room] = await pair();
      const [mine, theirs] = await ann.exchange({ cmd: "chat", channel: room, text: "x", mid }, bob);
      assert.equal(mine.length, 1);
      assert.ok(["nack", "warn"].includes(mine[0].cmd) && mine[0].code.length > 0, JSON.stringify(mine));
      assert.deepEqual(theirs, []);
    });

  const texts = [
    "E2EE:",
    "E2EE:  blanks  ",
    " E2EE: not a prefix",
    "E2EE:\n\n\n\n",
    "\n\n\nplain\n\n\n\ntext \n",
    "/me is not interpreted",
    "//x",
    "/nosuch",
    "E2EE:/me x",
    "\u0000\u0085\ufeff\u2028",
    "\ud83d",
    "<b>&amp;\"'\\",
    "😀".repeat(1_000),
  ];
  for (const text of texts.filter((one) => one.startsWith("E2EE:") || one.startsWith("/")))
    test(`${JSON.stringify(text)} goes out as it came in`, async () => {
      const [ann, bob, room] = await pair();
      const legacy = await Legacy.join(server.url, room, "legacy");
      for (const peer of [ann, bob]) await peer.settle();
      const [mine, theirs, seen] = await ann.exchange(
        { cmd: "chat", channel: room, text, mid: randomUUID() },
        bob,
        legacy,
      );
      assertFrames(
        mine.filter((frame) => frame.cmd === "chat"),
        [{ text }],
      );
      assertFrames(theirs, [{ text }]);
      assertFrames(seen, [{ cmd: "chat", text }]);
    });

  test("escapes, quotes and rare characters of an encrypted text survive in every spelling", async () => {
    const [ann, bob, room] = await pair();
    const spellings = [
      'E2EE:\\u0041\\/\\"\\\\',
      "E2EE:\\ud83d\\ude00",
      "E2EE:\\ude00\\ud83d",
      "E2EE:\\u0000\\u001f\\u007f",
      "E2EE:\u007f\u0080\u2028",
    ];
    for (const written of spellings) {
      const [, theirs] = await ann.exchange(
        `{"cmd":"chat","channel":"${room}","mid":"${randomUUID()}","text":"${written}"}`,
        bob,
      );
      assert.deepEqual(
        theirs.map((frame) => frame.text),
        [JSON.parse(`"${written}"`)],
      );
    }
  });

  test("an emote begins with the nick and is acknowledged", async () => {
    const [ann, bob, room] = await pair();
    const mid = randomUUID();
    const [mine, theirs] = await ann.exchange({ cmd: "emote", channel: room, text: "waves", mid }, bob);
    assertFrames(
      mine.filter((frame) => frame.cmd === "ack"),
      [{ mid, channel: room }],
    );
    assertFrames(theirs, [{ cmd: "emote", channel: room, nick: "安", userid: ann.me.userid, text: "@安 waves" }]);
  });

  test("a whisper is acknowledged and shown to the two alone", async () => {
    const [ann, bob, room] = await pair();
    const cid = await Hcchat.join(server.url, room, "Cid");
    for (const peer of [ann, bob]) await peer.settle();
    const mid = randomUUID();
    const [mine, theirs, others] = await ann.exchange(
      { cmd: "whisper", channel: room, userid: bob.me.userid, text: "E2EE: psst ", mid },
      bob,
      cid,
    );
    const whisper = { cmd: "whisper", channel: room, from: ann.me.userid, to: bob.me.userid, text: "E2EE: psst ", mid };
    assertFrames(
      mine.filter((frame) => frame.cmd === "ack"),
      [{ mid, channel: room }],
    );
    assertFrames(
      mine.filter((frame) => frame.cmd === "whisper"),
      [whisper],
    );
    assertFrames(theirs, [whisper]);
    assert.deepEqual(others, []);
    const [again, silent] = await ann.exchange(
      { cmd: "whisper", channel: room, userid: bob.me.userid, text: "E2EE: psst ", mid },
      bob,
    );
    assertFrames(again, [{ cmd: "ack", mid }]);
    assert.deepEqual(silent, []);
  });

  test("a whisper to nobody is a nack", async () => {
    const [ann, , room] = await pair();
    const mid = randomUUID();
    assertFrames(await ann.exchange({ cmd: "whisper", channel: room, userid: 1, text: "x", mid }), [
      { cmd: "nack", mid, channel: room, code: nonEmpty, text: nonEmpty },
    ]);
  });

  test("a chat to a room one is not in is a nack", async () => {
    const [ann] = await pair();
    const mid = randomUUID();
    assertFrames(await ann.exchange({ cmd: "chat", channel: newRoom(), text: "x", mid }), [
      { cmd: "nack", mid, code: nonEmpty, text: nonEmpty },
    ]);
  });
});

describe("the smaller verbs", () => {
  test("typing reaches the others and nobody of hack.chat", async () => {
    const [ann, bob, room] = await pair();
    const legacy = await Legacy.join(server.url, room, "legacy");
    const app = await App.join(server.url, room, "App");
    for (const peer of [ann, bob, legacy]) await peer.settle();
    const [mine, theirs, stock, apps] = await ann.exchange({ cmd: "typing", channel: room }, bob, legacy, app);
    assert.deepEqual(mine, []);
    assertFrames(theirs, [{ cmd: "typing", channel: room, nick: "安", userid: ann.me.userid }]);
    assert.deepEqual(stock, []);
    assertFrames(apps, [{ type: "typing", channel: room, nick: "安" }]);
  });

  test("who answers with the nicks in the order of joining", async () => {
    const [ann, , room] = await pair();
    assertFrames(await ann.exchange({ cmd: "who", channel: room }), [
      { cmd: "presence", channel: room, room, users: ["安", "Bob"], count: 2, time: epochMs },
    ]);
  });

  test("who about a room one is not in tells nothing of it", async () => {
    const [, , room] = await pair();
    const outsider = await Hcchat.connect(server.url);
    for (const frame of await outsider.exchange({ cmd: "who", channel: room }))
      assert.ok(!JSON.stringify(frame).includes("Bob"), JSON.stringify(frame));
  });

  test("ping is answered by pong", async () => {
    const peer = await Hcchat.connect(server.url);
    peer.send({ cmd: "ping" });
    assertFrame(await peer.next(), { cmd: "pong", time: epochMs });
  });

  test("a new nick and a new colour are updates for everybody", async () => {
    const [ann, bob, room] = await pair();
    for (const [frame, change] of [
      [{ cmd: "changenick", channel: room, nick: "安妮" }, { nick: "安妮" }],
      [{ cmd: "changecolor", channel: room, color: "0af" }, { color: "0AF" }],
    ])
      for (const seen of await ann.exchange(frame, bob))
        assertFrame(
          seen.find((one) => one.cmd === "updateUser"),
          { channel: room, userid: ann.me.userid, ...change },
        );
    assertFrames(
      (await ann.exchange({ cmd: "changenick", channel: room, nick: "bob" })).filter((frame) => frame.cmd === "warn"),
      [{ id: 34, code: nonEmpty, channel: room }],
    );
  });

  test("leave names the rooms that are left", async () => {
    const [ann, bob, room] = await pair();
    const other = newRoom();
    await ann.enter(other, "安");
    const [mine, theirs] = await ann.exchange({ cmd: "leave", channel: room }, bob);
    assertFrames(mine, [{ cmd: "session", channels: [other] }]);
    assertFrames(theirs, [{ cmd: "onlineRemove", nick: "安", userid: ann.me.userid, channel: room }]);
  });

  test("several rooms are kept apart, and a frame that names none of them is refused", async () => {
    const [one, two] = [newRoom(), newRoom()];
    const ann = await Hcchat.join(server.url, one, "安");
    await ann.enter(two, "安安");
    const bob = await Legacy.join(server.url, one, "bob");
    const cid = await Legacy.join(server.url, two, "cid");
    await ann.settle();
    const [, heard, silent] = await ann.exchange(
      { cmd: "chat", channel: one, text: "one", mid: randomUUID() },
      bob,
      cid,
    );
    assertFrames(heard, [{ cmd: "chat", nick: "安", text: "one", channel: one }]);
    assert.deepEqual(silent, []);
    const [, , loud] = await ann.exchange({ cmd: "chat", channel: two, text: "two", mid: randomUUID() }, bob, cid);
    assertFrames(loud, [{ cmd: "chat", nick: "安安", text: "two", channel: two }]);
    const mid = randomUUID();
    const [refused, , nothing] = await ann.exchange({ cmd: "chat", text: "where?", mid }, bob, cid);
    assertFrames(refused, [{ cmd: "nack", mid, code: nonEmpty }]);
    assert.deepEqual(nothing, []);
  });

  test("the room may be left out while there is just one", async () => {
    const [ann, bob, room] = await pair();
    const [, heard] = await ann.exchange({ cmd: "chat", text: "here", mid: randomUUID() }, bob);
    assertFrames(heard, [{ channel: room, text: "here" }]);
  });
});

/** Presents a token on a new connection, and returns what came. */
async function restore(token) {
  const peer = await Hcchat.open(server.url);
  peer.send({ cmd: "session", proto: 3, token });
  return { peer, frames: await peer.until((frame) => frame.cmd === "session") };
}
