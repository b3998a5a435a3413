// The stock bot library hackchat-engine (npm, 1.1.15), unmodified, as two bots that meet.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Client } from "hackchat-engine";
import { newRoom } from "./clients.mjs";
import { ServerProcess } from "./server.mjs";
import { waitFor } from "./wait.mjs";

/** A bot that remembers every event of the library and every raw frame. */
class Bot {
  events = [];
  raw = [];

  constructor(url) {
    this.client = new Client({ ws: { gateway: url }, isBot: true });
    this.client.on("raw", (frame) => this.raw.push(frame));
    for (const name of [
      "session",
      "ready",
      "channelJoined",
      "userJoined",
      "userLeft",
      "userUpdate",
      "information",
      "warning",
      "message",
      "emote",
      "invite",
      "whisper",
      "publicchannels",
      "updateMessage",
      "disconnect",
      "error",
    ])
      this.client.on(name, (payload) => this.events.push({ name, payload }));
  }

  /** Waits for an event of that name that the predicate accepts, and returns its payload. */
  async event(name, accepts = () => true) {
    const found = await waitFor(
      () => this.events.find((event) => event.name === name && accepts(event.payload)),
      `the event ${name}`,
    );
    return found.payload;
  }

  send(frame) {
    this.client.ws.send(frame);
  }

  user(name) {
    return this.client.users.find((user) => user.username === name);
  }
}

describe("hackchat-engine 1.1.15", () => {
  const room = newRoom();
  let server, alice, bert;

  before(async () => {
    server = await ServerProcess.start();
    alice = new Bot(server.url);
    await alice.event("session");
    alice.client.join("botA", "pw", room);
    await alice.event("channelJoined");
    bert = new Bot(server.url);
    await bert.event("session");
    bert.client.join("botB", "", room);
    await bert.event("channelJoined");
  });

  after(async () => {
    for (const bot of [alice, bert]) {
      await bot?.client.destroy();
      await bot?.event("disconnect"); // else the library would try to come back for ever
    }
    await server?.dispose();
  });

  test("a session event opens the conversation", async () => assert.ok(await alice.event("session")));

  test("the library reports that it is ready", () => alice.event("ready"));

  test("joining is reported and leaves both users known, with numeric ids", async () => {
    await bert.event("channelJoined");
    assert.deepEqual([...bert.client.users.values()].map((user) => user.username).sort(), ["botA", "botB"]);
    assert.ok([...bert.client.users.values()].every((user) => Number.isInteger(user.userid)));
  });

  test("the one who is there sees the other come", async () =>
    assert.equal((await alice.event("userJoined")).username, "botB"));

  test("the message of the day arrives as information", () => alice.event("information"));

  test("a message carries its author and trip code", async () => {
    alice.client.say(room, "hello from A");
    const message = await bert.event("message", (one) => one.content === "hello from A");
    assert.equal(message.user.username, "botA");
    assert.equal(message.user.trip, "Pz6LSM");
  });

  test("reply() reaches the room", async () => {
    alice.client.say(room, "ping");
    const message = await bert.event("message", (one) => one.content === "ping");
    await message.reply("pong");
    await alice.event("message", (one) => one.content === "pong");
  });

  test("a change of colour updates the user", async () => {
    alice.client.changeColor("ff0000");
    await bert.event("userUpdate", (user) => user.color === "FF0000");
  });

  test("a whisper by userid alone, as the library sends it, arrives with its author", async () => {
    await alice.user("botB").sendWhisper("secret");
    const whisper = await bert.event("whisper", (one) => one.content === "secret");
    assert.equal(whisper.from.username, "botA");
  });

  test("an invitation names the room to come to", async () => {
    alice.user("botB").sendInvite(room, "party");
    const invite = await bert.event("invite");
    assert.equal(invite.targetChannel, "party");
    assert.equal(invite.from.username, "botA");
  });

  test("a message can be edited", async () => {
    alice.send({ cmd: "chat", text: "edit me", customId: "m1" });
    await bert.event("message", (one) => one.content === "edit me");
    alice.client.updateMessage("m1", "edited");
    assert.ok(await bert.event("updateMessage"));
  });

  test("an emote is an event of its own", async () => {
    alice.send({ cmd: "emote", text: "waves" });
    assert.ok(await bert.event("emote"));
  });

  test("the public rooms are listed", async () => {
    alice.send({ cmd: "getchannels" });
    assert.ok(await alice.event("publicchannels"));
  });

  test("an unknown command draws a warning event", async () => {
    alice.send({ cmd: "nosuchthing" });
    assert.ok(await alice.event("warning"));
  });

  test("leaving is seen by the one who stays", async () => {
    bert.client.leave(room);
    assert.equal((await alice.event("userLeft")).username, "botB");
  });

  test("the library met no error", () =>
    assert.deepEqual(
      [...alice.events, ...bert.events].filter((event) => event.name === "error"),
      [],
    ));
});
