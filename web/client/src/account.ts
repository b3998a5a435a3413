import { type Api, callApi } from "./account-api.ts";
import { SignIn } from "./account-sign-in.ts";
import { random, toBase64Url } from "./crypto/bytes.ts";
import { Observable, type Observed } from "./observable.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import type { KeyValueStore } from "./store.ts";
import type { Refusal, Result } from "./types.ts";
import { Vault } from "./vault.ts";

/** The part of `navigator.locks` that is needed. */
type Locks = Pick<LockManager, "request">;

/** An access token this close to its end is not used any more, ms. */
const margin = 30_000;
/** Wait before the server is asked again when it named no time, ms. */
const pause = 2_000;

/** How one stands: logged out, or as whom one is logged in. */
export type LoginState =
  /** `why`: the server ended the login (shut out, another password, too old), or somebody logged out in another page. */
  { kind: "out"; why?: "ended" | "elsewhere" } | { kind: "in"; name: string; identity: string };

/** What shows who one is: a token; or there is none; or not now. */
export type Access = { kind: "token"; token: string } | { kind: "none" } | { kind: "later"; afterMs: number };

/** By what one logs in. */
export type Credentials = { name: string; password: string } | { code: string; verifier: string };

/** A login as it is kept. `next`: its refresh token is being exchanged for that one. */
interface Kept {
  token: string;
  name: string;
  identity: string;
  next?: string;
}

/** How an {@link Account} is set up. */
export interface AccountOptions extends Api {
  /** Tells apart the logins of one store. */
  purpose: string;
  /** Where the login is kept for other pages and later. Without it, or without locks, it lives as long as this object. */
  store?: KeyValueStore | undefined;
  locks?: Locks | undefined;
}

/**
 * A login (spec/protocol.md, Logging in). Its refresh token is good once, so pages that share it exchange it one after the other, under a lock;
 * the successor is chosen and kept before the server is asked, so that whoever loses the answer may ask again.
 */
export class Account {
  readonly state: Observed<LoginState>;
  readonly #state = new Observable<LoginState>({ kind: "out" });
  readonly #api: Api;
  readonly #place: string;
  readonly #vault: Vault | undefined;
  readonly #locks: Locks | undefined;
  readonly #pages: BroadcastChannel | undefined;
  #held: Kept | undefined;
  #access: { token: string; until: number } | undefined;
  #refreshing: Promise<Access> | undefined;

  constructor({ purpose, store, locks, ...api }: AccountOptions) {
    this.state = this.#state;
    this.#api = api;
    this.#place = `login ${purpose} ${api.url}`;
    this.#locks = locks;
    this.#vault = store && locks && Vault.works ? new Vault(store) : undefined;
    if (!this.#vault || typeof BroadcastChannel === "undefined") return;
    this.#pages = new BroadcastChannel(`hcchat ${this.#place}`);
    this.#pages.onmessage = () => void this.#reread();
  }

  /** Whether the login outlives this page. */
  get durable(): boolean {
    return this.#vault !== undefined;
  }

  /** Finds out whether one is logged in. */
  async open(): Promise<LoginState> {
    const kept = await this.#read();
    this.#state.set(kept ? stateOf(kept) : { kind: "out" });
    return this.#state.value;
  }

  /** Refused e.g. with `bad_login`, `rate_command`, `offline`. */
  logIn(credentials: Credentials): Promise<Result> {
    return this.#begin("login", credentials);
  }

  /** Makes an account by an invitation. Refused e.g. with `bad_token` (the invitation, or the name is taken), `bad_payload`. */
  register(invite: string, name: string, password: string): Promise<Result> {
    return this.#begin("register", { invite, name, password });
  }

  /** Ends the login here and on the server. Refused when the server could not be told; here it is erased all the same. */
  async logOut(): Promise<Result> {
    const told = await this.#alone(async (): Promise<Result> => {
      const kept = await this.#read();
      const answer =
        kept && (await callApi(this.#api, "api/auth/logout", { refreshToken: kept.token }, { keepalive: true }));
      await this.#write(undefined);
      return answer && !answer.ok ? answer : { ok: true, value: undefined };
    });
    this.#access = undefined;
    this.#state.set({ kind: "out" });
    this.#pages?.postMessage("changed");
    return told;
  }

  /**
   * Something to show who one is.
   * @param refused a token that was not taken
   */
  async accessToken(refused?: string): Promise<Access> {
    const { value } = this.#state;
    if (value.kind === "out") return { kind: "none" };
    if (this.#access && this.#access.token !== refused && Date.now() < this.#access.until) {
      return { kind: "token", token: this.#access.token };
    }
    this.#access = undefined;
    this.#refreshing ??= this.#refresh().finally(() => (this.#refreshing = undefined));
    return this.#refreshing;
  }

  /** Whether the server still knows the login. */
  check(): Promise<Access> {
    this.#access = undefined;
    return this.accessToken();
  }

  /** Tells servers on connections whose account it is; for a `ChatClient`. */
  signIn(send: (frame: ClientFrame) => boolean): SignIn {
    return new SignIn(this, send);
  }

  close(): void {
    this.#pages?.close();
  }

  async #begin(path: string, body: object): Promise<Result> {
    const answer = await callApi(this.#api, `api/auth/${path}`, body);
    if (!answer.ok) return answer;
    const kept = this.#take(answer.value);
    if (!kept) return { ok: false, refusal: unreadable };
    await this.#alone(() => this.#write(kept));
    this.#state.set(stateOf(kept));
    this.#pages?.postMessage("changed");
    return { ok: true, value: undefined };
  }

  async #refresh(): Promise<Access> {
    try {
      return await this.#alone(async () => {
        const kept = await this.#read();
        if (!kept) return this.#out("elsewhere");
        const next = kept.next ?? toBase64Url(random(32));
        await this.#write({ ...kept, next });
        const answer = await callApi(this.#api, "api/auth/refresh", { refreshToken: kept.token, next });
        if (!answer.ok && answer.refusal.code === "bad_token") {
          await this.#write(undefined);
          this.#pages?.postMessage("changed");
          return this.#out("ended");
        }
        // From an address that is shut out: the server says so to whoever comes without a login, too.
        if (!answer.ok && answer.refusal.code === "banned") return { kind: "none" };
        const fresh = answer.ok ? this.#take(answer.value) : undefined;
        if (!fresh) return { kind: "later", afterMs: (!answer.ok && answer.refusal.retryAfterMs) || pause };
        await this.#write(fresh);
        this.#state.set(stateOf(fresh));
        return { kind: "token", token: this.#access!.token };
      });
    } catch {
      return { kind: "later", afterMs: pause }; // the storage failed
    }
  }

  #out(why: "ended" | "elsewhere"): Access {
    this.#access = undefined;
    this.#state.set({ kind: "out", why });
    return { kind: "none" };
  }

  /** Another page has logged in or out. */
  async #reread(): Promise<void> {
    const kept = await this.#read().catch(() => this.#held);
    const { value } = this.#state;
    if (!kept) {
      if (value.kind === "in") this.#out("elsewhere");
      return;
    }
    if (value.kind === "out" || value.identity !== kept.identity) this.#access = undefined;
    this.#state.set(stateOf(kept));
  }

  /** Reads the server's answer and takes its access token. */
  #take(answer: Record<string, unknown>): Kept | undefined {
    const { accessToken, expiresSeconds, refreshToken: token, identity, name } = answer;
    if (typeof accessToken !== "string" || typeof token !== "string" || typeof identity !== "string") return undefined;
    this.#access = { token: accessToken, until: Date.now() + Number(expiresSeconds) * 1000 - margin };
    return { token, identity, name: typeof name === "string" ? name : identity };
  }

  /** One page at a time. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#vault ? (this.#locks!.request(`hcchat ${this.#place}`, work) as Promise<T>) : work();
  }

  async #read(): Promise<Kept | undefined> {
    if (!this.#vault) return this.#held;
    const { token, name, identity, next } = (await this.#vault.get(this.#place)) ?? {};
    if (typeof token !== "string" || typeof name !== "string" || typeof identity !== "string") return undefined;
    return { token, name, identity, ...(typeof next === "string" && { next }) };
  }

  async #write(kept: Kept | undefined): Promise<void> {
    if (!this.#vault) this.#held = kept;
    else if (kept) await this.#vault.put(this.#place, kept);
    else await this.#vault.delete(this.#place);
  }
}

const unreadable: Refusal = { code: "unavailable", text: "The server's answer cannot be read." };

function stateOf({ name, identity }: Kept): LoginState {
  return { kind: "in", name, identity };
}
