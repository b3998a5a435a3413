// A room under attack: newcomers pay by work, and see nothing of it.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

describe("in a raid", () => {
  const set = web.stage();

  test("a newcomer's page does the work by itself, and whoever is in stays in", async () => {
    const ann = await set.visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    await set.server.hcchatAdmin("raid", "on");
    assert.match(await set.server.hcchatAdmin("status"), /raid=on {2}raidEverywhere=true/);

    const bob = await set.visitor();
    const frames = watch(bob);
    await web.openLink(bob, link, "Bob");
    await web.say(bob, "paid");
    await web.sees(ann, "paid");
    const joins = frames.sent.filter((frame) => frame.cmd === "join");
    assert.deepEqual(
      joins.map((frame) => typeof frame.work),
      ["undefined", "number"],
    );

    // Back by the session: nothing more to pay.
    const before = frames.received.filter((frame) => frame.code === "proof_of_work").length;
    await bob.reload();
    await web.say(bob, "back");
    await web.sees(ann, "back");
    assert.equal(frames.received.filter((frame) => frame.code === "proof_of_work").length, before);

    await set.server.hcchatAdmin("raid", "auto");
    const carl = await set.visitor();
    const asked = watch(carl);
    await web.openLink(carl, link, "Carl");
    assert.equal(asked.received.filter((frame) => frame.code === "proof_of_work").length, 0);
  });

  test("a room without encryption asks for the same", async () => {
    await set.server.hcchatAdmin("raid", "on");
    const ann = await set.visitor();
    const frames = watch(ann);
    await web.openPlain(ann, { room: "plain", nick: "Ann" });
    assert.equal(frames.received.filter((frame) => frame.code === "proof_of_work").length, 1);
    await set.server.hcchatAdmin("raid", "auto");
  });
});

/** Every frame that a page sends and receives from now on. */
function watch(page) {
  const seen = { sent: [], received: [] };
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => seen.sent.push(JSON.parse(payload)));
    socket.on("framereceived", ({ payload }) => seen.received.push(JSON.parse(payload)));
  });
  return seen;
}
