// Who one is in a room: nick, password and trip code, userid, hash, level; which rooms one may enter.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Legacy, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, color, epochMs, hash15, nonEmpty, userid } from "./match.mjs";
import { COMPAT, ServerProcess } from "./server.mjs";

const trip = (pass) => createHash("sha256").update(`${pass}compat-test-salt`).digest("base64").slice(0, 6);
const MODERATION = [
  `--Moderation:AdminTrip=${trip("admin-pass")}`,
  `--Moderation:ModTrips=${trip("mod-pass")},${trip("mod2-pass")}`,
];

let server;
before(async () => (server = await ServerProcess.start([...COMPAT, ...MODERATION])));
after(() => server?.dispose());

describe("trip codes", () => {
  const vectors = [
    ["pw", "Pz6LSM"],
    ["secret", "AuMPLk"],
    ["two", "8mP22H"],
    ["密码", "Rt0XB6"],
    ["pw ", "ykI5Xi"],
    [12345, "3nfwr5"],
    [{ any: "object" }, trip("[object Object]")],
  ];
  for (const [pass, expected] of vectors)
    for (const Generation of [Legacy, V2])
      test(`pass ${JSON.stringify(pass)} gives ${expected} (${Generation.name})`, async () => {
        const peer = await Generation.join(server.url, newRoom(), "ann", { pass });
        assertFrame(peer.me, { nick: "ann", trip: expected, level: 100, uType: "user" });
      });

  test("no password gives an empty trip at level 100", async () => {
    const peer = await Legacy.join(server.url, newRoom(), "ann");
    assertFrame(peer.me, { trip: "", level: 100, uType: "user", flair: false });
  });
});

describe("legacy password forms", () => {
  const forms = [
    ["nick#pass", { nick: "ann#pw" }, trip("pw")],
    ["only the second piece of nick#pass counts", { nick: "ann#a#b" }, trip("a")],
    ["member pass", { nick: "ann", pass: "secret" }, trip("secret")],
    ["pass beats nick#pass", { nick: "ann#pw", pass: "secret" }, trip("secret")],
    ["member password", { nick: "ann", password: "two" }, trip("two")],
    ["password beats both", { nick: "ann#pw", pass: "secret", password: "two" }, trip("two")],
    ["the nick is trimmed", { nick: "  ann  " }, ""],
    ["the nick before # is trimmed", { nick: " ann #pw" }, trip("pw")],
  ];
  for (const [what, join, expected] of forms)
    test(what, async () => {
      const peer = await Legacy.join(server.url, newRoom(), join.nick, join);
      assertFrame(peer.me, { nick: "ann", trip: expected });
    });

  for (const join of [{}, { nick: "" }])
    test(`a legacy join with ${JSON.stringify(join)} gets a made-up nick`, async () => {
      const peer = await Legacy.connect(server.url);
      peer.send({ cmd: "join", channel: newRoom(), ...join });
      assertFrame(await peer.next(), { cmd: "onlineSet", nicks: [/^scarmiglione_\d{1,5}$/] });
    });

  test("generation 2 refuses nick#pass", async () => {
    const peer = await V2.connect(server.url);
    assertFrames(await peer.exchange({ cmd: "join", channel: newRoom(), nick: "ann#pw" }), [
      { cmd: "warn", id: 32, channel: false, time: epochMs },
    ]);
  });
});

describe("nicks", () => {
  for (const nick of ["a", "_", "0", "A_1", "a".repeat(24)])
    test(`${nick} is admitted`, async () => assert.equal((await V2.join(server.url, newRoom(), nick)).me.nick, nick));

  for (const nick of ["a".repeat(25), "é", "安", "a b", "a-b", "a\n", "a\u200b", "a\0", "😀", " a"])
    test(`${JSON.stringify(nick)} is refused to generation 2`, async () => {
      const peer = await V2.connect(server.url);
      const refused = await peer.exchange({ cmd: "join", channel: newRoom(), nick });
      assertFrames(refused, [
        {
          cmd: "warn",
          text: "Nickname must consist of up to 24 letters, numbers, and underscores",
          id: 32,
          channel: false,
        },
      ]);
    });

  for (const nick of [5, {}, ["ann"], true])
    for (const Generation of [Legacy, V2])
      test(`nick ${JSON.stringify(nick)} draws a warning without internals (${Generation.name})`, async () => {
        const peer = await Generation.connect(server.url);
        const [warn, ...rest] = await peer.exchange({ cmd: "join", channel: newRoom(), nick });
        assertFrame(warn, { cmd: "warn", text: nonEmpty });
        assert.doesNotMatch(warn.text, /TypeError|is not a function|Exception|System\.|split/);
        assert.deepEqual(rest, []);
      });

  test("a taken nick is refused, whatever its case, and the peer may try again", async () => {
    const room = newRoom();
    await Legacy.join(server.url, room, "Ann");
    const late = await Legacy.connect(server.url);
    late.send({ cmd: "join", channel: room, nick: "aNN" });
    assertFrame(await late.next(), { cmd: "warn", text: "Nickname taken", id: 34, channel: false });
    await late.enter(room, "ann2");
  });

  test("the same nick may be in two rooms", async () => {
    await Legacy.join(server.url, newRoom(), "ann");
    await Legacy.join(server.url, newRoom(), "ann");
  });
});

describe("rooms", () => {
  const admitted = {
    "120 units": "c".repeat(120),
    "60 astral characters": "😀".repeat(60),
    "any character at all": " <\"'&\\>\u2028",
  };
  for (const [what, channel] of Object.entries(admitted))
    test(`a room name of ${what} is admitted and given back as it is`, async () => {
      const peer = await Legacy.join(server.url, channel, "ann");
      assertFrames(peer.joined, [
        { cmd: "onlineSet", channel },
        { cmd: "info", id: 1304, channel },
        { cmd: "session", channels: [channel] },
      ]);
    });

  const refused = [
    ["121 units", "c".repeat(121), 42],
    ["61 astral characters", "😀".repeat(61), 42],
    ["nothing", "", 41],
    ["a number", 7, 41],
    ["an array", ["a"], 41],
    ["null", null, 41],
  ];
  for (const [what, channel, id] of refused)
    for (const Generation of [Legacy, V2])
      test(`a room name of ${what} is refused with ${id} (${Generation.name})`, async () => {
        const peer = await Generation.connect(server.url);
        assertFrames(await peer.exchange({ cmd: "join", channel, nick: "ann" }), [
          { cmd: "warn", text: "You may not join that channel.", id, channel: false },
        ]);
      });

  test("a join without a room is not answered", async () => {
    const peer = await Legacy.connect(server.url);
    assert.deepEqual(await peer.exchange({ cmd: "join", nick: "ann" }), []);
  });

  test("room names are not trimmed and differ by case", async () => {
    const room = newRoom();
    for (const channel of [room, ` ${room}`, `${room} `, room.toUpperCase()]) {
      const peer = await Legacy.join(server.url, channel, "ann");
      assert.deepEqual(peer.joined[0].nicks, ["ann"]);
    }
  });

  for (const Generation of [Legacy, V2])
    test(`a second join is refused with 33 (${Generation.name})`, async () => {
      const peer = await Generation.join(server.url, newRoom(), "ann");
      assertFrames(await peer.exchange({ cmd: "join", channel: newRoom(), nick: "ann" }), [
        { cmd: "warn", id: 33, channel: false },
      ]);
    });
});

describe("a user as others see him", () => {
  test("generation 1 says isBot:false, a fresh generation 2 leaves it out", async () => {
    const room = newRoom();
    const ann = await Legacy.join(server.url, room, "ann");
    const vera = await V2.join(server.url, room, "vera");
    const [added] = await ann.settle();
    const user = { trip: "", uType: "user", hash: hash15, level: 100, userid, color, flair: false, channel: room };
    assertFrame(ann.me, { ...user, isme: true, isBot: false, nick: "ann" });
    assertFrame(added, { ...user, cmd: "onlineAdd", nick: "vera", isBot: undefined, time: epochMs });
    assertFrame(vera.joined[0], {
      nicks: ["ann", "vera"],
      users: [
        { ...user, isme: false, isBot: false, nick: "ann", online: true },
        { ...user, isme: true, nick: "vera" },
      ],
    });
  });

  test("isBot in a session without a token is ignored", async () => {
    const room = newRoom();
    const ann = await Legacy.join(server.url, room, "ann");
    const bot = await Legacy.connect(server.url);
    bot.send({ cmd: "session", isBot: true });
    assertFrame(await bot.next(), { cmd: "session", restored: false, token: "", channels: [] });
    await bot.enter(room, "bot");
    assert.notEqual((await ann.settle())[0].isBot, true);
  });

  test("the default colour is soft: six lower-case digits, each pair between 5e and ed", async () => {
    const peer = await V2.join(server.url, newRoom(), "vera");
    const pairs = peer.me.color === false ? [] : peer.me.color.match(/../g).map((pair) => parseInt(pair, 16));
    assert.ok(
      pairs.every((value) => value >= 0x5e && value <= 0xed),
      peer.me.color,
    );
  });

  test("two members behind one address share a hash in a room, which differs from room to room", async () => {
    const [one, other] = [newRoom(), newRoom()];
    const ann = await Legacy.join(server.url, one, "ann");
    const bob = await Legacy.join(server.url, one, "bob");
    const elsewhere = await Legacy.join(server.url, other, "ann");
    assert.equal(ann.me.hash, bob.me.hash);
    assert.notEqual(ann.me.hash, elsewhere.me.hash);
    assert.notEqual(ann.me.userid, bob.me.userid);
  });

  test("members are listed in the order of their connections, oneself last", async () => {
    const room = newRoom();
    const first = await Legacy.connect(server.url);
    const second = await Legacy.connect(server.url);
    await second.enter(room, "second");
    await first.enter(room, "first");
    const third = await Legacy.join(server.url, room, "third");
    assert.deepEqual(third.joined[0].nicks, ["first", "second", "third"]);
  });

  const ranks = [
    [
      "admin-pass",
      { trip: "Admin", level: 9_999_999, uType: "admin", color: "d73737", flair: "🌟" },
      { admin: true, mod: undefined },
    ],
    [
      "mod-pass",
      { trip: trip("mod-pass"), level: 999_999, uType: "mod", color: "1fad83", flair: "⭐" },
      { admin: undefined, mod: true },
    ],
    ["mod2-pass", { trip: trip("mod2-pass"), level: 999_999, uType: "mod" }, { mod: true }],
  ];
  for (const [pass, looks, marks] of ranks)
    test(`${pass} gives ${looks.uType} with its looks, also on messages`, async () => {
      const room = newRoom();
      const user = await Legacy.join(server.url, room, "user");
      const chief = await Legacy.join(server.url, room, "chief", { pass });
      assertFrame(chief.me, looks);
      const [, seen] = await chief.exchange({ cmd: "chat", text: "order!" }, user);
      assertFrames(seen, [
        { cmd: "onlineAdd", ...looks },
        { cmd: "chat", text: "order!", ...looks, ...marks },
      ]);
    });
});
