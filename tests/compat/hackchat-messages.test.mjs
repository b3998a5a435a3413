// hack.chat's messages and their later editing.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Legacy, V2, newRoom } from "./clients.mjs";
import { anyString, assertFrame, assertFrames, epochMs, messageId } from "./match.mjs";
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

describe("messages", () => {
  test("a message has its members and nothing empty", async () => {
    const [ann, bob, room] = await pair(Legacy);
    const [mine, theirs] = await ann.exchange(
      { cmd: "chat", text: "hi", attachment: { objectKey: "x" }, channel: "elsewhere" },
      bob,
    );
    const shape = {
      cmd: "chat",
      nick: "ann",
      uType: "user",
      userid: ann.me.userid,
      channel: room,
      text: "hi",
      level: 100,
      flair: false,
      id: messageId,
      trip: undefined,
      customId: undefined,
      admin: undefined,
      mod: undefined,
      attachment: undefined,
      time: epochMs,
    };
    assertFrames(mine, [shape]);
    assertFrames(theirs, [shape]);
  });

  const customIds = [
    ["abc123", 1],
    ["a", 1],
    ["abc1234", 0],
    ["", 1],
    ["安安安安安安", 1],
  ];
  for (const [customId, shown] of customIds)
    test(`customId ${JSON.stringify(customId)} ${shown ? "passes" : "drops the message"}`, async () => {
      const [ann, bob] = await pair(V2);
      const [, seen] = await ann.exchange({ cmd: "chat", text: "x", customId }, bob);
      assertFrames(seen, shown ? [{ cmd: "chat", text: "x", ...(customId && { customId }) }] : []);
    });

  test("every frame carries the time", async () => {
    const [ann] = await pair(Legacy);
    const frames = [
      ...ann.joined,
      ...(await ann.exchange({ cmd: "chat", text: "x" })),
      ...(await ann.exchange({ cmd: "nosuch" })),
      ...(await ann.exchange({ cmd: "help" })),
    ];
    for (const frame of frames) assertFrame(frame, { time: epochMs, cmd: anyString });
  });
});

describe("editing", () => {
  for (const Generation of [Legacy, V2])
    for (const [mode, text, expected] of [
      [undefined, "new", "overwrite"],
      ["overwrite", "new", "overwrite"],
      ["append", " more", "append"],
      ["prepend", "first ", "prepend"],
      ["complete", "end", "complete"],
    ])
      test(`mode ${mode} goes to everybody as ${expected} (${Generation.name})`, async () => {
        const [ann, bob, room] = await pair(Generation);
        await ann.exchange({ cmd: "chat", text: "x", customId: "m1" }, bob);
        const seen = {
          cmd: "updateMessage",
          userid: ann.me.userid,
          channel: room,
          level: 100,
          mode: expected,
          text,
          customId: "m1",
          admin: undefined,
          mod: undefined,
          time: epochMs,
        };
        assert.equal(
          (await ann.exchange({ cmd: "updateMessage", customId: "m1", text, ...(mode && { mode }) }, bob)).length,
          2,
        );
        const [mine, theirs] = await ann.exchange({ cmd: "updateMessage", customId: "m1", text, mode: "append" }, bob);
        assertFrames(
          mine,
          [{ ...seen, mode: "append" }],
          "an edit may follow an edit, even a last one, while the message is young",
        );
        assertFrames(theirs, [{ ...seen, mode: "append" }]);
        await ann.exchange({ cmd: "chat", text: "y", customId: "m2" }, bob);
        const [, last] = await ann.exchange({ cmd: "updateMessage", customId: "m2", text, ...(mode && { mode }) }, bob);
        assertFrames(last, [{ ...seen, customId: "m2" }]);
      });

  test("an empty overwrite clears, with NUL as the text", async () => {
    const [ann, bob] = await pair(Legacy);
    await ann.exchange({ cmd: "chat", text: "x", customId: "m1" }, bob);
    const [, seen] = await ann.exchange({ cmd: "updateMessage", customId: "m1", text: "" }, bob);
    assertFrames(seen, [{ cmd: "updateMessage", text: "\0", mode: "overwrite" }]);
  });

  const ignored = {
    "another's message": ["bob", { customId: "m1", text: "stolen" }],
    "an unknown id": ["ann", { customId: "m9", text: "x" }],
    "an id too long": ["ann", { customId: "m123456", text: "x" }],
    "an unknown mode": ["ann", { customId: "m1", text: "x", mode: "erase" }],
    "an empty append": ["ann", { customId: "m1", text: "", mode: "append" }],
    "a blank prepend": ["ann", { customId: "m1", text: " \n", mode: "prepend" }],
    "a text that is no string": ["ann", { customId: "m1", text: 5 }],
  };
  for (const [what, [who, members]] of Object.entries(ignored))
    test(`${what} changes nothing, in silence`, async () => {
      const [ann, bob] = await pair(Legacy);
      await ann.exchange({ cmd: "chat", text: "x", customId: "m1" }, bob);
      const [actor, other] = who === "ann" ? [ann, bob] : [bob, ann];
      assert.deepEqual(await actor.exchange({ cmd: "updateMessage", ...members }, other), [[], []]);
    });
});
