import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { concat, fromBase64Url, prefixed, toBase64Url, utf8 } from "../src/crypto/bytes.ts";
import { verify } from "../src/crypto/ed25519.ts";
import { fingerprint, Identity } from "../src/crypto/identity.ts";
import { ChatClient, MemoryStore, type Room, type RoomAddress } from "../src/index.ts";
import { type Invitation, KnockAtDoor, OwnedRoom } from "../src/owned.ts";
import { FakeServer, type FakeSocket, user } from "./fake-server.ts";
import { channel, encrypted, plain, sealed, settled, until } from "./people.ts";

const rules = { owned: true, access: "invite", knock: true, slow: 0, password: false, listed: false };
const nonce = toBase64Url(new Uint8Array(32).fill(7));

let server: FakeServer;
let store: MemoryStore;
let client: ChatClient;
let socket: FakeSocket;

beforeEach(() => {
  server = new FakeServer();
  store = new MemoryStore();
  client = newClient();
});

afterEach(() => client.close());

function newClient(): ChatClient {
  return new ChatClient({ url: "wss://Chat.Example:8443/chat-ws", WebSocket: server.WebSocket, store });
}

/** Somebody who is in, with that level. */
async function entered(address: RoomAddress = plain, level = 100): Promise<Room> {
  const room = client.join(address, "ann");
  socket = server.accept({ nonce });
  await socket.next("join");
  letIn(level);
  await room.entered;
  return room;
}

function letIn(level = 100): void {
  const me = { ...user(2, "ann", true), level };
  socket.says({ cmd: "onlineSet", channel, users: [user(1, "bob"), me], room: rules });
}

/** Believes the key that is proven. */
async function believe(): Promise<{ key: string; sig: string }> {
  const frame = await socket.next("identify");
  if (!("key" in frame)) throw new Error("It was an account's.");
  const { key, sig } = frame;
  socket.says({ cmd: "identity", identity: `key:${await fingerprint(key)}` });
  return { key, sig };
}

/** Settles when the device knows of so many rooms in which one's key has a role. */
async function kept(count: number): Promise<void> {
  while ((await store.list("role ")).length !== count) await settled(1);
}

const told = (frame: object) => socket.says({ channel, ...frame });
const refused = (code: string) => {
  const { mid } = socket.sent.at(-1) as { mid?: string };
  socket.says({ cmd: "nack", mid, channel, code, text: code });
};

describe("proving one's key", () => {
  test("whoever claims proves the key that signs, for this server and this connection", async () => {
    const room = await entered(encrypted);
    const asked = new OwnedRoom(room).claim();
    const { key, sig } = await believe();
    expect(key).toBe((await client.identity.get()).key);
    const challenge = concat(utf8("hc-auth/1"), prefixed("chat.example"), prefixed(fromBase64Url(nonce)!));
    expect(await verify(fromBase64Url(key)!, challenge, fromBase64Url(sig)!)).toBe(true);
    await socket.next("claim");
    told({ cmd: "roomInfo", nick: "ann", room: rules });
    expect(await asked).toMatchObject({ ok: true });
  });

  test("whoever has a trip claims with that, and the key is nobody's business", async () => {
    const room = client.join(plain, "ann", "pass");
    socket = server.accept({ nonce });
    socket.says({ cmd: "onlineSet", channel, users: [{ ...user(2, "ann", true), trip: "abcdef" }] });
    await room.entered;
    void new OwnedRoom(room).claim();
    await socket.next("claim");
    expect(socket.all("identify")).toEqual([]);
  });

  test("a proof that is refused is the outcome of the claim, and the next try proves again", async () => {
    const room = await entered();
    const asked = new OwnedRoom(room).claim();
    await socket.next("identify");
    refused("bad_signature");
    expect(await asked).toMatchObject({ ok: false, refusal: { code: "bad_signature" } });
    void new OwnedRoom(room).claim();
    await believe();
    await socket.next("claim");
  });

  test("a room that gives no right is entered without", async () => {
    const room = await entered(encrypted, 99_999);
    socket.drops();
    expect(room.state.value.kind).toBe("joining");
    client.close();
    client = newClient();
    await entered(encrypted);
    expect(socket.all("identify")).toEqual([]);
  });

  test("where the key has a role it is proven before the next visit, until the role is gone", async () => {
    const room = await entered(plain);
    const proof = room.prove();
    await believe();
    await proof;
    told({ cmd: "updateUser", ...user(2, "ann"), level: 9_999 });
    await kept(1);
    for (const level of [9_999, 100]) {
      client.close();
      client = newClient();
      client.join(plain, "ann");
      socket = server.accept({ nonce });
      await believe();
      await socket.next("join");
      letIn(level);
      await kept(level === 9_999 ? 1 : 0);
    }
    client.close();
    client = newClient();
    client.join(plain, "ann");
    socket = server.accept({ nonce });
    await socket.next("join");
    expect(socket.all("identify")).toEqual([]);
  });

  test("whoever takes a room off the device erases that it has a role there", async () => {
    const room = await entered();
    const proof = room.prove();
    await believe();
    await proof;
    told({ cmd: "updateUser", ...user(2, "ann"), level: 99_999 });
    await kept(1);
    await client.forget(channel);
    expect((await store.list("role ")).length).toBe(0);
  });

  test("an invitation goes with the join, behind a proof that makes a member of whoever brings it", async () => {
    client.join({ ...plain, invite: "abc_-9" }, "ann");
    socket = server.accept({ nonce });
    await believe();
    expect(await socket.next("join")).toMatchObject({ invite: "abc_-9" });
  });

  test("a proof that fails does not keep anybody from the door", async () => {
    client.join({ ...plain, invite: "abc", password: "sesame" }, "ann");
    socket = server.accept({ nonce });
    await socket.next("identify");
    refused("bad_signature");
    expect(await socket.next("join")).toMatchObject({ invite: "abc", password: "sesame" });
  });

  test("a connection that is lost while proving joins once, on the next one", async () => {
    client.join({ ...plain, invite: "abc" }, "ann");
    socket = server.accept({ nonce });
    await socket.next("identify");
    const first = socket;
    first.drops();
    client.retryNow();
    socket = server.accept({ nonce });
    await believe();
    await socket.next("join");
    await settled();
    expect([first.all("join").length, socket.all("join").length]).toEqual([0, 1]);
  });
});

describe("the commands of a room", () => {
  let room: Room;
  let owned: OwnedRoom;
  beforeEach(async () => {
    room = await entered(plain, 99_999);
    owned = new OwnedRoom(room);
  });

  test("a change is done when it is told of as one's own", async () => {
    const asked = owned.set({ access: "locked", knock: false, slow: 5, motd: "" });
    expect(await socket.next("setroom")).toMatchObject({ channel, access: "locked", knock: false, slow: 5, motd: "" });
    told({ cmd: "roomInfo", nick: "bob", room: rules });
    refused("forbidden");
    expect(await asked).toMatchObject({ ok: false, refusal: { code: "forbidden" } });
    const again = owned.set({ motd: "Hello" });
    told({ cmd: "roomInfo", nick: "ann", room: { ...rules, motd: "Hello" } });
    expect(await again).toMatchObject({ ok: true });
    expect(room.settings.info.value?.motd).toBe("Hello");
  });

  test("lists are read, and what makes no sense in them is left out", async () => {
    const roles = owned.roles();
    const owner = { identity: "key:abc", role: "owner", nick: "ann" };
    told({ cmd: "roles", roles: [owner, { identity: 5 }, { identity: "trip:x", role: "king" }, null] });
    expect(await roles).toEqual({ ok: true, value: [owner] });
    const bans = owned.bans();
    const ban = { id: "b1", nick: "eve", muted: true, expires: 5, identities: ["key:e"] };
    told({ cmd: "bans", bans: [{ ...ban, identities: ["key:e", 7] }, "?"] });
    expect(await bans).toEqual({ ok: true, value: [ban] });
    const invites = owned.invites();
    const invitation: Invitation = { id: "i1", uses: 3, expires: 9 };
    told({ cmd: "invites", invites: [invitation, {}] });
    expect(await invites).toEqual({ ok: true, value: [invitation] });
  });

  test("an invitation brings its secret, and is revoked by its id", async () => {
    const made = owned.invite(5, 3_600);
    expect(await socket.next("createinvite")).toMatchObject({ channel, uses: 5, seconds: 3_600 });
    told({ cmd: "invitation", id: "i1", invite: "secret", uses: 5, expires: 9 });
    expect(await made).toMatchObject({ ok: true, value: { id: "i1", invite: "secret" } });
    const revoked = owned.revoke("i1");
    told({ cmd: "inviteRevoked", id: "i2" });
    refused("not_found");
    expect(await revoked).toMatchObject({ ok: false });
  });

  test("somebody is kicked, banned and muted by number", async () => {
    const [bob] = room.members.value;
    const kicked = owned.kick(bob!);
    expect(await socket.next("kick")).toMatchObject({ channel, userid: 1 });
    told({ cmd: "onlineRemove", userid: 1, nick: "bob" });
    expect(await kicked).toMatchObject({ ok: true });
    const heard: object[] = [];
    room.events.on("banned", (what) => heard.push(what));
    const muted = owned.mute(bob!, 60);
    expect(await socket.next("mute")).toMatchObject({ userid: 1, seconds: 60, scope: "room" });
    told({ cmd: "banned", by: "ann", id: "b1", nick: "bob", muted: true, expires: 5, identities: [] });
    expect(await muted).toMatchObject({ ok: true, value: { id: "b1" } });
    const banned = owned.ban(bob!, 60);
    refused("forbidden");
    expect(await banned).toMatchObject({ ok: false });
    const pardoned = owned.pardon("b1");
    told({ cmd: "pardoned", id: "b1" });
    expect(await pardoned).toMatchObject({ ok: true });
    expect(heard).toMatchObject([{ by: "ann", nick: "bob", muted: true, expires: 5 }]);
  });

  test("who knocks is shown once, and gone when somebody has answered or they are in", async () => {
    const { waiting } = room.knocks;
    told({ cmd: "knock", userid: 7, nick: "eve", text: "me" });
    told({ cmd: "knock", userid: 7, nick: "eve", text: "me again" });
    told({ cmd: "knock", userid: 8, nick: "dan", identity: "key:d" });
    expect(waiting.value).toMatchObject([
      { userid: 7, nick: "eve", text: "me again" },
      { userid: 8, nick: "dan", identity: "key:d" },
    ]);
    const denied = owned.admit(7, true);
    expect(await socket.next("admit")).toMatchObject({ userid: 7, deny: true });
    told({ cmd: "knockAnswered", userid: 7, nick: "ann", denied: true });
    expect(await denied).toMatchObject({ ok: true });
    told({ cmd: "knock", userid: 7, nick: "eve", text: "please" });
    expect(waiting.value.map(({ userid }) => userid)).toEqual([8]);
    told({ cmd: "onlineAdd", ...user(8, "dan") });
    expect(waiting.value).toEqual([]);
    told({ cmd: "knock", userid: 9, nick: "fay" });
    const gone = owned.admit(9);
    refused("unknown_user");
    expect(await gone).toMatchObject({ ok: false });
    expect(waiting.value).toEqual([]);
  });
});

test("what waits for a slow room goes out as soon as it is slow no more", async () => {
  const room = await entered();
  told({ cmd: "roomInfo", nick: "bob", room: { ...rules, slow: 3_600 } });
  room.say("hello");
  const { mid } = await socket.next("chat");
  socket.says({ cmd: "nack", mid, channel, code: "slow", text: "wait", retryAfterMs: 3_600_000 });
  expect(room.stalled.value).toMatchObject({ code: "slow" });
  told({ cmd: "roomInfo", nick: "bob", room: { ...rules, slow: 0 } });
  expect(await socket.next("chat")).toMatchObject({ mid, text: "hello" });
  socket.says({ cmd: "ack", mid, channel, id: mid });
  expect(room.stalled.value).toBeUndefined();
});

test("whoever has proven nothing gets a role by the key that signs", async () => {
  const room = await entered(encrypted, 99_999);
  const owned = new OwnedRoom(room);
  const bob = await Identity.generate();
  told({ ...(await sealed({ t: "text", body: "hello" }, {}, bob)), epoch: "e", seq: 1 });
  await until(() => room.authors.judge("bob", undefined).pin !== undefined);
  const [them] = room.members.value;
  const asked = owned.setRoleOf(them!, "moderator");
  expect(await socket.next("setrole")).toMatchObject({ userid: 1, role: "moderator" });
  refused("no_identity");
  expect(await socket.next("setrole")).toMatchObject({ identity: `key:${bob.fingerprint}`, role: "moderator" });
  told({ cmd: "roomInfo", nick: "ann", room: rules });
  expect(await asked).toEqual({ ok: true, value: "unproven" });
});

test("whoever knocks waits over a lost connection until somebody opens", async () => {
  client.join(plain, "eve");
  socket = server.accept({ nonce });
  await socket.next("join");
  socket.says({ cmd: "warn", code: "locked", text: "no", channel: false, room: channel });
  const knock = new KnockAtDoor(client, { channel, nick: "eve", text: "It is me" });
  await believe();
  const { mid } = await socket.next("knock");
  expect(mid).toBeTypeOf("string");
  socket.says({ cmd: "knocked", channel });
  socket.drops();
  client.retryNow();
  socket = server.accept({ nonce });
  await believe();
  expect(await socket.next("knock")).toMatchObject({ channel, nick: "eve", text: "It is me" });
  expect(knock.state.value).toEqual({ kind: "waiting" });
  socket.says({ cmd: "admitted", channel });
  expect(knock.state.value).toEqual({ kind: "admitted" });
});

test("a knock is heard by those who come later, until one goes away", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  try {
    client.join(plain, "eve");
    socket = server.accept({ nonce });
    const knock = new KnockAtDoor(client, { channel, nick: "eve" });
    await believe();
    for (let i = 1; i <= 3; i++) {
      await socket.next("knock");
      socket.says({ cmd: "knocked", channel });
      await settled();
      expect(socket.all("knock")).toHaveLength(i);
      vi.advanceTimersByTime(30_000);
    }
    await socket.next("knock");
    knock.end();
    vi.advanceTimersByTime(90_000);
    await settled();
    expect(socket.all("knock")).toHaveLength(4);
    expect(socket.all("identify")).toHaveLength(1);
  } finally {
    vi.useRealTimers();
  }
});

test("a knock that the server does not take says so", async () => {
  client.join(plain, "eve");
  socket = server.accept({ nonce });
  await socket.next("join");
  const knock = new KnockAtDoor(client, { channel, nick: "eve" });
  await believe();
  const { mid } = await socket.next("knock");
  socket.says({ cmd: "nack", mid, channel, code: "banned", text: "no" });
  await until(() => knock.state.value.kind === "refused");
  expect(knock.state.value).toMatchObject({ refusal: { code: "banned" } });
});
