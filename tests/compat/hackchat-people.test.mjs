// What members do to one another: whisper, invite, change nick and colour; and sessions that outlive a socket.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Legacy, Peer, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, epochMs, nonEmpty } from "./match.mjs";
import { ServerProcess } from "./server.mjs";

let server;
before(async () => (server = await ServerProcess.start()));
after(() => server?.dispose());

async function pair(First, Second = First, pass) {
  const room = newRoom();
  const ann = await First.join(server.url, room, "ann", pass ? { pass } : {});
  const bob = await Second.join(server.url, room, "bob");
  await ann.settle();
  return [ann, bob, room];
}

/** How a generation addresses a member, and how it is shown a private frame. */
const address = (from, to, room, members) =>
  from instanceof V2 ? { userid: to.me.userid, channel: room, ...members } : { nick: to.me.nick, ...members };

describe("whispers", () => {
  for (const From of [Legacy, V2])
    for (const To of [Legacy, V2])
      test(`from ${From.name} to ${To.name}, seen by nobody else`, async () => {
        const [ann, bob, room] = await pair(From, To, "pw");
        const third = await Legacy.join(server.url, room, "third");
        await Promise.all([ann.settle(), bob.settle()]);
        const [mine, theirs, others] = await ann.exchange(
          { cmd: "whisper", nick: "bob", channel: room, text: "psst" },
          bob,
          third,
        );
        const frame = { channel: room, from: ann.me.userid, to: bob.me.userid, time: epochMs };
        assertFrames(mine, [
          From === V2
            ? { ...frame, cmd: "whisper", text: "psst" }
            : { ...frame, cmd: "info", type: "whisper", text: "You whispered to @bob: psst" },
        ]);
        assertFrames(theirs, [
          To === V2
            ? { ...frame, cmd: "whisper", text: "psst" }
            : { ...frame, cmd: "info", type: "whisper", from: "ann", trip: "Pz6LSM", text: "ann whispered: psst" },
        ]);
        assert.deepEqual(others, []);
      });

  test("by userid alone", async () => {
    const [ann, bob, room] = await pair(V2);
    const [mine, theirs] = await ann.exchange(
      { cmd: "whisper", userid: bob.me.userid, channel: room, text: "psst" },
      bob,
    );
    for (const frames of [mine, theirs])
      assertFrames(frames, [{ cmd: "whisper", from: ann.me.userid, to: bob.me.userid, text: "psst" }]);
  });

  test("to a nick in another case, or to one that has just left, is refused with 12", async () => {
    const [ann, bob, room] = await pair(Legacy);
    assertFrames(await ann.exchange({ cmd: "whisper", nick: "BOB", text: "x" }), [
      { cmd: "warn", text: "Could not find user in that channel", id: 12, channel: room },
    ]);
    bob.drop();
    await ann.next();
    assertFrames(await ann.exchange({ cmd: "whisper", nick: "bob", text: "x" }), [
      { cmd: "warn", id: 12, channel: room },
    ]);
  });

  test("an encrypted whisper passes as it is", async () => {
    const [ann, bob, room] = await pair(V2);
    const text = "E2EE:\n\n\n /me \n";
    const [, theirs] = await ann.exchange({ cmd: "whisper", nick: "bob", channel: room, text }, bob);
    assertFrames(theirs, [{ cmd: "whisper", text }]);
  });
});

describe("invitations", () => {
  for (const From of [Legacy, V2])
    for (const To of [Legacy, V2])
      for (const to of ["party", undefined])
        test(`from ${From.name} to ${To.name}, ${to ? "to a named room" : "to a made-up room"}`, async () => {
          const [ann, bob, room] = await pair(From, To);
          const [mine, theirs] = await ann.exchange(
            { cmd: "invite", ...address(ann, bob, room, to ? { to } : {}) },
            bob,
          );
          const inviteChannel = to ?? /^[a-z0-9]{1,8}$/;
          const frame = { channel: room, from: ann.me.userid, to: bob.me.userid, inviteChannel, time: epochMs };
          const line = (start) => new RegExp(`^${start} to \\?${to ?? "[a-z0-9]{1,8}"}$`);
          assertFrames(mine, [
            From === V2
              ? { ...frame, cmd: "invite" }
              : { ...frame, cmd: "info", type: "invite", from: "", text: line("You invited bob") },
          ]);
          assertFrames(theirs, [
            To === V2
              ? { ...frame, cmd: "invite" }
              : { ...frame, cmd: "info", type: "invite", from: "ann", text: line("ann invited you") },
          ]);
          assert.equal(mine[0].inviteChannel, theirs[0].inviteChannel);
        });

  test("to nobody is refused with 12, a malformed one ignored", async () => {
    const [ann, bob, room] = await pair(Legacy, V2);
    assertFrames(await ann.exchange({ cmd: "invite", nick: "nobody" }), [{ cmd: "warn", id: 12, channel: room }]);
    assertFrames(await bob.exchange({ cmd: "invite", userid: 1, channel: room }), [
      { cmd: "warn", id: 12, channel: room },
    ]);
    assert.deepEqual(await ann.exchange({ cmd: "invite" }), []);
    assert.deepEqual(await ann.exchange({ cmd: "invite", nick: 5 }), []);
    assert.deepEqual(await bob.exchange({ cmd: "invite", nick: "ann", channel: room }), []);
  });
});

describe("nick and colour", () => {
  test("a new nick is a leave and a join to generation 1, an update to generation 2", async () => {
    const [ann, vera, room] = await pair(Legacy, V2);
    const [mine, theirs] = await ann.exchange({ cmd: "changenick", nick: " anna " }, vera);
    const user = {
      nick: "anna",
      trip: "",
      uType: "user",
      level: 100,
      userid: ann.me.userid,
      hash: ann.me.hash,
      online: true,
      channel: room,
      time: epochMs,
    };
    const info = { cmd: "info", text: "ann is now anna", id: 1301, channel: room };
    assertFrames(mine, [
      { cmd: "onlineRemove", userid: ann.me.userid, nick: "ann", channel: room },
      { ...user, cmd: "onlineAdd" },
      info,
    ]);
    assertFrames(theirs, [{ ...user, cmd: "updateUser" }, info]);
  });

  for (const Generation of [Legacy, V2]) {
    test(`a taken, an unfit and one's own nick are refused; another case of it is not (${Generation.name})`, async () => {
      const [ann, , room] = await pair(Generation);
      for (const [nick, id] of [
        ["BOB", 34],
        ["ann", 34],
        ["no good", 32],
        ["", 32],
        ["安", 32],
        ["x".repeat(25), 32],
      ])
        assertFrames(await ann.exchange({ cmd: "changenick", nick }), [{ cmd: "warn", id, channel: room }], nick);
      const changed = await ann.exchange({ cmd: "changenick", nick: "ANN" });
      assertFrame(changed.at(-1), { cmd: "info", id: 1301, text: "ann is now ANN" });
    });

    const colours = [
      ["ff0000", "FF0000"],
      ["#0Af", "0AF"],
      [" abcdef ", "ABCDEF"],
      ["reset", false],
      ["RESET", false],
    ];
    for (const [color, seen] of colours)
      test(`colour ${JSON.stringify(color)} becomes ${seen} for all (${Generation.name})`, async () => {
        const [ann, bob, room] = await pair(Generation, Legacy);
        const [mine, theirs] = await ann.exchange({ cmd: "changecolor", color }, bob);
        const update = {
          cmd: "updateUser",
          nick: "ann",
          userid: ann.me.userid,
          color: seen,
          channel: room,
          online: true,
        };
        assertFrames(mine, [update, { cmd: "session", restored: false, token: nonEmpty, channels: [room] }]);
        assertFrames(theirs, [update]);
      });

    test(`a bad colour is refused with 151, the same one again ignored (${Generation.name})`, async () => {
      const [ann, bob, room] = await pair(Generation);
      for (const color of ["", "red", "12", "1234", "fffffg", "1234567"])
        assertFrames(
          await ann.exchange({ cmd: "changecolor", color }),
          [{ cmd: "warn", id: 151, channel: room }],
          color,
        );
      assert.deepEqual(await ann.exchange({ cmd: "changecolor", color: 5 }), []);
      await ann.exchange({ cmd: "changecolor", color: "abc" }, bob);
      assert.deepEqual(await ann.exchange({ cmd: "changecolor", color: "ABC" }, bob), [[], []]);
    });
  }
});

describe("sessions", () => {
  test("a session without a token opens generation 2", async () => {
    const peer = await V2.connect(server.url);
    assertFrame(peer.greeting, { cmd: "session", restored: false, token: "", channels: [], time: epochMs });
  });

  for (const Generation of [Legacy, V2])
    test(`a token brings back nick, trip, userid and room after a drop (${Generation.name})`, async () => {
      const room = newRoom();
      const watch = await Legacy.join(server.url, room, "watch");
      const ann = await Generation.join(server.url, room, "ann", { pass: "pw" });
      await watch.settle();
      ann.drop();
      assertFrame(await watch.next(), { cmd: "onlineRemove", nick: "ann" });
      const back = await Peer.connect(server.url);
      back.send({ cmd: "session", token: ann.token });
      const frames = await back.until((frame) => frame.cmd === "session");
      assertFrames(frames, [
        {
          cmd: "onlineSet",
          channel: room,
          nicks: ["watch", "ann"],
          users: [{ nick: "watch" }, { isme: true, isBot: false, nick: "ann", trip: "Pz6LSM", userid: ann.me.userid }],
        },
        { cmd: "session", restored: true, token: nonEmpty, channels: [room] },
      ]);
      assertFrame(await watch.next(), { cmd: "onlineAdd", nick: "ann", trip: "Pz6LSM", userid: ann.me.userid });
      back.send({ cmd: "chat", text: "again" });
      assertFrame(await watch.next(), { cmd: "chat", nick: "ann", trip: "Pz6LSM", text: "again" });
    });

  const forged = {
    nonsense: () => "nonsense",
    empty: () => "",
    "one character off": (token) => token.slice(0, -2) + (token.at(-2) === "A" ? "B" : "A") + token.at(-1),
    "cut short": (token) => token.slice(0, -8),
    unsigned: (token) =>
      `${Buffer.from('{"alg":"none","typ":"JWT"}').toString("base64url")}.${token.split(".")[1] ?? token}.`,
    "very long": () => "x".repeat(10_000),
    "not a string": () => 5,
  };
  for (const [what, forge] of Object.entries(forged))
    test(`a token that is ${what} restores nothing, and one may join afresh`, async () => {
      const ann = await V2.join(server.url, newRoom(), "ann", { pass: "pw" });
      ann.drop();
      const peer = await Legacy.connect(server.url);
      peer.send({ cmd: "session", token: forge(ann.token) });
      assertFrame(await peer.next(), { cmd: "session", restored: false, token: "", channels: [] });
      await peer.enter(newRoom(), "ann");
      assertFrame(peer.me, { trip: "" });
    });

  for (const Generation of [Legacy, V2])
    test(`the same token presented again takes over: the older connection is closed with 4009 (${Generation.name})`, async () => {
      const room = newRoom();
      const watch = await Legacy.join(server.url, room, "watch");
      const old = await Generation.join(server.url, room, "ann");
      const young = await Peer.connect(server.url);
      young.send({ cmd: "session", token: old.token });
      const frames = await young.until((frame) => frame.cmd === "session");
      assert.equal(await old.closeCode(), 4009);
      assertFrame(frames.at(-1), { restored: true, channels: [room] });
      assertFrame(frames[0], { cmd: "onlineSet", nicks: ["watch", "ann"] });
      young.send({ cmd: "chat", text: "mine now" });
      await watch.until((frame) => frame.cmd === "chat" && frame.nick === "ann" && frame.text === "mine now");
      const late = await Legacy.join(server.url, room, "late");
      assert.deepEqual(late.joined[0].nicks.toSorted(), ["ann", "late", "watch"]);
    });
});
