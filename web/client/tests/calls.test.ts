import { beforeEach, describe, expect, test, vi } from "vitest";
import { strict } from "../src/calls/strict-worker.ts";
import type { CallDesk } from "../src/index.ts";
import { newId } from "../src/crypto/content.ts";
import { open } from "../src/crypto/envelope.ts";
import { mediaKey } from "../src/crypto/derived.ts";
import { toBase64 } from "../src/crypto/bytes.ts";
import { FakeServer, user } from "./fake-server.ts";
import { channel, encrypted, keys, messages, type Person, sealed, settled, until, visit } from "./people.ts";
import type { LogServer } from "./log-server.ts";

let server: FakeServer;
let ann: Person;
let desk: CallDesk;

beforeEach(async () => {
  vi.useRealTimers();
  server = new FakeServer();
  ann = visit(server as unknown as LogServer, encrypted, "ann");
  server.accept({ calls: true });
  await server.socket.next("join");
  server.socket.says({ cmd: "onlineSet", channel, users: [user(1, "ann", true), user(2, "bob")], epoch: "e", head: 0 });
  await ann.room.entered;
  desk = await ann.room.calls.open();
});

const told = (start: object, people: object[] = []) =>
  server.socket.says({ cmd: "call", channel, call: { people, start } });

/** What bob says begins a call. */
function start(said: object = {}, frame: object = {}): Promise<Record<string, unknown>> {
  return sealed({ t: "rtc.start", callId: newId(), mode: "room", ...said }, { channel, ...frame });
}

describe("the call that there is", () => {
  test("is the one whose beginning opens with the room's key, with those who are in it", async () => {
    const callId = newId();
    told(await start({ callId, video: true }), [{ nick: "bob", identity: "i1" }, { nick: 5 }]);
    await until(() => desk.current.value !== undefined);
    expect(desk.current.value).toMatchObject({ id: callId, nick: "bob", video: true, doubtful: false });
    expect(desk.current.value!.people).toEqual([{ nick: "bob", identity: "i1" }]);
    expect(desk.refused.value).toBe(false);
    server.socket.says({ cmd: "call", channel });
    await until(() => desk.current.value === undefined);
  });

  test.each([
    ["old", () => start({ ts: Date.now() - 25 * 3_600_000 })],
    ["from the future", () => start({ ts: Date.now() + 3_600_000 })],
    ["of another room", () => start({ room: "elsewhere" })],
    ["under another id", async () => ({ ...(await start()), mid: newId() })],
    ["another kind of message", () => start({ t: "text", body: "hi" })],
    ["of a mode that is not known", () => start({ mode: "group" })],
    ["in clear", async () => ({ ...(await start()), text: "hi" })],
    ["no message", async () => ({})],
  ])("is none that is %s", async (_, make) => {
    told(await make());
    await until(() => desk.refused.value);
    expect(desk.current.value).toBeUndefined();
  });

  test("is never one that has ended", async () => {
    const begun = await start();
    told(begun);
    await until(() => desk.current.value !== undefined);
    server.socket.says({ cmd: "call", channel });
    told(begun);
    await until(() => desk.refused.value);
    expect(desk.current.value).toBeUndefined();
  });

  test("begins with a message that the others can open, and is a line in the room", async () => {
    const begun = desk.begin(true);
    const sent = await server.socket.next("chat");
    expect(sent).toMatchObject({ channel, call: true });
    const { content } = await open([keys], sent.text, channel);
    expect(content).toMatchObject({ t: "rtc.start", mode: "room", video: true, nick: "ann", n: 0, id: sent.mid });
    const frame = { cmd: "chat", channel, nick: "ann", userid: 1, mid: sent.mid, text: sent.text };
    server.socket.says(frame);
    told(frame);
    expect(await begun).toEqual({ ok: true, value: content["callId"] });
    await until(() => messages(ann.room).length > 0);
    expect(messages(ann.room)[0]).toMatchObject({ call: { id: content["callId"], video: true }, own: true, text: "" });
    expect(ann.room.may(messages(ann.room)[0]!).edit).toBe(false);
  });

  test("is not begun when the server refuses", async () => {
    const begun = desk.begin(false);
    const { mid } = await server.socket.next("chat");
    server.socket.says({ cmd: "nack", mid, code: "call_running", text: "There is one." });
    expect(await begun).toMatchObject({ ok: false, refusal: { code: "call_running" } });
  });
});

describe("the keys of a call", () => {
  const rekey = (callId: string, epoch: number) =>
    sealed({ t: "rtc.rekey", callId, epoch }, { cmd: "note", channel, sid: undefined });
  let callId: string;
  beforeEach(async () => {
    callId = newId();
    told(await start({ callId }));
    await until(() => desk.current.value !== undefined);
  });

  test("are each sender's own, made of the room's key, and others after a change", async () => {
    expect(await desk.key(callId, "i1")).toEqual({ key: toBase64(await mediaKey(keys, callId, "i1", 0)), epoch: 0 });
    const heard = new Promise((resolve) => desk.events.on("rekey", resolve));
    server.socket.says(await rekey(callId, 1));
    expect(await heard).toEqual({ callId, epoch: 1 });
    expect(await desk.key(callId, "i1")).toEqual({ key: toBase64(await mediaKey(keys, callId, "i1", 1)), epoch: 1 });
  });

  test("never go back, do not leap, and are not those of another call", async () => {
    server.socket.says(await rekey(callId, 5));
    await until(() => desk.epochOf(callId) === 5);
    for (const [id, epoch] of [
      [callId, 4],
      [callId, 5_000],
      [newId(), 6],
    ] as const) {
      server.socket.says(await rekey(id, epoch));
    }
    await settled();
    server.socket.says(await rekey(callId, 6));
    await until(() => desk.epochOf(callId) === 6);
  });

  test("are asked for by whoever does not know the present ones", async () => {
    server.socket.says(await rekey(callId, 5));
    await until(() => desk.epochOf(callId) === 5);
    const asked = new Promise((resolve) => desk.events.on("outdated", resolve));
    server.socket.says(await rekey(callId, 5));
    server.socket.says(await rekey(callId, 1));
    expect(await asked).toEqual({ callId });
    expect(desk.epochOf(callId)).toBe(5);
  });

  test("are changed by a note that the others can open", async () => {
    expect(await desk.rekey(callId, 1)).toEqual({ ok: true, value: undefined });
    const note = await server.socket.next("note");
    const { content } = await open([keys], note.text, channel);
    expect(content).toMatchObject({ t: "rtc.rekey", callId, epoch: 1, n: 0 });
    expect(desk.epochOf(callId)).toBe(1);
  });
});

describe("the worker that encrypts", () => {
  test("is never told to let anything through in clear", () => {
    const said: { kind: string; data?: object }[] = [];
    const worker = strict({ postMessage: (message: { kind: string }) => void said.push(message) } as Pick<
      Worker,
      "postMessage"
    >);
    worker.postMessage({ kind: "enable", data: { enabled: false, participantIdentity: "a" } });
    worker.postMessage({ kind: "decode", data: { participantIdentity: "b", trackId: "t" } });
    worker.postMessage({ kind: "setSifTrailer", data: { trailer: new Uint8Array(4) } });
    const on = (participantIdentity: string) => ({ kind: "enable", data: { enabled: true, participantIdentity } });
    expect(said).toEqual([on("a"), on("b"), { kind: "decode", data: { participantIdentity: "b", trackId: "t" } }]);
  });
});
