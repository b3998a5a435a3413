// Moderation of rooms and of the server: locks, captchas, administration.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { App, Hcchat, Legacy, Peer, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, nonEmpty } from "./match.mjs";
import { court, elsewhere, joinMod, server, trip } from "./staff.mjs";

describe("locked rooms", () => {
  for (const [lock, unlock] of [
    [{ cmd: "lockroom" }, { cmd: "unlockroom" }],
    [
      { cmd: "chat", text: "/lockroom" },
      { cmd: "chat", text: "/unlockroom" },
    ],
  ])
    test(`${lock.text ?? lock.cmd}: users are refused with 35, moderators come in; then it opens again`, async () => {
      const { mod, room } = await court();
      assertFrames(await mod.exchange(lock), [
        { cmd: "info", id: 1206, channel: room },
        { cmd: "info", id: 1207, channel: false },
      ]);
      const late = await Legacy.connect(server.url);
      assertFrames(await late.exchange({ cmd: "join", channel: room, nick: "late" }), [
        { cmd: "warn", id: 35, channel: false },
      ]);
      await Legacy.join(server.url, room, "peer", { pass: "mod2-pass" });
      await mod.settle();
      assertFrames(await mod.exchange({ cmd: "lockroom" }), [{ cmd: "warn", id: 19, channel: room }]);
      assertFrames(await mod.exchange(unlock), [{ cmd: "info", id: 1214, channel: room }]);
      assertFrames(await mod.exchange({ cmd: "unlockroom" }), [{ cmd: "warn", id: 19, channel: room }]);
      await late.enter(room, "late");
    });

  test("the lock is asked again when a session is restored", async () => {
    const { mod, bob, room } = await court(V2);
    bob.drop();
    await mod.until((frame) => frame.cmd === "onlineRemove");
    await mod.exchange({ cmd: "lockroom" });
    const back = await Peer.connect(server.url);
    back.send({ cmd: "session", token: bob.token });
    const frames = await back.until((frame) => frame.cmd === "session");
    assert.ok(
      frames.some((frame) => frame.cmd === "warn" && frame.id === 35),
      JSON.stringify(frames),
    );
    assert.ok(!frames.some((frame) => frame.cmd === "onlineSet"));
    assert.deepEqual(await mod.settle(), []);
    assert.ok(!frames.at(-1).channels.includes(room));
  });

  test("apps and hcchat clients are kept out as well", async () => {
    const { mod, room } = await court();
    await mod.exchange({ cmd: "lockroom" });
    const own = await Hcchat.connect(server.url);
    assertFrames(await own.exchange({ cmd: "join", channel: room, nick: "own" }), [
      { cmd: "warn", id: 35, code: nonEmpty, channel: false, room },
    ]);
    await App.join(server.url, room, "App").catch(() => null);
    assert.deepEqual(await mod.settle(), []);
  });

  test("a level that is no level, and one above the own, are refused", async () => {
    const { mod } = await court();
    assertFrames(await mod.exchange({ cmd: "lockroom", level: 9_999_999 }), [{ cmd: "warn", id: 231 }]);
    assertFrames(await mod.exchange({ cmd: "lockroom", level: {} }), [{ cmd: "warn", id: 232 }]);
  });
});

describe("captcha", () => {
  // Five lines of dots; a cell is five wide and two apart.
  const letters = {
    "01110100011111110001 10001": "A",
    "0111110000100001000001111": "C",
    "1111110000111101000011111": "E",
    "1111110000111101000010000": "F",
    "1000110001111111000110001": "H",
    "1001010100110001010010010": "K",
    "1000010000100001000011111": "L",
    "1000111011101011000110001": "M",
    "1000111001101011001110001": "N",
    "1111010001111101000010000": "P",
    "1111100100001000010000100": "T",
    "1000101010001000101010001": "X",
    "1000101010001000010000100": "Y",
    "1111100010001000100011111": "Z",
    "1001010010111110001000010": "4",
    "1111100010001000100001000": "7",
  };
  const read = (art) => {
    const known = new Map(Object.entries(letters).map(([dots, letter]) => [dots.replace(" ", ""), letter]));
    const rows = art.split("\n").slice(0, 5);
    const width = Math.max(...rows.map((row) => row.length));
    const cell = (column) =>
      rows
        .map((row) =>
          row
            .padEnd(width)
            .slice(column * 7, column * 7 + 5)
            .replaceAll(" ", "0")
            .replaceAll("#", "1"),
        )
        .join("");
    return Array.from({ length: 6 }, (_, column) => known.get(cell(column)) ?? "?").join("");
  };

  async function guarded() {
    const room = newRoom();
    const mod = await joinMod(room);
    assertFrames(await mod.exchange({ cmd: "enablecaptcha" }), [{ cmd: "info", id: 1404 }]);
    return { room, mod };
  }

  for (const Generation of [Legacy, V2])
    test(`warn 21, the drawing, and the right answer as a chat lets in (${Generation.name})`, async () => {
      const { room, mod } = await guarded();
      const peer = await Generation.connect(server.url);
      const asked = await peer.exchange({ cmd: "join", channel: room, nick: "ann", pass: "pw" });
      assertFrames(asked, [
        { cmd: "warn", id: 21, channel: room },
        { cmd: "captcha", text: nonEmpty, channel: room },
      ]);
      assert.deepEqual(await mod.settle(), []);
      peer.send({ cmd: "chat", text: read(asked[1].text) });
      const frames = await peer.until((frame) => frame.cmd === "session");
      assertFrames(frames, [
        { cmd: "onlineSet", nicks: ["mod", "ann"] },
        { cmd: "info", id: 1304 },
        { cmd: "session", channels: [room] },
      ]);
      assertFrames(await mod.settle(), [{ cmd: "onlineAdd", nick: "ann", trip: "Pz6LSM" }]);
    });

  test("a wrong answer ends the connection without a word", async () => {
    const { room } = await guarded();
    const peer = await Legacy.connect(server.url, elsewhere());
    await peer.exchange({ cmd: "join", channel: room, nick: "ann" });
    peer.send({ cmd: "chat", text: "wrong" });
    await peer.closeCode();
    assert.deepEqual(peer.frames, []);
  });

  test("moderators need no answer, and disablecaptcha opens the room", async () => {
    const { room, mod } = await guarded();
    await Legacy.join(server.url, room, "peer", { pass: "mod2-pass" });
    await mod.settle();
    assertFrames(await mod.exchange({ cmd: "enablecaptcha" }), [{ cmd: "info", id: 1403 }]);
    assertFrames(await mod.exchange({ cmd: "disablecaptcha" }), [{ cmd: "info", id: 1402, channel: false }]);
    assertFrames(await mod.exchange({ cmd: "disablecaptcha" }), [{ cmd: "info", id: 1401 }]);
    await Legacy.join(server.url, room, "ann");
  });
});

describe("administration", () => {
  const joinAdmin = (room) => Legacy.join(server.url, room, "admin", { pass: "admin-pass" });

  test("shout reaches every connection, joined or not, and what an app gets has a type", async () => {
    const room = newRoom();
    const admin = await joinAdmin(room);
    const [near, far, outside] = [
      await Legacy.join(server.url, room, "near"),
      await V2.join(server.url, newRoom(), "far"),
      await V2.connect(server.url),
    ];
    const app = await App.join(server.url, newRoom(), "App");
    await admin.settle();
    for (const seen of await admin.exchange({ cmd: "shout", text: "maintenance at noon" }, near, far, outside))
      assertFrames(seen, [{ cmd: "info", id: 1111, text: /maintenance at noon$/, channel: false }]);
    assertFrames(await app.settle(), [{ type: "info", text: /maintenance at noon$/ }]);
  });

  test("addmod raises at once who has the trip, removemod lowers", async () => {
    const room = newRoom();
    const admin = await joinAdmin(room);
    const bob = await Legacy.join(server.url, room, "bob", { pass: "rising" });
    await admin.settle();
    const [, raised] = await admin.exchange({ cmd: "addmod", trip: trip("rising") }, bob);
    assert.ok(
      raised.some((frame) => frame.cmd === "updateUser" && frame.uType === "mod" && frame.level === 999_999),
      JSON.stringify(raised),
    );
    assert.ok(raised.some((frame) => frame.cmd === "info" && frame.id === 1101));
    assertFrames(await bob.exchange({ cmd: "lockroom" }), [
      { cmd: "info", id: 1206 },
      { cmd: "info", id: 1207 },
    ]);
    const [, lowered] = await admin.exchange({ cmd: "removemod", trip: trip("rising") }, bob);
    assert.ok(
      lowered.some((frame) => frame.cmd === "updateUser" && frame.uType === "user" && frame.level === 100),
      JSON.stringify(lowered),
    );
    assert.deepEqual(await bob.exchange({ cmd: "unlockroom" }), []);
  });

  test("listusers names rooms and nicks, to an administrator only", async () => {
    const room = newRoom();
    const admin = await joinAdmin(room);
    const [list] = await admin.exchange({ cmd: "listusers" });
    assertFrame(list, { cmd: "info", id: 1105, channel: room });
    assert.ok(list.text.includes(room) && list.text.includes("admin"));
    assert.deepEqual(await (await joinMod(newRoom())).exchange({ cmd: "listusers" }), []);
  });
});
