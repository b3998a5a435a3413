import type { RoomCipher } from "./crypto/cipher.ts";
import { Observable } from "./observable.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import { outInfos } from "./protocol/codes.ts";
import { refusal, refuse } from "./refusals.ts";
import { checkPlain, checkSalt, type KeySources, openRoomKey } from "./room-key.ts";
import type { LocalRefusal, Place, Refusal, Result, RoomAddress, RoomState } from "./types.ts";

/** Wait before a refused join is tried again when the server named no time, ms. */
const rejoinDelay = 2_000;
/** Refusals of a join that pass by themselves. */
const passing = new Set(["rate_join", "limited", "unavailable", "already_joined"]);

/** The members of a refusal by which a newcomer is asked to pay (spec/protocol.md, Raids). */
interface Toll {
  challenge?: string;
  bits?: number;
}

/** What a membership needs of its room. */
export interface MembershipOwner extends KeySources {
  address: RoomAddress;
  nick(): string;
  pass: string | undefined;
  /** How far the room's list is known. */
  position(): Place | undefined;
  send(frame: ClientFrame): boolean;
  /** Proves one's key where that helps to be let in; nothing to wait for where it does not. */
  introduce(): Promise<unknown> | undefined;
  /** The room is entered and its key is there; the state becomes `joined` afterwards. */
  opened(): Promise<void>;
  joined(): void;
  ended(why: Refusal): void;
}

/** How one stands with a room: asks to be let in, opens the key, and tries again what passes by itself. */
export class Membership {
  readonly state = new Observable<RoomState>({ kind: "joining" });
  /** The room's code for reading aloud (kid), once the key is known. */
  readonly keyCode = new Observable<string | undefined>(undefined);
  /** Settles with the first outcome of the join. */
  readonly entered: Promise<Result>;
  readonly #owner: MembershipOwner;
  #cipher: RoomCipher | undefined;
  #rejoin: ReturnType<typeof setTimeout> | undefined;
  /** Why one is out, should the server say next that one is. */
  #out: LocalRefusal = "left";
  /** Joins refused in a row. */
  #rejoins = 0;
  /** Counts joins, so that work that began in an earlier one is not taken for this one's. */
  #visit = 0;

  constructor(owner: MembershipOwner) {
    this.#owner = owner;
    this.entered = new Promise((resolve) => {
      const end = this.state.subscribe((state) => {
        if (state.kind === "joining" || state.kind === "deriving") return;
        end();
        if (state.kind === "joined") resolve({ ok: true, value: undefined });
        else resolve(state.kind === "refused" ? { ok: false, refusal: state.refusal } : refuse("left"));
      });
    });
  }

  /** The room's cipher, once its key is there. */
  get cipher(): RoomCipher | undefined {
    return this.#cipher;
  }

  get joined(): boolean {
    return this.state.value.kind === "joined";
  }

  /** Whether it has ended. */
  get over(): boolean {
    const { kind } = this.state.value;
    return kind === "left" || kind === "refused";
  }

  /** Asks to be let in. */
  ask(): void {
    const introduced = this.#owner.introduce();
    if (!introduced) return this.#ask();
    const visit = this.#visit;
    void introduced.then(() => {
      if (visit === this.#visit && !this.over) this.#ask();
    });
  }

  /**
   * The server has let us in; the key may be still to make.
   * @returns settles when it is there and everything is taken over from earlier pages, or when it cannot be had
   */
  enter(serverSalt: unknown): Promise<void> {
    const visit = ++this.#visit;
    this.#rejoins = 0;
    if (this.#owner.address.encrypted && !this.#cipher) this.state.set({ kind: "deriving" });
    const opening = this.#open(serverSalt).catch(() => refuse("E_RESOURCE")); // no storage
    return opening.then((opened) => this.#opened(visit, opened));
  }

  /** A join was refused. @param toll what is asked of newcomers, when it is that */
  refused(why: Refusal, toll: Toll = {}): void {
    if (toll.challenge !== undefined) return void this.#pay(why, toll.challenge, toll.bits);
    if (!passing.has(why.code)) return this.end({ kind: "refused", refusal: why }, why);
    clearTimeout(this.#rejoin);
    // Doubled each time: asking itself is charged for, and must not keep the limiter full.
    const delay = (why.retryAfterMs ?? rejoinDelay) * 2 ** Math.min(this.#rejoins++, 5);
    this.#rejoin = setTimeout(() => {
      // Our seat there is of an earlier stay whose `leave` was refused.
      if (why.code === "already_joined") this.#owner.send({ cmd: "leave", channel: this.#owner.address.channel });
      this.ask();
    }, delay);
  }

  /** The connection is gone. */
  lost(): void {
    this.#visit++;
    clearTimeout(this.#rejoin);
    if (this.state.value.kind !== "joining") this.state.set({ kind: "joining" });
  }

  /** What the server says before it takes one out of a room. */
  hint(id: number | undefined): void {
    this.#out = outInfos.get(id ?? 0) ?? this.#out;
  }

  /** The server has taken one out. Whoever is not in yet is told of nobody else: it was done while one was away. */
  putOut(): void {
    const why = refusal(this.#out);
    this.end({ kind: "refused", refusal: why }, why);
  }

  /** It is over. */
  end(state: RoomState, why: Refusal): void {
    if (this.over) return;
    this.#visit++;
    clearTimeout(this.#rejoin);
    this.state.set(state);
    this.#owner.ended(why);
  }

  /** Does the work, which takes a moment, and asks again. */
  async #pay(why: Refusal, challenge: string, bits = 0): Promise<void> {
    const visit = this.#visit;
    const stopped = () => visit !== this.#visit || this.over;
    const code = await import("./crypto/work.ts").catch(() => undefined); // wanted by few, so it is fetched then
    const work = await code?.findWork(challenge, bits, stopped);
    if (stopped()) return;
    if (work === undefined) this.refused(why);
    else this.#ask(work);
  }

  /** @param work what a newcomer pays while the room is raided */
  #ask(work?: number): void {
    const { address, pass } = this.#owner;
    const { channel, invite, password } = address;
    const position = this.#owner.position();
    this.#owner.send({
      cmd: "join",
      channel,
      nick: this.#owner.nick(),
      ...(pass && { pass }),
      ...(invite && { invite }),
      ...(password && { password }),
      ...(position && { resume: position }),
      ...(work !== undefined && { work }),
    });
  }

  async #opened(visit: number, opened: Result): Promise<void> {
    if (visit !== this.#visit || this.over) return;
    if (!opened.ok) {
      this.#owner.send({ cmd: "leave", channel: this.#owner.address.channel });
      return this.end({ kind: "refused", refusal: opened.refusal }, opened.refusal);
    }
    await this.#owner.opened();
    if (visit !== this.#visit || this.over) return;
    this.state.set({ kind: "joined" });
    this.#owner.joined();
  }

  async #open(serverSalt: unknown): Promise<Result> {
    const { address } = this.#owner;
    if (!address.encrypted) return checkPlain(address.channel, this.#owner);
    if (!this.#cipher) {
      const opened = await openRoomKey(address, serverSalt, this.#owner);
      if (!opened.ok) return opened;
      this.#cipher = opened.value;
      this.keyCode.set(opened.value.kid);
    } else if (address.passphrase && !address.compat) {
      const salt = await checkSalt(address, serverSalt, this.#owner);
      if (!salt.ok) return salt;
    }
    return { ok: true, value: undefined };
  }
}
