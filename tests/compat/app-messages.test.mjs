// What the HChat app says and is told: messages, private ones, reactions, receipts, and what is malformed.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { joinApp, meeting, ofType, server } from "./apps.mjs";
import { Hcchat, Legacy, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, epochMs, messageId } from "./match.mjs";

describe("messages", () => {
  test("for one message: ack to the sender, the message to all, typing_stopped to all, delivered to the sender", async () => {
    const { room, ann, bob, stock } = await meeting();
    const id = randomUUID();
    const [mine, theirs, seen] = await ann.exchange({ type: "message", id, room, text: "E2EE:abc=" }, bob, stock);
    const message = { type: "message", cmd: "chat", id, channel: room, nick: "Ann", text: "E2EE:abc=" };
    const stopped = { type: "typing_stopped", channel: room, nick: "Ann" };
    assertFrames(mine, [
      { type: "message_ack", messageId: id, status: "received", timestamp: epochMs },
      message,
      stopped,
      { type: "message_delivered", messageId: id, deliveredTo: ["Bob", "stock"], timestamp: epochMs },
    ]);
    assertFrames(theirs, [message, stopped]);
    assertFrames(seen, [{ cmd: "chat", nick: "Ann", text: "E2EE:abc=", channel: room }]);
  });

  test("alone there is no message_delivered", async () => {
    const room = newRoom();
    const ann = await joinApp(room, "Ann");
    const frames = await ann.exchange({ type: "message", id: randomUUID(), room, text: "anybody?" });
    assert.deepEqual(
      frames.map((frame) => frame.type),
      ["message_ack", "message", "typing_stopped"],
    );
  });

  test("sent again with the same id it is acked again and shown once", async () => {
    const { room, ann, bob, stock } = await meeting();
    const message = { type: "message", id: randomUUID(), room, text: "once" };
    await ann.exchange(message, bob, stock);
    const [mine, theirs, seen] = await ann.exchange(message, bob, stock);
    assertFrames(mine, [{ type: "message_ack", messageId: message.id, status: "received" }]);
    assert.deepEqual([theirs, seen], [[], []]);
  });

  test("resent on a new connection after a drop it is acked, and not shown twice", async () => {
    const { room, ann, bob } = await meeting();
    const message = { type: "message", id: randomUUID(), room, text: "did it arrive?" };
    await ann.exchange(message, bob);
    ann.drop();
    await bob.until((frame) => frame.type === "user_left");
    const again = await joinApp(room, "Ann");
    await bob.settle();
    const [mine, theirs] = await again.exchange(message, bob);
    assert.deepEqual(
      ofType(mine, "message_ack").map((frame) => frame.messageId),
      [message.id],
    );
    assert.deepEqual(ofType(theirs, "message"), []);
  });

  test("an attachment and a reply go along; the text may be empty", async () => {
    const { room, ann, bob, stock } = await meeting();
    const attachment = { id: "a1", kind: "image", filename: "图.png", url: "https://example.org/1" };
    const replyTo = { messageId: "m0", sender: "Bob", text: "old", timestamp: 1 };
    const [mine, theirs, seen] = await ann.exchange(
      { type: "message", id: randomUUID(), room, text: "", attachment, replyTo },
      bob,
      stock,
    );
    for (const frames of [mine, theirs]) {
      const [message] = ofType(frames, "message");
      assertFrame(message, { text: "", replyTo });
      assert.ok(
        message.attachment?.url === attachment.url || message.attachments?.[0]?.url === attachment.url,
        JSON.stringify(message),
      );
      for (const one of message.attachments ?? [])
        assertFrame(one, { type: "image", url: attachment.url, filename: "图.png" });
    }
    for (const frame of seen) assert.equal(typeof frame.text, "string", "a hack.chat client always gets a string");
  });

  for (const text of ["E2EE:  blanks  ", "E2EE:\n\n\n\nx\n", "E2EE:/me x", "E2EE:\u0000\u0085\ufeff", "E2EE:😀\ud83d"])
    test(`${JSON.stringify(text)} arrives byte for byte`, async () => {
      const { room, ann, bob, stock } = await meeting();
      const [, theirs, seen] = await ann.exchange({ type: "message", id: randomUUID(), room, text }, bob, stock);
      assertFrame(ofType(theirs, "message")[0], { text });
      assertFrame(seen[0], { text });
    });

  test("a frame with neither type nor cmd but a text is a chat, and /me an emote in words", async () => {
    const { room, ann, bob, stock } = await meeting();
    const [mine, theirs, seen] = await ann.exchange({ channel: room, nick: "Ann", text: "plain" }, bob, stock);
    assertFrame(ofType(theirs, "message")[0], { nick: "Ann", text: "plain", id: (id) => id !== undefined });
    assert.ok(ofType(mine, "message").length === 1);
    assertFrames(seen, [{ cmd: "chat", nick: "Ann", text: "plain" }]);
    const [, waved, emoted] = await ann.exchange({ channel: room, nick: "Ann", text: "/me waves" }, bob, stock);
    assert.ok(waved.length >= 1 && waved.some((frame) => /waves/.test(frame.text)), JSON.stringify(waved));
    assert.ok(
      emoted.some((frame) => /waves/.test(frame.text)),
      JSON.stringify(emoted),
    );
  });

  test("a hack.chat client's chat, emote and edit reach the apps", async () => {
    const { room, ann, stock } = await meeting();
    const [, heard] = await stock.exchange({ cmd: "chat", text: "大家好", customId: "m1" }, ann);
    assertFrame(heard[0], {
      type: "message",
      cmd: "chat",
      id: messageId,
      channel: room,
      nick: "stock",
      text: "大家好",
    });
    const [, emoted] = await stock.exchange({ cmd: "emote", text: "waves" }, ann);
    assert.ok(
      emoted.some((frame) => /waves/.test(frame.text)),
      JSON.stringify(emoted),
    );
    await stock.exchange({ cmd: "updateMessage", customId: "m1", text: "edited" }, ann);
  });

  test("text frames of an app are read like binary ones, and cmd like type", async () => {
    const { room, ann, bob } = await meeting();
    const [, theirs] = await ann.exchange(
      JSON.stringify({ cmd: "message", id: randomUUID(), channel: room, text: "as text" }),
      bob,
    );
    assertFrame(ofType(theirs, "message")[0], { text: "as text" });
  });
});

describe("private messages", () => {
  test("dm: to the target, and an echo to the sender; nobody else", async () => {
    const { ann, bob, stock } = await meeting();
    const id = randomUUID();
    const attachment = { id: "a", kind: "file", filename: "f", url: "https://example.org/f" };
    const [mine, theirs, seen] = await ann.exchange(
      { type: "dm", id, to: "Bob", text: "psst", attachment },
      bob,
      stock,
    );
    const dm = { type: "dm", id, from: "Ann", to: "Bob", text: "psst" };
    assertFrames(ofType(mine, "dm"), [dm]);
    assertFrames(theirs, [dm]);
    assert.equal(theirs[0].attachment?.url, attachment.url);
    assert.deepEqual(seen, []);
  });

  for (const Stock of [Legacy, V2, Hcchat])
    test(`a dm to ${Stock.name} is a whisper there, and a whisper from there a dm here`, async () => {
      const { room, ann, bob, stock } = await meeting(Stock);
      const [, , got] = await ann.exchange({ type: "dm", id: randomUUID(), to: "stock", text: "psst" }, bob, stock);
      if (Stock === Legacy)
        assertFrames(got, [
          { cmd: "info", type: "whisper", from: "Ann", text: "Ann whispered: psst", to: stock.me.userid },
        ]);
      else assertFrames(got, [{ cmd: "whisper", channel: room, to: stock.me.userid, text: "psst" }]);
      const member = stock.joined[0].users.find((user) => user.nick === "Ann");
      const [, heard, others] = await stock.exchange(
        { cmd: "whisper", nick: "Ann", userid: member.userid, channel: room, text: "answer", mid: randomUUID() },
        ann,
        bob,
      );
      assertFrames(heard, [{ type: "dm", id: (id) => id !== undefined, from: "stock", to: "Ann", text: "answer" }]);
      assert.deepEqual(others, []);
    });

  test("a dm that is sent again is not shown again", async () => {
    const { ann, bob } = await meeting();
    const dm = { type: "dm", id: randomUUID(), to: "Bob", text: "once" };
    await ann.exchange(dm, bob);
    const [, theirs] = await ann.exchange(dm, bob);
    assert.deepEqual(theirs, []);
  });

  test("a dm to nobody ends nothing", async () => {
    const { ann, bob } = await meeting();
    await ann.exchange({ type: "dm", id: randomUUID(), to: "Nobody", text: "x" });
    assert.equal((await bob.settle()).length, 0);
  });
});

describe("signals", () => {
  test("typing goes to the other apps with the true nick, not back and not to hack.chat clients", async () => {
    const { room, ann, bob, stock } = await meeting();
    const own = await Hcchat.join(server.url, room, "own");
    for (const peer of [ann, bob, stock]) await peer.settle();
    const all = await ann.exchange({ cmd: "typing", channel: room, nick: "Mallory" }, bob, stock, own);
    assert.deepEqual(all[0], []);
    assertFrames(all[1], [{ type: "typing", channel: room, nick: "Ann" }]);
    assert.deepEqual(all[2], []);
    assertFrames(all[3], [{ cmd: "typing", channel: room, nick: "Ann" }]);
  });

  const reactions = [
    ["add_reaction", "reaction_added", { reactionId: "r1", timestamp: 1_700_000_000.25 }],
    ["remove_reaction", "reaction_removed", {}],
  ];
  for (const [verb, type, more] of reactions)
    test(`${verb} comes to all apps as ${type}, the sender included`, async () => {
      const { room, ann, bob, stock } = await meeting();
      const [mine, theirs, seen] = await ann.exchange(
        { type: verb, messageId: "m1", channel: room, emoji: "👍", ...more },
        bob,
        stock,
      );
      const shape = {
        type,
        messageId: "m1",
        channel: room,
        emoji: "👍",
        userId: "Ann",
        timestamp: (value) => typeof value === "number",
        ...(more.reactionId && { reactionId: "r1" }),
      };
      assertFrames(mine, [shape]);
      assertFrames(theirs, [shape]);
      for (const frame of seen) assert.equal(typeof frame.cmd, "string");
    });

  for (const type of ["delivered_receipt", "read_receipt"])
    test(`${type} goes as sent to the room but the sender, under the true nick`, async () => {
      const { room, ann, bob, stock } = await meeting();
      const [mine, theirs, seen] = await ann.exchange(
        { type, messageId: "m1", channel: room, userId: "Mallory", timestamp: 1_700_000_000.5 },
        bob,
        stock,
      );
      assert.deepEqual(mine, []);
      assertFrames(theirs, [{ type, messageId: "m1", channel: room, userId: "Ann", timestamp: 1_700_000_000.5 }]);
      assert.deepEqual(seen, []);
    });

  for (const status of ["online", "away", "busy", "offline"])
    test(`status_update ${status} comes to all apps, the sender included`, async () => {
      const { room, ann, bob } = await meeting();
      for (const frames of await ann.exchange({ type: "status_update", status, timestamp: 1_700_000_000 }, bob))
        assertFrames(frames, [
          {
            type: "status_update",
            nick: "Ann",
            status,
            timestamp: (value) => typeof value === "number",
            channel: room,
          },
        ]);
    });
});

describe("robustness", () => {
  for (const frame of [
    { type: "nosuch" },
    { type: "message" },
    { type: "message", id: 5, room: [], text: {} },
    { type: "dm" },
    { type: "add_reaction", emoji: { a: 1 } },
    { type: "read_receipt", messageId: [] },
    { type: "status_update", status: 5 },
    { type: "join" },
    { type: "join", room: 7 },
    { type: "join", room: "x".repeat(121) },
    { type: "who", room: "not-mine" },
    { type: 5 },
    { text: null },
    { type: "nick" },
  ])
    test(`${JSON.stringify(frame).slice(0, 60)} does no harm`, async () => {
      const { room, ann, bob } = await meeting();
      const before = await ann.exchange(frame);
      for (const one of before) assert.doesNotMatch(JSON.stringify(one), /Exception|System\./);
      await bob.settle();
      const [, heard] = await ann.exchange({ type: "message", id: randomUUID(), room, text: "fine" }, bob);
      assertFrame(ofType(heard, "message")[0], { text: "fine" });
    });

  test("more than 65,536 bytes are dropped in silence, and hack.chat ids of messages are numbers still", async () => {
    const { room, ann, stock } = await meeting();
    assert.deepEqual(await ann.exchange({ type: "message", id: randomUUID(), room, text: "z".repeat(65_600) }), []);
    assertFrames(await stock.exchange({ cmd: "chat", text: "x" }), [{ cmd: "chat", id: messageId }]);
  });
});
