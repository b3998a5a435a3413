import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Account } from "../src/account.ts";
import { SignIn } from "../src/account-sign-in.ts";
import { ChatClient, IndexedDbStore } from "../src/index.ts";
import type { ClientFrame } from "../src/protocol/frames.ts";
import { FakeServer } from "./fake-server.ts";
import { Locks } from "./locks.ts";
import { until } from "./people.ts";

/** The server's part of logging in, after spec/protocol.md. */
class AuthServer {
  /** Every token that was good once, with its successor. */
  readonly tokens = new Map<string, string | undefined>();
  ended = false;
  /** How often a used token came again without being a repetition. */
  stolen = 0;
  calls: { path: string; body: Record<string, string> }[] = [];
  /** Whether the answer to a call gets lost. */
  lose: (path: string) => boolean = () => false;
  refuse: { status: number; code: string; retryAfter?: string } | undefined;
  #count = 0;

  readonly fetch = async (url: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const path = String(url).replace("https://host/api/auth/", "");
    const body = JSON.parse(String(init?.body)) as Record<string, string>;
    this.calls.push({ path, body });
    const answer = this.#answer(path, body);
    if (this.lose(path)) throw new TypeError("the connection is gone");
    return answer;
  };

  #answer(path: string, { refreshToken = "", next = "" }: Record<string, string>): Response {
    if (this.refuse) {
      const { status, code, retryAfter } = this.refuse;
      return Response.json(
        { code, title: code },
        { status, ...(retryAfter && { headers: { "Retry-After": retryAfter } }) },
      );
    }
    if (path === "logout") {
      this.tokens.clear();
      return new Response(null, { status: 204 });
    }
    let token = next;
    if (path === "refresh") {
      const known = this.tokens.has(refreshToken) && !this.ended;
      const successor = this.tokens.get(refreshToken);
      const again = successor === next && this.tokens.has(next) && this.tokens.get(next) === undefined;
      if (!known || (successor !== undefined && !again)) {
        if (known) this.stolen++;
        return Response.json({ code: "bad_token", title: "no" }, { status: 401 });
      }
      this.tokens.set(refreshToken, next);
    } else {
      token = `first${++this.#count}`;
    }
    if (!this.tokens.has(token)) this.tokens.set(token, undefined);
    return Response.json({
      accessToken: `access${++this.#count}`,
      expiresSeconds: 600,
      refreshToken: token,
      identity: "account:a",
      name: "Ann",
    });
  }
}

let server: AuthServer;
let locks: Locks;
let open_: Account[];

beforeEach(() => {
  globalThis.indexedDB = new IDBFactory();
  server = new AuthServer();
  locks = new Locks();
  open_ = [];
});
afterEach(() => {
  for (const account of open_) account.close();
});

/** A page of the browser. */
async function page(kept = true): Promise<Account & { gone(): void }> {
  const { locks: pageLocks, gone } = locks.page();
  const where = kept ? { store: new IndexedDbStore(), locks: pageLocks } : {};
  const account = new Account({ url: "https://host/", purpose: "chat", fetch: server.fetch, ...where });
  open_.push(account);
  await account.open();
  return Object.assign(account, { gone });
}

const ann = { name: "ann", password: "correct horse" };
const refreshes = () => server.calls.filter(({ path }) => path === "refresh");

describe("a login", () => {
  test("is still there in the next page, which gets a token of its own", async () => {
    const first = await page();
    expect(first.state.value).toEqual({ kind: "out" });
    expect(await first.logIn(ann)).toMatchObject({ ok: true });
    expect(first.state.value).toEqual({ kind: "in", name: "Ann", identity: "account:a" });
    const token = await first.accessToken();
    expect(await first.accessToken()).toEqual(token);
    expect(refreshes()).toEqual([]);
    const second = await page();
    expect(second.state.value).toMatchObject({ kind: "in", name: "Ann" });
    const other = await second.accessToken();
    expect(other).toMatchObject({ kind: "token" });
    expect(other).not.toEqual(token);
  });

  test("of two pages that ask at once is exchanged by one after the other", async () => {
    await (await page()).logIn(ann);
    const pages = await Promise.all([page(), page(), page()]);
    const got = await Promise.all(pages.flatMap((one) => [one.accessToken(), one.accessToken()]));
    expect(got.map(({ kind }) => kind)).toEqual(Array.from({ length: 6 }, () => "token"));
    expect(server.stolen).toBe(0);
    expect(refreshes()).toHaveLength(3);
  });

  test("goes on when the answer was lost, and when the page was loaded again before it came", async () => {
    await (await page()).logIn(ann);
    const before = await page();
    server.lose = (path) => path === "refresh";
    expect(await before.accessToken()).toMatchObject({ kind: "later" });
    before.gone();
    server.lose = () => false;
    const after = await page();
    expect(await after.accessToken()).toMatchObject({ kind: "token" });
    expect(await after.accessToken("access3")).toMatchObject({ kind: "token" });
    expect(server.stolen).toBe(0);
  });

  test("that the server ended is over in every page", async () => {
    const [one, two] = [await page(), await page()];
    await one.logIn(ann);
    await until(() => two.state.value.kind === "in");
    server.ended = true;
    expect(await one.accessToken("access2")).toEqual({ kind: "none" });
    expect(one.state.value).toEqual({ kind: "out", why: "ended" });
    await until(() => two.state.value.kind === "out");
    expect(await (await page()).accessToken()).toEqual({ kind: "none" });
  });

  test("is neither given up nor used twice while the server is busy or away", async () => {
    const one = await page();
    await one.logIn(ann);
    server.refuse = { status: 429, code: "rate_command", retryAfter: "7" };
    expect(await one.accessToken("access2")).toEqual({ kind: "later", afterMs: 7_000 });
    server.refuse = { status: 503, code: "unavailable" };
    expect(await one.accessToken("access2")).toMatchObject({ kind: "later" });
    server.refuse = undefined;
    expect(await one.accessToken("access2")).toMatchObject({ kind: "token" });
    const [first, second, third] = refreshes().map(({ body }) => body["next"]);
    expect([second, third]).toEqual([first, first]);
  });

  test("ends here and on the server, and in other pages", async () => {
    const [one, two] = [await page(), await page()];
    await one.logIn(ann);
    await until(() => two.state.value.kind === "in");
    expect(await one.logOut()).toMatchObject({ ok: true });
    expect(one.state.value).toEqual({ kind: "out" });
    expect(server.tokens.size).toBe(0);
    await until(() => two.state.value.kind === "out");
    expect(two.state.value).toEqual({ kind: "out", why: "elsewhere" });
    expect(await two.accessToken()).toEqual({ kind: "none" });
    expect((await page()).state.value).toEqual({ kind: "out" });
  });

  test("is erased here even when the server cannot be told", async () => {
    const one = await page();
    await one.logIn(ann);
    server.lose = () => true;
    expect(await one.logOut()).toMatchObject({ ok: false, refusal: { code: "offline" } });
    expect((await page()).state.value).toEqual({ kind: "out" });
  });

  test("lives as long as the page where nothing can be kept", async () => {
    const one = await page(false);
    await one.logIn(ann);
    expect(await one.accessToken("access2")).toMatchObject({ kind: "token" });
    expect((await page(false)).state.value).toEqual({ kind: "out" });
    expect((await page()).state.value).toEqual({ kind: "out" });
  });

  test("lies nowhere in clear", async () => {
    const one = await page();
    await one.logIn(ann);
    const records = await new IndexedDbStore().list("");
    const text = JSON.stringify(records, (_, value: unknown) =>
      value instanceof Uint8Array ? String.fromCharCode(...value) : value,
    );
    expect(text).not.toMatch(/first|access|Ann/);
  });
});

describe("a connection", () => {
  const sent: ClientFrame[] = [];
  const tokens = (list: string[]) => ({
    refused: [] as (string | undefined)[],
    async accessToken(refused?: string) {
      this.refused.push(refused);
      const token = list.shift();
      return token === undefined ? ({ kind: "none" } as const) : ({ kind: "token", token } as const);
    },
  });
  const opened = (list: string[]) => {
    sent.length = 0;
    const source = tokens(list);
    const signIn = new SignIn(source, (frame) => sent.push(frame) > 0);
    return { source, signIn };
  };
  const refused = { cmd: "warn", code: "bad_token", text: "no" } as const;

  test("says whose it is and goes on when the server knows", async () => {
    const { signIn } = opened(["one"]);
    const begun = signIn.begin();
    await until(() => sent.length === 1);
    expect(sent).toEqual([{ cmd: "identify", accessToken: "one" }]);
    expect(signIn.received({ cmd: "pong" })).toBe(false);
    expect(signIn.received({ cmd: "warn", code: "locked", text: "no", room: "r" })).toBe(false);
    expect(signIn.received({ cmd: "identity", identity: "account:a" })).toBe(true);
    expect(await begun).toBe(true);
    expect(signIn.received(refused)).toBe(false);
  });

  test("asks for a fresh token once when one is not taken", async () => {
    const { source, signIn } = opened(["old", "fresh"]);
    const begun = signIn.begin();
    await until(() => sent.length === 1);
    signIn.received(refused);
    await until(() => sent.length === 2);
    signIn.received(refused);
    expect(await begun).toBe(true);
    expect(source.refused).toEqual([undefined, "old"]);
  });

  test("enters its rooms only once the server knows", async () => {
    const account = await page();
    await account.logIn(ann);
    const fake = new FakeServer();
    const client = new ChatClient({ url: "wss://host/chat-ws", WebSocket: fake.WebSocket, account });
    client.join({ channel: "room", encrypted: false }, "ann");
    for (let i = 0; i < 2; i++) {
      const socket = fake.accept();
      expect(await socket.next("identify")).toEqual({ cmd: "identify", accessToken: "access2" });
      expect(socket.all("join")).toEqual([]);
      socket.says({ cmd: "identity", identity: "account:a" });
      await socket.next("join");
      if (i === 0) {
        socket.drops();
        client.retryNow();
      }
    }
    client.close();
  });

  test("that is lost meanwhile begins nothing", async () => {
    const { signIn } = opened(["one"]);
    const begun = signIn.begin();
    await until(() => sent.length === 1);
    signIn.lost();
    expect(await begun).toBe(false);
  });

  test("of nobody's goes on at once", async () => {
    const { signIn } = opened([]);
    expect(await signIn.begin()).toBe(true);
    expect(sent).toEqual([]);
  });
});
