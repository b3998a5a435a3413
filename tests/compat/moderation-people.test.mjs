// Moderation of people: kick, ban, mute, looks. Trips of the staff are given to the server at its start.
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { App, Legacy, Peer, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames } from "./match.mjs";
import { court, elsewhere, joinMod, server } from "./staff.mjs";

const target = (peer, them, room) =>
  peer instanceof V2 ? { userid: them.me.userid, channel: room } : { nick: them.me.nick };

describe("kick", () => {
  for (const Generation of [Legacy, V2])
    test(`the kicked is told and in no room any more; the room sees a leave, its moderators are informed (${Generation.name})`, async () => {
      const { room, mod, bob, witness } = await court(Generation);
      const to = newRoom();
      const warden = await Legacy.join(server.url, to, "warden");
      const [moderators, kicked, others, there] = await mod.exchange(
        { cmd: "kick", ...target(mod, bob, room), to },
        bob,
        witness,
        warden,
      );
      const leave = { cmd: "onlineRemove", userid: bob.me.userid, nick: "bob", channel: room };
      assertFrames(others, [leave]);
      assertFrames(moderators, [
        { cmd: "info", id: 1204 },
        leave,
        { cmd: "info", id: 1205, text: "Kicked bob", channel: room },
      ]);
      assert.ok(
        kicked.some((frame) => ["info", "warn"].includes(frame.cmd) && frame.text.length > 0),
        `the kicked was not told: ${JSON.stringify(kicked)}`,
      );
      assert.deepEqual(there, []);
      const [, heard, echo] = await bob.exchange({ cmd: "chat", text: "where am I" }, witness, warden);
      assert.deepEqual([heard, echo], [[], []]);
    });

  test("the kicked one's token dies", async () => {
    const { mod, bob } = await court(V2);
    await mod.exchange({ cmd: "kick", nick: "bob" }, bob);
    bob.drop();
    const again = await Peer.connect(server.url, elsewhere());
    again.send({ cmd: "session", token: bob.token });
    assertFrame(await again.next(), { cmd: "session", restored: false, token: "", channels: [] });
  });

  test("by the slash form", async () => {
    const { mod, bob, witness } = await court();
    const [, , others] = await mod.exchange({ cmd: "chat", text: "/kick @bob" }, bob, witness);
    assertFrames(others, [{ cmd: "onlineRemove", nick: "bob" }]);
  });

  test("several at once", async () => {
    const { mod, bob, witness } = await court();
    const [, , others] = await mod.exchange({ cmd: "kick", nick: ["bob", "witness"] }, bob, witness);
    assert.ok(
      others.some((frame) => frame.text?.length > 0),
      "the witness, kicked too, is told",
    );
    const [seen] = await mod.exchange({ cmd: "chat", text: "alone" }, witness);
    assertFrames(seen, [{ cmd: "chat", text: "alone" }]);
  });

  test("nobody, and no equal", async () => {
    const { room, mod } = await court();
    await Legacy.join(server.url, room, "peer", { pass: "mod2-pass" });
    await mod.settle();
    assertFrames(await mod.exchange({ cmd: "kick", nick: "nobody" }), [{ cmd: "warn", id: 12 }]);
    assertFrames(await mod.exchange({ cmd: "kick", nick: "peer" }), [{ cmd: "warn", id: 13 }]);
    assert.deepEqual(await mod.exchange({ cmd: "kick" }), []);
  });

  test("an app is told before it is out, and others see it leave", async () => {
    const room = newRoom();
    const mod = await joinMod(room);
    const app = await App.join(server.url, room, "安", elsewhere());
    await mod.settle();
    const [seen] = await mod.exchange({ cmd: "kick", nick: "安" });
    assertFrame(seen, { cmd: "info", id: 1204 });
    const told = await app.until((frame) => frame.type === "info" && frame.text.length > 0, "a word to the app");
    assert.ok(told.every((frame) => typeof frame.type === "string"));
  });
});

describe("ban", () => {
  for (const Generation of [Legacy, V2])
    test(`goes by address: the banned is cut, comes not back under another nick, and others do (${Generation.name})`, async () => {
      const room = newRoom();
      const mod = await joinMod(room, "mod", Generation);
      const address = elsewhere();
      const bob = await Generation.join(server.url, room, "bob", {}, address);
      await mod.settle();
      const seen = await mod.exchange({ cmd: "ban", ...target(mod, bob, room) });
      assert.ok(seen.some((frame) => frame.cmd === "info" && frame.id === 1201 && frame.text === "Banned bob"));
      assert.ok(seen.some((frame) => frame.cmd === "info" && frame.id === 1202));
      await bob.closeCode();
      assert.equal(await entered(room, "other", address), false);
      assert.equal(await entered(room, "other", elsewhere()), true);
      assertFrames(
        (await mod.exchange({ cmd: "unban", ip: address.localAddress })).filter((frame) => frame.cmd === "info"),
        [{ id: 1210 }, { id: 1211 }],
      );
      assert.equal(await entered(room, "third", address), true);
    });

  test("unban by hash, and of all", async () => {
    for (const pardon of [(bob) => ({ cmd: "unban", hash: bob.me.hash }), () => ({ cmd: "unbanall" })]) {
      const room = newRoom();
      const mod = await joinMod(room);
      const address = elsewhere();
      const bob = await Legacy.join(server.url, room, "bob", {}, address);
      await mod.exchange({ cmd: "ban", nick: "bob" });
      await bob.closeCode();
      await mod.exchange(pardon(bob));
      assert.equal(await entered(room, "bob", address), true);
    }
  });

  test("unban of nobody asks for whom", async () => {
    const mod = await joinMod(newRoom());
    for (const cmd of ["unban", "speak"]) assertFrames(await mod.exchange({ cmd }), [{ cmd: "warn", id: 201 }]);
  });

  test("not of an equal", async () => {
    const { room, mod } = await court();
    await Legacy.join(server.url, room, "peer", { pass: "mod2-pass" });
    await mod.settle();
    assertFrames(await mod.exchange({ cmd: "ban", nick: "peer" }), [{ cmd: "warn", id: 13 }]);
  });
});

/** Whether a join from that address ends in the room. */
async function entered(room, nick, address) {
  const peer = await Legacy.connect(server.url, address).catch(() => null);
  if (!peer) return false;
  peer.send({ cmd: "join", channel: room, nick });
  const first = await peer.next().catch(() => null);
  return first?.cmd === "onlineSet";
}

describe("shadow mute", () => {
  for (const cmd of ["dumb", "mute", "muzzle"])
    test(`${cmd}: the muted sees himself speak, allies too, the room does not, until unmuted`, async () => {
      const { mod, bob, witness, room } = await court();
      const ally = await Legacy.join(server.url, room, "ally");
      for (const peer of [mod, bob, witness]) await peer.settle();
      assertFrames(await mod.exchange({ cmd, nick: "bob", allies: ["ally"] }), [
        { cmd: "info", id: 1203, channel: false },
      ]);
      const said = { cmd: "chat", nick: "bob", text: "can you hear me" };
      const [own, heard, allied] = await bob.exchange({ cmd: "chat", text: said.text }, witness, ally);
      assertFrames(own, [said]);
      assert.deepEqual(heard, []);
      assertFrames(allied, [said]);
      for (const frame of [
        { cmd: "whisper", nick: "witness", text: "psst" },
        { cmd: "invite", nick: "witness" },
      ]) {
        const [mine, theirs] = await bob.exchange(frame, witness);
        assert.equal(mine.length, 1, `${frame.cmd} seems to work`);
        assert.deepEqual(theirs, []);
      }
      assertFrames((await mod.exchange({ cmd: "speak", hash: bob.me.hash })).slice(-1), [{ cmd: "info", id: 1209 }]);
      const [, again] = await bob.exchange({ cmd: "chat", text: "and now" }, witness);
      assertFrames(again, [{ cmd: "chat", text: "and now" }]);
    });

  test("an emote of the muted stays unseen as well, and so does his encrypted text", async () => {
    const { mod, bob, witness } = await court();
    await mod.exchange({ cmd: "dumb", nick: "bob" });
    for (const frame of [
      { cmd: "emote", text: "waves" },
      { cmd: "chat", text: "/me waves" },
      { cmd: "chat", text: "E2EE:abc" },
    ]) {
      const [, heard] = await bob.exchange(frame, witness);
      assert.deepEqual(heard, [], JSON.stringify(frame));
    }
    await mod.exchange({ cmd: "unmute", hash: "*" });
  });

  test("unmuting all is told to moderators with 1208", async () => {
    const mod = await joinMod(newRoom());
    assertFrames(await mod.exchange({ cmd: "speak", ip: "*" }), [{ cmd: "info", id: 1208, channel: false }]);
  });
});

describe("looks", () => {
  for (const [frame, change] of [
    [{ cmd: "forcecolor", nick: "bob", color: "#0af" }, { color: "0AF" }],
    [{ cmd: "forceflair", nick: "bob", flair: "🍎" }, { flair: "🍎" }],
    [{ cmd: "chat", text: "/forcecolor @bob 0af" }, { color: "0AF" }],
    [{ cmd: "chat", text: "/forceflair bob x" }, { flair: "x" }],
  ])
    test(`${frame.text ?? frame.cmd} updates the user for all`, async () => {
      const { mod, bob, witness, room } = await court();
      for (const seen of await mod.exchange(frame, bob, witness))
        assertFrames(seen, [{ cmd: "updateUser", nick: "bob", userid: bob.me.userid, channel: room, ...change }]);
      const [, heard] = await bob.exchange({ cmd: "chat", text: "look" }, witness);
      assertFrames(heard, [{ cmd: "chat", ...change }]);
    });

  const bad = [
    [{ cmd: "forcecolor", nick: "bob", color: "red" }, 151],
    [{ cmd: "forcecolor", nick: "nobody", color: "fff" }, 12],
    [{ cmd: "forceflair", nick: "bob", flair: "xxx" }, 191],
    [{ cmd: "forceflair", nick: "nobody", flair: "x" }, 12],
    [{ cmd: "chat", text: "/forcecolor bob" }, 151],
    [{ cmd: "chat", text: "/forceflair bob" }, 191],
  ];
  for (const [frame, id] of bad)
    test(`${JSON.stringify(frame)} is refused with ${id}`, async () => {
      const { mod } = await court();
      assertFrames(await mod.exchange(frame), [{ cmd: "warn", id }]);
    });
});
