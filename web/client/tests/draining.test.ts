import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChatClient, type Room, type RoomAddress } from "../src/index.ts";
import { FakeServer, type FakeSocket, user } from "./fake-server.ts";
import { pattern } from "./vectors.ts";

const channel = "r";
const plain: RoomAddress = { channel, encrypted: false };

let server: FakeServer;
let client: ChatClient;

beforeEach(() => {
  // The clock only: WebCrypto answers on real threads.
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = new FakeServer();
  client = new ChatClient({ url: "wss://host/chat-ws", WebSocket: server.WebSocket });
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

function online(socket: FakeSocket, ...others: string[]): void {
  const users = others.map((nick, i) => user(i + 10, nick));
  socket.says({ cmd: "onlineSet", channel, users: [...users, user(2, "ann", true)] });
}

/** A room that ann has joined, with these others in it. */
async function joined(address: RoomAddress, ...others: string[]): Promise<{ room: Room; socket: FakeSocket }> {
  const room = client.join(address, "ann");
  const socket = server.accept();
  online(socket, ...others);
  expect(await room.entered).toEqual({ ok: true, value: undefined });
  return { room, socket };
}

/** The server's limiter: a score that halves every 10 s and takes no message beyond 30. */
class Limiter {
  readonly taken: string[] = [];
  refusals = 0;
  /** Most refusals without a success in between; the server closes at 200. */
  worst = 0;
  #row = 0;
  #score = 0;
  #at = Date.now();

  constructor(socket: FakeSocket, roundTrip: number) {
    const { send } = socket;
    socket.send = (data: string) => {
      send.call(socket, data);
      const { cmd, mid, text } = JSON.parse(data) as { cmd: string; mid: string; text: string };
      if (cmd === "ping") setTimeout(() => socket.says({ cmd: "pong" }), roundTrip);
      if (cmd !== "chat") return;
      const retryAfterMs = this.#charge(1 + text.length / (text.startsWith("E2EE:") ? 4096 : 332));
      if (retryAfterMs === 0) this.taken.push(mid);
      const answer = retryAfterMs === 0 ? { cmd: "ack" } : { cmd: "nack", code: "rate", text: "slow", retryAfterMs };
      setTimeout(() => socket.says({ ...answer, mid, channel }), roundTrip);
    };
  }

  #charge(cost: number): number {
    this.#score *= 0.5 ** ((Date.now() - this.#at) / 10_000);
    this.#at = Date.now();
    const wait = Math.ceil(10_000 * Math.log2(this.#score / (30 - cost)));
    this.#row = wait > 0 ? this.#row + 1 : 0;
    this.worst = Math.max(this.worst, this.#row);
    if (wait > 0) this.refusals++;
    else this.#score += cost;
    return Math.max(wait, 0);
  }
}

describe("many messages at once", () => {
  test.each([
    ["plain", plain, 5, 20],
    ["plain, on a slow link", plain, 400, 20],
    ["plain and long", plain, 5, 900],
    ["encrypted", { channel, encrypted: true, key: pattern(32) }, 5, 20],
  ])("500 of them all arrive in order with few refusals (%s)", async (_, address, roundTrip, length) => {
    const { room, socket } = await joined(address, "bob");
    const limiter = new Limiter(socket, roundTrip);
    const said: string[] = [];
    for (let i = 0; i < 500; i++) {
      const result = room.say(`${i}`.padEnd(length, "x"));
      if (result.ok) said.push(result.value);
    }
    const states = new Map<string, string | undefined>();
    room.events.on("update", ({ key, state }) => states.set(key, state));
    // The clock is virtual; sealing is not, and gets its turn.
    while (states.size < 500) {
      await vi.advanceTimersByTimeAsync(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(limiter.taken).toEqual(said);
    expect([...new Set(states.values())]).toEqual(["sent"]);
    expect(limiter.refusals).toBeLessThan(20);
    expect(limiter.worst).toBeLessThan(10);
  });

  test("a few go out without waiting for one another", async () => {
    const { room, socket } = await joined(plain, "bob");
    for (let i = 0; i < 8; i++) room.say(`${i}`);
    await socket.next("chat");
    await Promise.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect(socket.all("chat")).toHaveLength(8);
  });
});

describe("what was said while everybody was away", () => {
  /** Loses the connection, says a text, and comes back to a room with these others in it. */
  async function comeBack(room: Room, others: string[], restored = false): Promise<FakeSocket> {
    server.socket.drops();
    room.say("x");
    client.retryNow();
    const { socket } = server;
    if (restored) {
      socket.opens();
      online(socket, ...others);
      socket.says({ cmd: "session", restored: true, channels: [channel] });
    } else {
      server.accept();
      online(socket, ...others);
    }
    await settled();
    expect(room.state.value.kind).toBe("joined");
    return socket;
  }

  /** Every promise that needs no clock is kept. */
  function settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  function texts(socket: FakeSocket): string[] {
    return socket.all("chat").map((frame) => frame.text);
  }

  test.each([false, true])("waits for somebody to come back too (restored: %s)", async (restored) => {
    const { room } = await joined(plain, "bob");
    const socket = await comeBack(room, [], restored);
    room.say("y");
    await vi.advanceTimersByTimeAsync(19_999);
    expect(texts(socket)).toEqual([]);
    socket.says({ cmd: "onlineAdd", channel, ...user(10, "bob") });
    await settled();
    expect(texts(socket)).toEqual(["x", "y"]);
  });

  test("goes out after 20 s when nobody comes", async () => {
    const { room } = await joined(plain, "bob");
    const socket = await comeBack(room, []);
    await vi.advanceTimersByTimeAsync(19_999);
    expect(texts(socket)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(texts(socket)).toEqual(["x"]);
  });

  test.each([
    ["others are there", ["bob"], ["bob"]],
    ["nobody was there before", [], []],
  ])("goes out at once when %s", async (_, before, after) => {
    const { room } = await joined(plain, ...before);
    expect(texts(await comeBack(room, after))).toEqual(["x"]);
  });

  test("still waits when the connection is lost once more before anybody is back", async () => {
    const { room } = await joined(plain, "bob");
    await comeBack(room, []);
    const socket = await comeBack(room, []);
    await vi.advanceTimersByTimeAsync(19_999);
    expect(texts(socket)).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    await settled();
    expect(texts(socket)).toEqual(["x", "x"]);
  });

  test("nothing waits after the first entering of an empty room", async () => {
    const { room, socket } = await joined(plain);
    room.say("x");
    await settled();
    expect(texts(socket)).toEqual(["x"]);
  });
});
