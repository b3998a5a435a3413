// The stock library hack-chat (npm, 1.2.0) of 2015, unmodified: it knows only the first generation of frames.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { newRoom } from "./clients.mjs";
import { ServerProcess } from "./server.mjs";
import { waitFor } from "./wait.mjs";

const HackChat = createRequire(import.meta.url)("hack-chat");

describe("hack-chat 1.2.0", () => {
  let server, library, events;

  before(async () => {
    server = await ServerProcess.start();
    library = new HackChat();
    events = [];
    for (const name of [
      "onlineSet",
      "onlineAdd",
      "onlineRemove",
      "chat",
      "invitation",
      "nicknameTaken",
      "info",
      "infoRaw",
      "warn",
      "left",
      "error",
    ])
      library.on(name, (session, ...payload) => events.push({ name, session, payload }));
  });
  after(async () => {
    for (const session of library?.sessions ?? []) session.leave();
    await server?.dispose();
  });

  const seen = async (session, name, accepts = () => true) =>
    (
      await waitFor(
        () => events.find((event) => event.session === session && event.name === name && accepts(...event.payload)),
        `the event ${name}`,
      )
    ).payload;
  const enter = (room, nick, pass) => library.join(room, nick, pass, { server: server.url });

  test("joins, sees the others come and talks with a trip code", async () => {
    const room = newRoom();
    const ann = enter(room, "ann", "pw");
    assert.deepEqual((await seen(ann, "onlineSet"))[0], ["ann"]);
    const bob = enter(room, "bob");
    assert.deepEqual((await seen(bob, "onlineSet"))[0], ["ann", "bob"]);
    assert.equal((await seen(ann, "onlineAdd"))[0], "bob");
    ann.sendMessage("good morning 早上好");
    const [nick, text, time, isAdmin, trip] = await seen(bob, "chat");
    assert.deepEqual([nick, text, isAdmin, trip], ["ann", "good morning 早上好", false, "Pz6LSM"]);
    assert.ok(Math.abs(time - Date.now()) < 600_000);
  });

  test("is told that a nick is taken", async () => {
    const room = newRoom();
    await seen(enter(room, "ann"), "onlineSet");
    const twin = enter(room, "Ann");
    await seen(twin, "nicknameTaken");
  });

  test("understands an invitation", async () => {
    const room = newRoom();
    const ann = enter(room, "ann");
    await seen(ann, "onlineSet");
    const bob = enter(room, "bob");
    await seen(bob, "onlineSet");
    ann.invite("bob");
    const [text] = await seen(bob, "infoRaw", (line) => line.includes("invited"));
    assert.match(text, /^ann invited you to \?[a-z0-9]{1,8}$/);
    const [mine] = await seen(ann, "infoRaw", (line) => line.includes("invited"));
    assert.equal(mine, text.replace("ann invited you", "You invited bob"));
  });

  test("sees the others leave", async () => {
    const room = newRoom();
    const ann = enter(room, "ann");
    await seen(ann, "onlineSet");
    const bob = enter(room, "bob");
    await seen(ann, "onlineAdd");
    bob.leave();
    assert.equal((await seen(ann, "onlineRemove"))[0], "bob");
    await seen(bob, "left");
  });

  test("met no error", () =>
    assert.deepEqual(
      events.filter((event) => event.name === "error").map((event) => event.payload),
      [],
    ));
});
