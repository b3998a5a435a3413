import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isWork } from "../src/crypto/work.ts";
import { ChatClient, type Room } from "../src/index.ts";
import { FakeServer, type FakeSocket, user } from "./fake-server.ts";

const channel = "r";
const challenge = "AAECAwQFBgcICQoLDA0ODw";

let server: FakeServer;
let client: ChatClient;

beforeEach(() => {
  server = new FakeServer();
  client = new ChatClient({ url: "wss://host/chat-ws", WebSocket: server.WebSocket });
});

afterEach(() => client.close());

function toll(socket: FakeSocket, asked: object): void {
  socket.says({ cmd: "warn", code: "proof_of_work", text: "many", channel: false, room: channel, ...asked });
}

function enter(): { room: Room; socket: FakeSocket } {
  const room = client.join({ channel, encrypted: false }, "ann");
  return { room, socket: server.accept() };
}

describe("a room in a raid", () => {
  test("is paid for by work, and joining takes a moment longer", async () => {
    const { room, socket } = enter();
    const first = await socket.next("join");
    expect(first.work).toBeUndefined();
    toll(socket, { challenge, bits: 10 });
    const { work, ...again } = await socket.next("join");
    expect(again).toEqual(first);
    expect(isWork(challenge, 10, work!)).toBe(true);
    expect(room.state.value.kind).toBe("joining");
    socket.says({ cmd: "onlineSet", channel, users: [user(2, "ann", true)], e2ee: { saltB64: "" } });
    expect(await room.entered).toEqual({ ok: true, value: undefined });
  });

  test.each([{ challenge, bits: 25 }, { challenge: "short", bits: 10 }, {}])(
    "that asks for what nobody can pay is not entered: %o",
    async (asked) => {
      const { room, socket } = enter();
      await socket.next("join");
      toll(socket, asked);
      expect(await room.entered).toMatchObject({ ok: false, refusal: { code: "proof_of_work" } });
    },
  );

  test("is not worked for any more once it was left", async () => {
    const { room, socket } = enter();
    await socket.next("join");
    toll(socket, { challenge, bits: 24 });
    room.leave();
    await new Promise((resolve) => setTimeout(resolve));
    expect(socket.all("join")).toHaveLength(1);
  });
});

test("who was put out while away is out, and does not walk in again", async () => {
  const { room, socket } = enter();
  await socket.next("join");
  socket.says({ cmd: "onlineSet", channel, users: [user(2, "ann", true)], e2ee: { saltB64: "" } });
  await room.entered;
  socket.says({ cmd: "session", restored: false, token: "token1", channels: [channel] });
  socket.drops();
  client.retryNow();
  const back = server.socket;
  back.opens();
  back.says({ cmd: "info", id: 1205, text: "You were removed", channel });
  back.says({ cmd: "onlineRemove", channel, userid: 2, nick: "ann" });
  back.says({ cmd: "session", restored: true, token: "token2", channels: [] });
  expect(room.state.value).toMatchObject({ kind: "refused", refusal: { code: "removed" } });
  expect(back.sent.map((frame) => frame.cmd)).toEqual(["session"]);
});
