import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ChatClient, Handover, IndexedDbStore, type RoomAddress } from "../src/index.ts";
import { Locks } from "./locks.ts";
import { LogServer, type LogSocket } from "./log-server.ts";
import { channel, encrypted, messages, type Person, plain, settled, texts, until, visit } from "./people.ts";

const url = "wss://host/chat-ws";

/** The storage of a tab: its pages come one after the other. */
class Tab {
  storage = new Map<string, string>();
  #page: (Page & { storage: Map<string, string> }) | undefined;

  /** The next page of this tab; the one before has gone by then. */
  async load(address: RoomAddress = encrypted, nick = "ann", pass?: string): Promise<Page> {
    const { storage } = this;
    const tab = { getItem: (name: string) => storage.get(name) ?? null, setItem: storage.set.bind(storage) };
    const page = locks.page();
    const handover = await Handover.open(url, tab, page.locks);
    const sockets: LogSocket[] = [];
    const WebSocket = function (address: string) {
      const socket = new server.WebSocket(address) as unknown as LogSocket;
      sockets.push(socket);
      return socket;
    } as unknown as typeof globalThis.WebSocket;
    const options = { handover, store: new IndexedDbStore(), locks: page.locks, pass, WebSocket };
    const person = visit(server, address, nick, options);
    const gone = () => {
      page.gone();
      for (const socket of sockets) socket.drop(1001);
      person.client.close();
    };
    this.#page = { ...person, handover, gone, storage };
    pages.push(this.#page);
    expect(await person.room.entered).toMatchObject({ ok: true });
    return this.#page;
  }

  /** A reload begins: the page goes. What it does after that is not seen by the next. */
  unload(orderly = true): void {
    if (orderly) this.#page!.handover.leave();
    this.storage = new Map(this.storage);
    this.#page!.gone();
  }

  async reload(): Promise<Page> {
    const { room } = this.#page!;
    this.unload();
    return this.load(room.address, "ann");
  }

  /** A page that has entered no room yet. */
  async opener(): Promise<ChatClient> {
    const page = locks.page();
    const handover = await Handover.open(url, storageOf(this), page.locks);
    const client = new ChatClient({ url, WebSocket: server.WebSocket, handover, store: new IndexedDbStore() });
    setImmediate(() => page.gone());
    return client;
  }

  copy(): Tab {
    const copied = new Tab();
    copied.storage = new Map(this.storage);
    return copied;
  }

  get left(): { token?: string; rooms?: object } {
    return JSON.parse(this.storage.get(`hcchat.tab ${url}`) ?? "{}");
  }
}

interface Page extends Person {
  handover: Handover;
  gone(): void;
}

let server: LogServer;
let locks: Locks;
let tab: Tab;
let pages: Page[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  server = new LogServer(channel);
  locks = new Locks();
  tab = new Tab();
  pages = [];
});

afterEach(() => {
  vi.useRealTimers();
  for (const { client } of pages) client.close();
});

const me = ({ room }: Person) => room.me.value?.userid;
const allSent = ({ room }: Person, count: number) =>
  messages(room).length === count && messages(room).every(({ state }) => state === "sent");

async function say(page: Person, ...said: string[]): Promise<void> {
  const before = messages(page.room).length;
  for (const text of said) page.room.say(text);
  await until(() => allSent(page, before + said.length));
}

describe("after a reload", () => {
  test.each([
    ["plain", plain],
    ["encrypted", encrypted],
  ])("one's own messages can be changed, and the others see it (%s)", async (_, address) => {
    const bob = visit(server, address, "bob", { store: new IndexedDbStore(), locks: locks.page().locks });
    const before = await tab.load(address);
    await say(before, "one", "two");
    const after = await tab.reload();
    expect(me(after)).toBe(me(before));
    await until(() => allSent(after, 2));
    const [one, two] = messages(after.room);
    expect(after.room.may(one!)).toEqual({ edit: true, delete: true, react: true });
    after.room.edit(one!.key, "first");
    after.room.delete(two!.key);
    await until(() => messages(bob.room)[0]?.text === "first" && messages(bob.room)[1]?.deleted === "author");
    bob.client.close();
  });

  test("the content's numbers go on, and nobody takes what follows for repeated", async () => {
    const bob = visit(server, encrypted, "bob", { store: new IndexedDbStore(), locks: locks.page().locks });
    const before = await tab.load();
    await say(before, "one", "two");
    for (const text of ["three", "four"]) {
      const page = await tab.reload();
      await until(() => texts(page.room).length === (text === "three" ? 2 : 3));
      await say(page, text);
    }
    await until(() => texts(bob.room).length === 4);
    expect(new Set(messages(bob.room).map(({ sid }) => sid)).size).toBe(1);
    expect(bob.room.replays.value).toBe(0);
    bob.client.close();
  });

  test("what the server took and did not answer is said once, in a plain room too", async () => {
    server.silent = () => true;
    server.fault = () => ({ lose: true });
    const before = await tab.load(plain);
    before.room.say("once");
    await until(() => server.taken.size === 1);
    server.silent = () => false;
    server.fault = () => ({});
    const after = await tab.reload();
    await until(() => allSent(after, 1) && [...server.taken.values()][0]?.repeats === 1);
    expect(server.epoch.events).toHaveLength(1);
  });

  test("what is unsent goes out from the page that said it, also where another page of the browser could send it", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    server.silent = () => true;
    const before = await tab.load(plain);
    server.fault = () => ({ lose: true });
    before.room.say("once");
    await until(() => server.taken.size === 1);
    const second = await new Tab().load(plain, "ann_2");
    server.silent = () => false;
    server.fault = () => ({});
    tab.unload();
    await settled();
    const after = await tab.load(plain);
    await until(() => allSent(after, 1));
    await vi.advanceTimersByTimeAsync(10_000); // the other page has had its turn as well
    await settled();
    expect(server.epoch.events).toHaveLength(1);
    expect(texts(second.room)).toEqual(["once"]);
  });

  test("a session that the server does not give back is a new one, and nothing is lost", async () => {
    server.lose = () => true;
    const before = await tab.load();
    before.room.say("waits");
    await until(() => server.sockets.some(({ sent }) => sent.some(({ cmd }) => cmd === "chat")));
    server.forgetSessions();
    server.lose = () => false;
    const after = await tab.reload();
    await until(() => allSent(after, 1));
    expect(me(after)).not.toBe(me(before));
    expect(texts(after.room)).toEqual(["waits"]);
  });

  test("the nick that the session had last is there again", async () => {
    const before = await tab.load();
    await server.rename(before.room.me.value!.userid, "anna");
    tab.unload();
    const after = await tab.load(encrypted, "anna");
    expect(after.room.me.value).toMatchObject({ nick: "anna", userid: me(before) });
  });

  test.each([
    ["another nick", "eve", undefined],
    ["a trip code", "ann", "secret"],
  ])("%s is another person", async (_, nick, pass) => {
    const before = await tab.load();
    tab.unload();
    const after = await tab.load(encrypted, nick, pass);
    expect(me(after)).not.toBe(me(before));
    expect(server.sockets.at(-1)?.sent[0]).not.toHaveProperty("token");
  });

  test("in another room one is another person", async () => {
    await tab.load();
    tab.unload();
    const handover = await Handover.open(url, storageOf(tab), locks.page().locks);
    const { client } = visit(server, { channel: "other", encrypted: false }, "ann", { handover });
    await until(() => server.sockets.at(-1)!.sent.length > 0);
    expect(server.sockets.at(-1)!.sent[0]).toEqual({ cmd: "session", proto: 3 });
    client.close();
  });
});

describe("a copy of the tab", () => {
  test("is somebody else, and leaves the first one alone", async () => {
    const first = await tab.load();
    await say(first, "one");
    const second = await tab.copy().load(encrypted, "ann_2");
    expect(me(second)).not.toBe(me(first));
    await until(() => texts(second.room).length === 1);
    await say(second, "two");
    await until(() => texts(first.room).length === 2);
    expect(first.client.state.value).toEqual({ kind: "open" });
    expect(messages(first.room)[0]!.sid).not.toBe(messages(first.room)[1]!.sid);
  });

  test("that has the same nick is somebody else, too", async () => {
    const first = await tab.load();
    const second = await tab.copy().load();
    expect(me(second)).not.toBe(me(first));
    expect(first.client.state.value).toEqual({ kind: "open" });
  });

  test("goes on from no number that another has gone on from", async () => {
    const before = await tab.load();
    await say(before, "one");
    tab.unload();
    const fallenBack = tab.copy(); // a browser that crashed may bring back an earlier state
    const after = await tab.load();
    await until(() => texts(after.room).length === 1);
    await say(after, "two");
    tab.unload(false);
    const last = await fallenBack.load();
    await until(() => texts(last.room).length === 2);
    await say(last, "three");
    const sids = messages(last.room).map(({ sid }) => sid);
    expect(sids[1]).toBe(sids[0]);
    expect(sids[2]).not.toBe(sids[0]);
  });
});

describe("what opens an encrypted room", () => {
  const bare: RoomAddress = { channel, encrypted: true };
  const kept = () => until(() => "secrets" in tab.left);

  test("is still there after a reload, encrypted, and gone once the room is left", async () => {
    const page = await tab.load({ ...encrypted, title: "Tea" });
    await kept();
    expect(tab.storage.get(`hcchat.tab ${url}`)).not.toMatch(/AAECAwQ|Tea/);
    tab.unload();
    const opener = tab.opener();
    const found = await (await opener).left(channel);
    expect(found).toEqual({ key: encrypted.key, title: "Tea" });
    const after = await tab.load({ ...bare, ...found });
    expect(me(after)).toBe(me(page));
    await kept();
    after.room.leave();
    expect(tab.left).not.toHaveProperty("secrets");
  });

  test("is not for a copy of the tab", async () => {
    await tab.load();
    await kept();
    expect(await (await tab.copy().opener()).left(channel)).toBeUndefined();
  });

  test("is not kept twice where the device remembers it, and cannot be opened by another device", async () => {
    await tab.load({ ...encrypted, remember: true });
    await settled();
    expect(tab.left).not.toHaveProperty("secrets");
    tab.unload();
    await tab.load();
    await kept();
    tab.unload();
    globalThis.indexedDB = new IDBFactory();
    expect(await (await tab.opener()).left(channel)).toBeUndefined();
  });
});

describe("what lies in the tab's storage", () => {
  test("is no number while the page lives, nor after it ended without a word", async () => {
    const page = await tab.load();
    await say(page, "one");
    await until(() => "secrets" in tab.left);
    expect(Object.keys(tab.left).sort()).toEqual(["lock", "seat", "secrets", "token"]);
    tab.unload(false);
    expect(tab.left.rooms).toBeUndefined();
    const after = await tab.load();
    expect(me(after)).toBe(me(page));
  });

  test("is nothing of a session that has ended", async () => {
    const page = await tab.load();
    page.room.leave();
    page.client.close();
    expect(Object.keys(tab.left)).toEqual(["lock"]);
    page.handover.leave();
    expect(tab.left.rooms ?? {}).toEqual({});
  });

  test("is nothing where there are no locks", async () => {
    const handover = await Handover.open(url, storageOf(tab), undefined);
    handover.renew("token", { channel, nick: "ann" });
    handover.leave();
    expect(tab.storage.size).toBe(0);
  });

  test.each(["", "null", "[]", "{", '{"lock":1}', '{"lock":"x","rooms":3,"token":{},"seat":1}'])(
    "harms nobody when it is not ours: %s",
    async (found) => {
      tab.storage.set(`hcchat.tab ${url}`, found);
      await say(await tab.load(), "one");
    },
  );
});

function storageOf({ storage }: Tab): { getItem(name: string): string | null; setItem(name: string, v: string): void } {
  return { getItem: (name) => storage.get(name) ?? null, setItem: (name, value) => void storage.set(name, value) };
}
