// What becomes of a text on its way: hack.chat's clean-up, slash commands, and the ways in which a frame may be written.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Legacy, Peer, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames, epochMs, messageId } from "./match.mjs";
import { ServerProcess } from "./server.mjs";

let server;
before(async () => (server = await ServerProcess.start()));
after(() => server?.dispose());

/** The rule as hack.chat states it, in its own language. */
const cleaned = (text) => text.replace(/^\s*\n|^\s+$|\n\s*$/g, "").replace(/\n{3,}/g, "\n\n");

/** Texts made of the characters that the rule is about, the same ones on every run. */
function* madeTexts(count) {
  const alphabet = [
    " ",
    "\n",
    "\n",
    "\n",
    "\t",
    "\r",
    "\r\n",
    "\v",
    "\f",
    "\u00a0",
    "\ufeff",
    "\u0085",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u2029",
    "\u202f",
    "\u3000",
    "\u200b",
    "\u180e",
    "a",
    "b",
    "é",
    "安",
    "😀",
    "\ud83d",
    "\0",
    "<b>",
    "&amp;",
    '"',
    "'",
    "\\",
    "/",
    "+",
  ];
  for (let index = 0; index < count; index += 1) {
    const bytes = createHash("sha256").update(`text ${index}`).digest();
    yield [...bytes.subarray(1, 1 + (bytes[0] % 14))].map((byte) => alphabet[byte % alphabet.length]).join("");
  }
}

describe("the clean-up of texts", () => {
  const texts = [
    "a",
    "  a",
    "a  ",
    "\n\na",
    " \n a",
    "a\n",
    "a\n \n",
    "a\n\n\nb",
    "a\n\n\n\n\nb",
    "a\r\n\r\n\r\nb",
    "\ufeff\na",
    "\u0085\na",
    "a\n\u0085",
    "\u3000",
    "\u0085",
    "  \t ",
    "\n\n\n",
    "",
    "a\n\n",
    "\n  a\n  b\n  ",
    "<script>alert(1)</script>",
    "&lt;",
    ...madeTexts(400),
  ].filter((text) => !text.startsWith("/"));

  for (const Generation of [Legacy, V2])
    test(`${texts.length} texts come out as the rule says (${Generation.name})`, async () => {
      const peer = await Generation.join(server.url, newRoom(), "ann");
      for (const text of texts) peer.send({ cmd: "chat", text });
      const echoed = (await peer.settle()).map((frame) => frame.text);
      assert.deepEqual(
        echoed,
        texts.map(cleaned).filter((text) => text !== ""),
      );
    });

  test("emotes and whispers are cleaned alike", async () => {
    const peer = await Legacy.join(server.url, newRoom(), "ann");
    assertFrames(await peer.exchange({ cmd: "emote", text: "\n\nx\n\n\n\ny\n" }), [
      { cmd: "emote", text: "@ann x\n\ny" },
    ]);
    assertFrames(await peer.exchange({ cmd: "whisper", nick: "ann", text: "\n z\n" }), [
      { cmd: "info", type: "whisper" },
      { cmd: "info", type: "whisper" },
    ]);
    assert.deepEqual(await peer.exchange({ cmd: "whisper", nick: "ann", text: "   " }), []);
  });

  for (const text of [
    "E2EE:",
    "E2EE:  two blanks  ",
    "E2EE:\n\n\n\n",
    "E2EE:/me hides",
    "E2EE://x",
    "E2EE:a\r\n\r\n\r\n\r\nb\n",
    "E2EE:\ufeff\u0085\u2028 ",
    "E2EE:\ud83d",
    "E2EE:=+/<>&\"'\\\0",
  ])
    test(`${JSON.stringify(text)} passes as it is`, async () => {
      for (const Generation of [Legacy, V2]) {
        const peer = await Generation.join(server.url, newRoom(), "ann");
        assertFrames(await peer.exchange({ cmd: "chat", text }), [{ cmd: "chat", text }]);
      }
    });
});

describe("slash commands in a chat", () => {
  const cases = [
    ["/me waves", [{ cmd: "emote", nick: "ann", text: "@ann waves" }]],
    ["/me 's cat", [{ cmd: "emote", text: "@ann's cat" }]],
    ["/shrug", [{ cmd: "chat", text: /ツ/ }]],
    ["//x", [{ cmd: "chat", text: "/x" }]],
    ["///x", [{ cmd: "chat", text: "//x" }]],
    [" /x", [{ cmd: "chat", text: " /x" }]],
    ["/myhash", [{ cmd: "info", id: 1302, text: /^Your hash: .{15}$/s }]],
    ["/stats", [{ cmd: "info", id: 1305 }]],
    ["/help", [{ cmd: "info", id: 1303 }]],
    ["/help chat", [{ cmd: "info", id: 1303, text: /chat/ }]],
    ["/color 0af", [{ cmd: "updateUser", color: "0AF" }, { cmd: "session" }]],
    ["/color nothex", [{ cmd: "warn", id: 151 }]],
    [
      "/nick ann2",
      [
        { cmd: "onlineRemove", nick: "ann" },
        { cmd: "onlineAdd", nick: "ann2" },
        { cmd: "info", id: 1301, text: "ann is now ann2" },
      ],
      [
        { cmd: "updateUser", nick: "ann2" },
        { cmd: "info", id: 1301, text: "ann is now ann2" },
      ],
    ],
    ["/nick", [{ cmd: "warn" }]],
    ["/w", [{ cmd: "warn", id: 16, text: "Unknown command: /w" }]],
    ["/me", [{ cmd: "warn", id: 16, text: "Unknown command: /me" }]],
    ["/whisper", [{ cmd: "warn", id: 16, text: "Unknown command: /whisper" }]],
    ["/w nobody x", [{ cmd: "warn", id: 12 }]],
    ["/r x", [{ cmd: "warn", id: 172 }]],
    ["/nosuch thing", [{ cmd: "warn", id: 16, text: "Unknown command: /nosuch thing" }]],
    ["/leave", [{ cmd: "session", channels: [] }]],
    ["/kick ann", []],
    ["/lockroom", []],
    ["/unlockroom", []],
    ["/forcecolor ann fff", []],
    ["/forceflair ann x", []],
  ];
  for (const [text, legacy, v2 = legacy] of cases)
    for (const [Generation, expected] of [
      [Legacy, legacy],
      [V2, v2],
    ])
      test(`${text} (${Generation.name})`, async () => {
        const peer = await Generation.join(server.url, newRoom(), "ann");
        const answer = await peer.exchange({ cmd: "chat", text });
        assertFrames(answer, expected);
        for (const frame of answer) assert.doesNotMatch(frame.text ?? "", /undefined|TypeError|Exception/);
      });

  test("/getchannels lists the public rooms", async () => {
    const peer = await Legacy.join(server.url, newRoom(), "ann");
    peer.send({ cmd: "chat", text: "/getchannels" });
    assertFrame(await peer.next(), { cmd: "publicchannels" });
  });

  for (const whisper of ["/w bob psst", "/w @bob psst", "/whisper bob psst", "/whisper @bob psst"])
    test(`${whisper} whispers, and /r and /reply answer`, async () => {
      const room = newRoom();
      const ann = await Legacy.join(server.url, room, "ann");
      const bob = await Legacy.join(server.url, room, "bob");
      await ann.settle();
      for (const [from, text, to, said] of [
        [ann, whisper, bob, "psst"],
        [bob, "/r once", ann, "once"],
        [ann, "/reply twice", bob, "twice"],
      ]) {
        const [mine, theirs] = await from.exchange({ cmd: "chat", text }, to);
        assertFrames(mine, [{ cmd: "info", type: "whisper", text: `You whispered to @${to.me.nick}: ${said}` }]);
        assertFrames(theirs, [
          { cmd: "info", type: "whisper", from: from.me.nick, text: `${from.me.nick} whispered: ${said}` },
        ]);
      }
    });
});

describe("frames", () => {
  const said = (text) => [
    { cmd: "chat", nick: "ann", text, id: messageId, time: epochMs, channel: (value) => value.length > 0 },
  ];
  const ways = [
    ["a binary frame", Buffer.from('{"cmd":"chat","text":"早 😀"}'), said("早 😀")],
    [
      "a member that stands twice: the last one counts",
      '{"cmd":"chat","text":"first","text":"second"}',
      said("second"),
    ],
    ["a command that stands twice: the last one counts", '{"cmd":"emote","cmd":"chat","text":"x"}', said("x")],
    ["a lone surrogate", '{"cmd":"chat","text":"\\ud83d"}', said("\ud83d")],
    ["a lone low surrogate amid text", '{"cmd":"chat","text":"a\\ude00b"}', said("a\ude00b")],
    ["escapes", '{"\\u0063md":"chat","text":"\\u0041\\/\\n\\t\\u0042"}', said("A/\n\tB")],
    ["white space around", ' \r\n\t{ "cmd" : "chat" , "text" : "x" } \n', said("x")],
    [
      "deep nesting in a member that is not read",
      `{"cmd":"chat","text":"deep","x":${"[".repeat(60)}${"]".repeat(60)}}`,
      said("deep"),
    ],
    ["NUL and bidirectional controls in a text", '{"cmd":"chat","text":"a\\u0000\\u202eb"}', said("a\0\u202eb")],
    ["__proto__ as a member", '{"cmd":"chat","text":"x","__proto__":{"text":"y"}}', said("x")],
    ["a number too big to be one", '{"cmd":"chat","text":"x","n":1e400}', said("x")],
    ["null", "null", []],
    ["a number", "5", []],
    ["a string", '"chat"', []],
    ["an array", '[{"cmd":"chat","text":"x"}]', []],
    ["an empty object", "{}", []],
    ["a command that is no string", '{"cmd":["chat"],"text":"x"}', []],
    ["a command in another case", '{"cmd":"Chat","text":"x"}', [{ cmd: "warn", id: 14 }]],
    ["constructor", '{"cmd":"constructor"}', []],
    ["__proto__", '{"cmd":"__proto__"}', [{ cmd: "warn", text: "Unknown command", id: 14 }]],
    ["an empty text", '{"cmd":"chat","text":""}', []],
    ["a text that is no string", '{"cmd":"chat","text":{"a":1}}', []],
    ["a text of null", '{"cmd":"chat","text":null}', []],
  ];
  for (const [what, frame, expected] of ways)
    for (const Generation of [Legacy, V2])
      test(`${what} (${Generation.name})`, async () => {
        const peer = await Generation.join(server.url, newRoom(), "ann");
        assertFrames(await peer.exchange(frame), expected);
      });

  const unreadable = {
    "not JSON": "not json",
    "an empty frame": "",
    "an empty binary frame": Buffer.alloc(0),
    "a byte order mark": '\ufeff{"cmd":"chat","text":"x"}',
    "JSON and more": '{"cmd":"chat","text":"x"}x',
    "half an object": '{"cmd":"chat","text":"x"',
    "single quotes": "{'cmd':'chat'}",
    "a comment": '{"cmd":"chat",/**/"text":"x"}',
    "a trailing comma": '{"cmd":"chat","text":"x",}',
    "a raw line end in a string": '{"cmd":"chat","text":"a\nb"}',
  };
  for (const [what, frame] of Object.entries(unreadable))
    for (const Generation of [Legacy, V2])
      test(`${what} closes without a code, and the others see the leave (${Generation.name})`, async () => {
        const room = newRoom();
        const watch = await Legacy.join(server.url, room, "watch");
        const bad = await Generation.join(server.url, room, "bad");
        await watch.settle();
        bad.send(frame);
        assert.equal(await bad.closeCode(), 1005);
        assertFrame(await watch.next(), { cmd: "onlineRemove", nick: "bad", userid: bad.me.userid, channel: room });
      });

  const sized = (bytes) => `{"cmd":"chat","text":"${"z".repeat(bytes - 24)}"}`;
  for (const Generation of [Legacy, V2]) {
    test(`65,536 bytes are read, 65,537 dropped in silence (${Generation.name})`, async () => {
      const peer = await Generation.join(server.url, newRoom(), "ann");
      assert.deepEqual(await peer.exchange(sized(65_537)), []);
      const [whole] = await peer.exchange(sized(65_536));
      assert.equal(whole.text.length, 65_536 - 24);
      assert.deepEqual(await peer.exchange(sized(1_048_576)), []);
    });

    test(`beyond 1 MiB the connection is closed with 1009 (${Generation.name})`, async () => {
      const peer = await Generation.join(server.url, newRoom(), "ann");
      peer.send(sized(1_048_577));
      assert.equal(await peer.closeCode(), 1009);
    });
  }

  test("before a join more than 65,536 bytes close the connection with 1009", async () => {
    const peer = await Peer.connect(server.url);
    peer.send(sized(65_537));
    assert.equal(await peer.closeCode(), 1009);
  });

  test("the root path takes upgrades too", async () => {
    await Legacy.join(`ws://127.0.0.1:${server.port}/`, newRoom(), "ann");
  });
});
