// hack.chat's commands, one by one, for both generations: what is unknown, incomplete, malformed, asked.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Legacy, Peer, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, epochMs, integer, nonEmpty } from "./match.mjs";
import { ServerProcess } from "./server.mjs";

let server;
before(async () => (server = await ServerProcess.start()));
after(() => server?.dispose());

/** Two members of a new room, the first one told of the second. */
async function pair(First, Second = First) {
  const room = newRoom();
  const ann = await First.join(server.url, room, "ann");
  const bob = await Second.join(server.url, room, "bob");
  await ann.settle();
  return [ann, bob, room];
}

describe("unknown and incomplete commands", () => {
  const hints = {
    nosuchcommandatall: null,
    chatt: "chat",
    emot: "emote",
    whispr: "whisper",
    changenik: "changenick",
    changecolour: "changecolor",
    getchannel: "getchannels",
    updateMesage: "updateMessage",
    move: "emote",
    sessio: "session",
  };
  for (const [cmd, hint] of Object.entries(hints))
    test(`${cmd} ${hint ? `hints at ${hint}` : "is unknown"}`, async () => {
      for (const Generation of [Legacy, V2]) {
        const peer = await Generation.join(server.url, newRoom(), "ann");
        const text = hint ? `Command not found, did you mean: \`${hint}\`?` : "Unknown command";
        assertFrames(await peer.exchange({ cmd, text: "x" }), [
          { cmd: "warn", text, id: 14, channel: false, time: epochMs },
        ]);
      }
    });

  const missing = [
    ["emote", {}, "text"],
    ["whisper", { text: "x" }, "nick"],
    ["whisper", { nick: "ann" }, "text"],
    ["changenick", {}, "nick"],
    ["changecolor", {}, "color"],
    ["updateMessage", { customId: "a" }, "text"],
    ["updateMessage", { text: "a" }, "customId"],
  ];
  for (const [cmd, members, member] of missing)
    test(`${cmd} without ${member} is told so`, async () => {
      const peer = await Legacy.join(server.url, newRoom(), "ann");
      assertFrames(await peer.exchange({ cmd, ...members }), [
        { cmd: "warn", text: `Failed to execute '${cmd}': missing required ${member}\n\n`, id: 14, channel: false },
      ]);
    });

  test("commands of the inside are closed to the outside", async () => {
    const peer = await Legacy.join(server.url, newRoom(), "ann");
    assertFrames(await peer.exchange({ cmd: "disconnect" }), [
      { cmd: "warn", id: 14, text: /missing required cmdKey/ },
    ]);
    for (const cmd of ["disconnect", "socketreply"])
      assert.deepEqual(await peer.exchange({ cmd, cmdKey: "guess", text: "x" }), []);
  });

  const needRoom = [
    { cmd: "chat", text: "x" },
    { cmd: "emote", text: "x" },
    { cmd: "whisper", nick: "ann", text: "x" },
    { cmd: "invite", nick: "ann" },
    { cmd: "changenick", nick: "x" },
    { cmd: "changecolor", color: "fff" },
    { cmd: "updateMessage", customId: "a", text: "x" },
    { cmd: "stats" },
    { cmd: "morestats" },
    { cmd: "help" },
    { cmd: "ping" },
  ];
  for (const frame of needRoom)
    test(`${frame.cmd} before a join is not answered`, async () => {
      const peer = await V2.connect(server.url);
      assert.deepEqual(await peer.exchange(frame), []);
    });

  const forModerators = [
    { cmd: "kick", nick: "bob" },
    { cmd: "ban", nick: "bob" },
    { cmd: "dumb", nick: "bob" },
    { cmd: "mute", nick: "bob" },
    { cmd: "muzzle", nick: "bob" },
    { cmd: "speak", hash: "*" },
    { cmd: "unban", hash: "x" },
    { cmd: "unbanall" },
    { cmd: "lockroom" },
    { cmd: "unlockroom" },
    { cmd: "enablecaptcha" },
    { cmd: "disablecaptcha" },
    { cmd: "forcecolor", nick: "bob", color: "fff" },
    { cmd: "forceflair", nick: "bob", flair: "x" },
    { cmd: "addmod", trip: "abcdef" },
    { cmd: "removemod", trip: "abcdef" },
    { cmd: "listusers" },
    { cmd: "shout", text: "x" },
  ];
  for (const frame of forModerators)
    test(`${frame.cmd} by an ordinary user does nothing, in silence`, async () => {
      const [ann, bob] = await pair(Legacy);
      assert.deepEqual(await ann.exchange(frame, bob), [[], []]);
      const [, heard] = await bob.exchange({ cmd: "chat", text: "still here" }, ann);
      assertFrames(heard, [{ cmd: "chat", text: "still here" }]);
    });
});

describe("members of the wrong kind", () => {
  const commands = {
    session: ["token"],
    join: ["channel", "nick", "pass", "password"],
    chat: ["text", "customId"],
    emote: ["text"],
    whisper: ["nick", "text", "userid", "channel"],
    invite: ["nick", "to", "userid", "channel"],
    changenick: ["nick"],
    changecolor: ["color"],
    updateMessage: ["customId", "text", "mode"],
    help: ["command"],
    leave: ["channel"],
    kick: ["nick", "to", "userid"],
    lockroom: ["level"],
    who: ["channel"],
    typing: ["channel"],
  };
  const values = [
    "5",
    "-0",
    "1e400",
    "1.5",
    "null",
    "true",
    "[]",
    "{}",
    '["a"]',
    "[null]",
    '{"a":{"b":[]}}',
    '""',
    '"\\u0000"',
    '"\\u202eevil"',
    '"\\ud83d"',
    '"a\\u200db"',
    `"${"m".repeat(20_000)}"`,
    '"__proto__"',
    '"constructor"',
  ];
  const good = { channel: '"elsewhere"', nick: '"ann"', text: '"x"', userid: "1", customId: '"a"', color: '"fff"' };
  for (const [cmd, members] of Object.entries(commands))
    for (const Generation of [Legacy, V2])
      test(`${cmd} (${Generation.name}): no value of ${members.join(", ")} ends the conversation or shows the inside`, async () => {
        const peer = await Generation.join(server.url, newRoom(), "ann");
        for (const member of members)
          for (const value of values) {
            const rest = Object.entries(good)
              .filter(([key]) => key !== member && members.includes(key))
              .map(([key, text]) => `,"${key}":${text}`)
              .join("");
            for (const frame of await peer.exchange(`{"cmd":"${cmd}","${member}":${value}${rest}}`))
              if (frame.cmd === "warn")
                assert.doesNotMatch(
                  frame.text,
                  /Exception|System\.|TypeError|undefined| at HCChat|JsonElement|requires an element/,
                );
          }
      });
});

describe("questions", () => {
  for (const Generation of [Legacy, V2]) {
    test(`getchannels lists the configured rooms with their counts, also before a join (${Generation.name})`, async () => {
      const ask = async (peer) => (peer.send({ cmd: "getchannels" }), peer.next());
      const peer = await Generation.connect(server.url);
      assertFrame(await ask(peer), {
        cmd: "publicchannels",
        list: [
          { name: "lounge", count: integer },
          { name: "meta", count: 0 },
          { name: "programming", count: 0 },
        ],
        time: epochMs,
      });
      await peer.enter("meta", "ann");
      assertFrame((await ask(peer)).list[1], { name: "meta", count: 1 });
      peer.send({ cmd: "leave", channel: "meta" });
      await peer.next();
      assertFrame((await ask(peer)).list[1], { name: "meta", count: 0 });
    });

    test(`stats, morestats and help have their shapes (${Generation.name})`, async () => {
      const room = newRoom();
      const peer = await Generation.join(server.url, room, "ann");
      const info = { cmd: "info", channel: room, time: epochMs, text: nonEmpty };
      assertFrames(await peer.exchange({ cmd: "stats" }), [
        { ...info, id: 1306, text: /^\d+ unique IPs in \d+ channels$/ },
      ]);
      const counters = {
        users: integer,
        chans: integer,
        joins: integer,
        invites: integer,
        messages: integer,
        banned: integer,
        kicked: integer,
        stats: integer,
      };
      assertFrames(await peer.exchange({ cmd: "morestats" }), [
        {
          ...info,
          ...counters,
          id: 1305,
          uptime: nonEmpty,
          public: { lounge: integer, meta: integer, programming: integer },
        },
      ]);
      assertFrames(await peer.exchange({ cmd: "help" }), [{ ...info, id: 1303, text: /\|/ }]);
      assertFrames(await peer.exchange({ cmd: "help", command: "chat" }), [{ ...info, id: 1303, text: /chat/ }]);
      assertFrames(await peer.exchange({ cmd: "help", command: "nosuch" }), [{ ...info, id: 1303 }]);
      assert.deepEqual(await peer.exchange({ cmd: "help", command: 5 }), []);
    });
  }

  test("morestats counts joins, messages and invitations", async () => {
    const [ann, bob] = await pair(Legacy);
    const [before] = await ann.exchange({ cmd: "morestats" });
    await ann.exchange({ cmd: "chat", text: "x" }, bob);
    await ann.exchange({ cmd: "invite", nick: "bob" }, bob);
    await Legacy.join(server.url, newRoom(), "cid");
    const [later] = await ann.exchange({ cmd: "morestats" });
    assert.deepEqual(
      [
        later.messages - before.messages,
        later.invites - before.invites,
        later.joins - before.joins,
        later.chans - before.chans,
      ],
      [1, 1, 1, 1],
    );
  });

  test("ping is taken and not answered", async () =>
    assert.deepEqual(await (await Legacy.join(server.url, newRoom(), "ann")).exchange({ cmd: "ping" }), []));

  test("getchannels first does not keep a client from being of generation 1", async () => {
    const peer = await Legacy.connect(server.url);
    await peer.settle();
    await peer.enter(newRoom(), "ann#pw");
    assertFrame(peer.me, { nick: "ann", trip: "Pz6LSM", isBot: false });
  });
});

describe("leaving", () => {
  for (const Generation of [Legacy, V2])
    test(`leave names the room one is in; then one may join another (${Generation.name})`, async () => {
      const [ann, bob, room] = await pair(Generation);
      assertFrames(await bob.exchange({ cmd: "leave", channel: "another" }), [{ cmd: "warn", id: 17 }]);
      const [mine, theirs] = await bob.exchange({ cmd: "leave", channel: room }, ann);
      assertFrames(mine, [{ cmd: "session", restored: false, channels: [], time: epochMs }]);
      assertFrames(theirs, [{ cmd: "onlineRemove", nick: "bob", userid: bob.me.userid, channel: room, time: epochMs }]);
      assert.deepEqual(await bob.exchange({ cmd: "chat", text: "x" }, ann), [[], []]);
      await bob.enter(newRoom(), "bob");
      await Generation.join(server.url, room, "bob");
    });

  test("closing is a leave, and the room goes with its last member", async () => {
    const [ann, bob, room] = await pair(Legacy);
    bob.socket.close(1000);
    assertFrame(await ann.next(), { cmd: "onlineRemove", nick: "bob", channel: room });
    ann.drop();
    const cid = await Legacy.join(server.url, room, "cid");
    assert.deepEqual(cid.joined[0].nicks, ["cid"]);
  });
});

test("a client may speak before it decides what it is", async () => {
  const peer = await Peer.connect(server.url);
  peer.send("null");
  peer.send('{"cmd":"nosuchcommandatall"}');
  assertFrame(await peer.next(), { cmd: "warn", id: 14 });
});
