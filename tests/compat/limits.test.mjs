// The rate limiter as clients meet it. Each test has a server of its own, since limits are kept per address too.
import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { after, afterEach, describe, test } from "node:test";
import { App, Hcchat, Legacy, newRoom } from "./clients.mjs";
import { anyString, assertFrame, nonEmpty } from "./match.mjs";
import { ServerProcess } from "./server.mjs";
import { waitFor } from "./wait.mjs";

const trip = (pass) => createHash("sha256").update(`${pass}compat-test-salt`).digest("base64").slice(0, 6);
const servers = [];
const start = async (...more) => {
  servers.push(await ServerProcess.start(["--Compat:TripSalt=compat-test-salt", ...more]));
  return servers.at(-1);
};
afterEach(async () => {
  for (const server of servers.splice(0)) await server.dispose();
});
after(() => assert.equal(servers.length, 0));

const BURST = 120;
const positive = (value) => Number.isInteger(value) && value > 0 && value <= 600_000;

/** Sends a burst of short chats and gives what came back, once nothing more comes. */
async function flood(peer, make, isAnswer) {
  for (let index = 0; index < BURST; index += 1) peer.send(make(index));
  const answers = () => peer.frames.filter(isAnswer);
  await waitFor(() => answers().length >= BURST || peer.closed !== null, "an answer to each message", 30_000);
  return answers();
}

describe("with limits on", () => {
  test("a burst is refused at some point with warn 11 and a time to wait; after that time the same message passes", async () => {
    const server = await start();
    const peer = await Legacy.join(server.url, newRoom(), "ann");
    const answers = await flood(
      peer,
      () => ({ cmd: "chat", text: "x" }),
      (frame) => ["chat", "warn"].includes(frame.cmd),
    );
    const passed = answers.filter((frame) => frame.cmd === "chat").length;
    assert.ok(passed >= 15 && passed < BURST, `${passed} of ${BURST} passed`);
    const refusal = answers.findLast((frame) => frame.cmd === "warn");
    assert.ok([11, 14].includes(refusal.id), JSON.stringify(refusal));
    assertFrame(refusal, { text: anyString, retryAfterMs: positive });
    assert.equal(peer.closed, null);
    peer.frames.length = 0;
    await new Promise((resolve) => setTimeout(resolve, refusal.retryAfterMs));
    peer.send({ cmd: "chat", text: "x" });
    assertFrame((await peer.until((frame) => ["chat", "warn"].includes(frame.cmd))).at(-1), {
      cmd: "chat",
      text: "x",
    });
  });

  test("a client of ours gets a nack with the time for each message that is refused", async () => {
    const server = await start();
    const peer = await Hcchat.join(server.url, newRoom(), "ann");
    const answers = await flood(
      peer,
      () => ({ cmd: "chat", text: "x", mid: randomUUID() }),
      (frame) => ["ack", "nack"].includes(frame.cmd),
    );
    const refused = answers.filter((frame) => frame.cmd === "nack");
    assert.ok(refused.length > 0 && refused.length < BURST);
    for (const frame of refused)
      assertFrame(frame, { code: /^(rate|limited)$/, text: nonEmpty, retryAfterMs: positive });
  });

  test("an app that is refused gets no frame without a type, and no false ack", async () => {
    const server = await start();
    const room = newRoom();
    const app = await App.join(server.url, room, "Ann");
    for (let index = 0; index < BURST; index += 1) app.send({ type: "message", id: randomUUID(), room, text: "x" });
    await waitFor(
      () =>
        app.frames.some((frame) => !["message_ack", "message", "typing_stopped"].includes(frame.type)) ||
        app.frames.filter((frame) => frame.type === "message").length > 10,
      "the burst to be dealt with",
    );
    app.socket.ping();
    await new Promise((resolve) => app.socket.once("pong", resolve));
    assert.deepEqual(
      app.frames.filter((frame) => typeof frame.type !== "string"),
      [],
    );
    assert.equal(
      app.frames.filter((frame) => frame.type === "message_ack").length,
      app.frames.filter((frame) => frame.type === "message").length,
    );
  });

  test("forged X-Forwarded-For headers do not widen the limit of an address", async () => {
    const accepted = async (headersOf) => {
      const server = await start();
      const room = newRoom();
      let passed = 0;
      for (let index = 0; index < 12; index += 1) {
        const peer = await Legacy.connect(server.url, { headers: headersOf(index) });
        peer.send({ cmd: "join", channel: room, nick: `n${index}` });
        const first = await peer.next();
        if (first.cmd !== "onlineSet") continue;
        for (let count = 0; count < BURST; count += 1) peer.send({ cmd: "chat", text: `by ${index}` });
        peer.socket.ping();
        await new Promise((resolve) => peer.socket.once("pong", resolve));
        passed += peer.frames.filter((frame) => frame.cmd === "chat" && frame.text === `by ${index}`).length;
      }
      return passed;
    };
    const plain = await accepted(() => ({}));
    const forged = await accepted((index) => ({ "X-Forwarded-For": `203.0.113.${index + 1}` }));
    assert.ok(plain < 12 * BURST, `${plain} passed: an address has a limit of its own`);
    assert.ok(forged <= plain * 1.25 + 10, `${forged} passed with forged headers, ${plain} without`);
  });

  test("moderators are exempt", async () => {
    const server = await start(`--Moderation:ModTrips=${trip("mod-pass")}`);
    const mod = await Legacy.join(server.url, newRoom(), "mod", { pass: "mod-pass" });
    const answers = await flood(
      mod,
      () => ({ cmd: "chat", text: "x" }),
      (frame) => ["chat", "warn"].includes(frame.cmd),
    );
    assert.deepEqual(
      answers.filter((frame) => frame.cmd === "warn"),
      [],
    );
  });

  test("a flood of one connection leaves the others of another address alone", async () => {
    const server = await start();
    const room = newRoom();
    const quiet = await Legacy.join(server.url, room, "quiet", {}, { localAddress: "127.0.0.9" });
    const loud = await Legacy.join(server.url, room, "loud");
    await flood(
      loud,
      () => ({ cmd: "chat", text: "x" }),
      (frame) => ["chat", "warn"].includes(frame.cmd),
    );
    quiet.send({ cmd: "chat", text: "may I" });
    await quiet.until((frame) => frame.cmd === "chat" && frame.nick === "quiet");
  });
});
