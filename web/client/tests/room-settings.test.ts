import { afterEach, beforeEach, expect, test } from "vitest";
import { ChatClient, type Room } from "../src/index.ts";
import { OwnedRoom } from "../src/owned.ts";
import { FakeServer, type FakeSocket, user } from "./fake-server.ts";

const channel = "r";
const rules = { owned: false, access: "open", knock: false, slow: 0, password: false, listed: false, raided: false };
const history = { mode: "off", days: 30, count: 1000, ttl: 0 };

let server: FakeServer;
let client: ChatClient;
let room: Room;
let owned: OwnedRoom;
let socket: FakeSocket;

beforeEach(async () => {
  server = new FakeServer();
  client = new ChatClient({ url: "wss://host/chat-ws", WebSocket: server.WebSocket });
  room = client.join({ channel, encrypted: false }, "ann");
  socket = server.accept();
  socket.says({ cmd: "onlineSet", channel, users: [user(1, "bob"), user(2, "ann", true)], room: rules, history });
  await room.entered;
  owned = new OwnedRoom(room);
});

/** Refuses what was asked last. */
function refuses(code: string): void {
  const { mid } = socket.sent.at(-1) as { mid?: string };
  socket.says({ cmd: "nack", mid, channel, code, text: code });
}

afterEach(() => client.close());

test("what the room is comes with it, and is told anew", () => {
  const { info } = room.settings;
  expect(info.value).toEqual(rules);
  socket.says({ cmd: "roomInfo", channel, nick: "bob", room: { ...rules, owned: true, access: "invite", slow: 5 } });
  expect(info.value).toEqual({ ...rules, owned: true, access: "invite", slow: 5 });
  socket.says({ cmd: "roomInfo", channel, nick: "bob", room: { owned: "yes" } });
  expect(info.value).toMatchObject({ owned: true });
});

test("owners decide, and moderators where there is none", () => {
  const { settings } = room;
  expect([100, 9_999, 99_999].map((level) => settings.isUpTo(level))).toEqual([false, true, true]);
  socket.says({ cmd: "roomInfo", channel, nick: "bob", room: { ...rules, owned: true } });
  expect([9_999, 99_999].map((level) => settings.isUpTo(level))).toEqual([false, true]);
});

test("what is kept is set, and holds once the server says so", async () => {
  const asked = owned.keep({ mode: "on", days: 7 });
  expect(await socket.next("sethistory")).toMatchObject({ cmd: "sethistory", channel, mode: "on", days: 7 });
  expect(room.log.policy.value).toEqual(history);
  const now = { ...history, mode: "on", days: 7 };
  socket.says({ cmd: "roomState", channel, nick: "ann", userid: 2, history: now });
  expect(await asked).toMatchObject({ ok: true });
  expect(room.log.policy.value).toEqual(now);
});

test("a refusal is the answer, and leaves what is in force", async () => {
  const asked = owned.keep({ days: 9999 });
  refuses("bad_payload");
  expect(await asked).toMatchObject({ ok: false, refusal: { code: "bad_payload" } });
  expect(room.log.policy.value).toEqual(history);
});

test("a room that one has closed is closed", async () => {
  const asked = owned.close();
  expect(await socket.next("closeroom")).toMatchObject({ cmd: "closeroom", channel });
  socket.says({ cmd: "info", channel, id: 1206, text: "closed" });
  socket.says({ cmd: "onlineRemove", channel, userid: 2, nick: "ann" });
  expect(await asked).toMatchObject({ ok: true });
  expect(room.state.value).toMatchObject({ kind: "refused", refusal: { code: "room_closed" } });
});
