import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Connection } from "../src/protocol/connection.ts";
import { readFrame } from "../src/protocol/frames.ts";
import { FakeServer } from "./fake-server.ts";

let server: FakeServer;
let connection: Connection;

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  server = new FakeServer();
  connection = new Connection("wss://host/chat-ws", server.WebSocket, {
    opened: () => undefined,
    received: () => undefined,
    lost: () => undefined,
  });
});

afterEach(() => {
  connection.close();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("it opens once, however often it is asked to", () => {
  connection.connect();
  connection.connect();
  expect(server.sockets.map((socket) => socket.url)).toEqual(["wss://host/chat-ws"]);
  expect(connection.state.value.kind).toBe("connecting");
  server.socket.opens();
  expect(connection.state.value.kind).toBe("open");
});

test("each failed try doubles the longest wait, up to 30 s", () => {
  connection.connect();
  const waits: number[] = [];
  for (let i = 0; i < 9; i++) {
    server.socket.drops();
    const state = connection.state.value;
    if (state.kind !== "waiting") throw new Error(state.kind);
    waits.push(state.retryAt - Date.now());
    vi.advanceTimersToNextTimer();
  }
  expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
});

test("the wait is spread over its whole length", () => {
  vi.mocked(Math.random).mockReturnValue(0.25);
  connection.connect();
  server.socket.drops();
  expect(connection.state.value).toMatchObject({ kind: "waiting", retryAt: Date.now() + 125 });
});

test("only a connection that lived 10 s resets the wait", () => {
  connection.connect();
  for (const lived of [1000, 1000, 10_000]) {
    server.socket.opens();
    vi.advanceTimersByTime(lived);
    server.socket.drops();
    if (lived < 10_000) vi.advanceTimersToNextTimer();
  }
  expect(connection.state.value).toMatchObject({ retryAt: Date.now() + 500, attempt: 1 });
});

test("an announced restart is obeyed to the millisecond and said", () => {
  connection.connect();
  server.socket.opens();
  server.socket.says({ cmd: "reconnect", afterMs: 3120, reason: "restart" });
  vi.advanceTimersByTime(1000);
  server.socket.drops(1012);
  expect(connection.state.value).toMatchObject({ kind: "waiting", retryAt: Date.now() + 2120, restart: true });
  vi.advanceTimersByTime(2119);
  expect(server.sockets).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(server.sockets).toHaveLength(2);
});

test("an announced restart is said until the server is back, however many tries that takes", () => {
  connection.connect();
  server.socket.opens();
  server.socket.says({ cmd: "reconnect", afterMs: 700, reason: "restart" });
  server.socket.drops(1012);
  vi.advanceTimersByTime(700);
  expect(connection.state.value).toEqual({ kind: "connecting", restart: true });
  server.socket.drops();
  expect(connection.state.value).toMatchObject({ kind: "waiting", restart: true });
  vi.advanceTimersToNextTimer();
  server.socket.opens();
  server.socket.drops();
  expect(connection.state.value).toMatchObject({ kind: "waiting", restart: false });
});

test("the time that a rate limit names is obeyed", () => {
  connection.connect();
  server.socket.opens();
  server.socket.says({ cmd: "warn", code: "limited", text: "slow down", channel: false, retryAfterMs: 20_000 });
  server.socket.drops(1008);
  expect(connection.state.value).toMatchObject({ kind: "waiting", retryAt: Date.now() + 20_000 });
});

test("no server can send a client away for more than five minutes", () => {
  connection.connect();
  server.socket.opens();
  server.socket.says({ cmd: "reconnect", afterMs: 1e15 });
  server.socket.drops();
  expect(connection.state.value).toMatchObject({ retryAt: Date.now() + 300_000 });
});

test.each([
  [4009, "taken_over"],
  [4011, "kicked"],
  [4403, "forbidden"],
])("after %d it stays away", (code, reason) => {
  connection.connect();
  server.socket.opens();
  server.socket.drops(code);
  vi.advanceTimersByTime(3_600_000);
  expect(connection.state.value).toEqual({ kind: "closed", reason });
  expect(server.sockets).toHaveLength(1);
});

test.each([1000, 1001, 1006, 1008, 1009, 1011, 1012, 1013, 4008, 4010])("after %d it comes back", (code) => {
  connection.connect();
  server.socket.opens();
  server.socket.drops(code);
  vi.advanceTimersByTime(30_000);
  expect(server.sockets.length).toBeGreaterThan(1);
});

test("retryNow does not wait, and leaves one socket only", () => {
  connection.connect();
  server.socket.drops();
  connection.retryNow();
  connection.retryNow();
  expect(server.sockets).toHaveLength(2);
  vi.advanceTimersByTime(10_000);
  expect(server.sockets).toHaveLength(2);
});

test("a dead link is noticed within 40 s", () => {
  connection.connect();
  server.socket.opens();
  vi.advanceTimersByTime(3000);
  server.socket.says({ cmd: "pong" }); // the last sign of life
  vi.advanceTimersByTime(40_000);
  expect(server.sockets[0]?.closed).toBeDefined();
  expect(connection.state.value.kind).not.toBe("open");
});

test("a quiet link whose pings are answered stays open", () => {
  connection.connect();
  const { socket } = server;
  socket.opens();
  const { send } = socket;
  socket.send = (data: string) => {
    send.call(socket, data);
    socket.says({ cmd: "pong" });
  };
  vi.advanceTimersByTime(600_000);
  expect(connection.state.value.kind).toBe("open");
  expect(socket.all("ping").length).toBeGreaterThan(10);
});

test("after a sleep the link is asked before it is given up", () => {
  connection.connect();
  server.socket.opens();
  vi.setSystemTime(Date.now() + 3_600_000);
  vi.advanceTimersByTime(10_000);
  expect(connection.state.value.kind).toBe("open");
  expect(server.socket.all("ping")).toHaveLength(1);
});

test("a socket that does not open in 15 s is given up", () => {
  connection.connect();
  vi.advanceTimersByTime(15_000);
  expect(connection.state.value.kind).toBe("waiting");
  server.sockets[0]?.opens();
  expect(connection.state.value.kind).toBe("waiting");
});

test("close is for good, and connect begins anew", () => {
  connection.connect();
  server.socket.opens();
  connection.close();
  expect(server.socket.closed).toBe(1000);
  expect(connection.state.value).toEqual({ kind: "closed", reason: "closed" });
  vi.advanceTimersByTime(600_000);
  expect(server.sockets).toHaveLength(1);
  connection.connect();
  expect(server.sockets).toHaveLength(2);
});

test("nothing is sent unless it is open", () => {
  expect(connection.send({ cmd: "ping" })).toBe(false);
  connection.connect();
  expect(connection.send({ cmd: "ping" })).toBe(false);
  server.socket.opens();
  expect(connection.send({ cmd: "ping" })).toBe(true);
});

test("nothing is handed to a socket that is closing already", () => {
  connection.connect();
  const { socket } = server;
  socket.opens();
  for (const readyState of [2, 3]) {
    socket.readyState = readyState;
    expect(connection.send({ cmd: "ping" })).toBe(false);
  }
  expect(socket.sent).toEqual([]);
});

test("no JSON value makes the reader of frames throw", () => {
  const commands = ["chat", "session", "onlineSet", "warn", "reconnect", "__proto__", "constructor", "pong"];
  const frame = fc.record({ cmd: fc.constantFrom(...commands), channel: fc.jsonValue(), text: fc.jsonValue() });
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        frame.map((value) => JSON.stringify(value)),
      ),
      (data) => {
        const read = readFrame(data);
        if (read?.cmd === "chat") expect([typeof read.channel, typeof read.text]).toEqual(["string", "string"]);
      },
    ),
  );
});

test("members of a wrong type are dropped, or the frame when they are needed", () => {
  const frame = { cmd: "chat", channel: "r", nick: "n", text: "t", color: false, userid: "7" };
  expect(readFrame(JSON.stringify(frame))).toEqual({ cmd: "chat", channel: "r", nick: "n", text: "t" });
  expect(readFrame(JSON.stringify({ ...frame, text: 7 }))).toBeUndefined();
  expect(readFrame('{"cmd":"toString"}')).toBeUndefined();
  expect(readFrame(new ArrayBuffer(2))).toBeUndefined();
});
