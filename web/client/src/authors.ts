import { CryptoError } from "./crypto/errors.ts";
import type { IdentityKey } from "./crypto/identity.ts";
import { Pins, type Sighting, type Standing } from "./crypto/pins.ts";
import { Observable, type Observed } from "./observable.ts";
import type { Locks } from "./outbox-log.ts";
import type { Message } from "./types.ts";
import type { Vault } from "./vault.ts";

/** Steps that wait for a storage that fails. */
const maxSteps = 10_000;
/** Nicks whose order of use is remembered until the next keeping. */
const maxHeard = 10_000;

/** Something that changed a pin. */
interface Step {
  do: "see" | "accept" | "verify";
  nick: string;
  key: IdentityKey;
}

/** What is wrong with the keeping of pins. */
export type PinTrouble =
  /** What is kept cannot be read. It stays as it is until the user begins anew. */
  | "unreadable"
  /** There is no storage: what was learned is lost with the page. */
  | "unkept";

/**
 * Who says it, in one room: the keys by which nicks are known there (e2ee §4a), kept encrypted on the device. Pages that have the same room open
 * put their steps on top of one another's.
 */
export class Authors {
  /** Changes when a message may stand otherwise than before. */
  readonly version: Observed<number>;
  /** Changes when the user, here or in another page, has decided something. */
  readonly decisions: Observed<number>;
  readonly trouble: Observed<PinTrouble | undefined>;
  readonly #version = new Observable(0);
  readonly #decisions = new Observable(0);
  readonly #trouble = new Observable<PinTrouble | undefined>(undefined);
  readonly #vault: Vault | undefined;
  readonly #locks: Locks | undefined;
  readonly #name: string;
  #pins = new Pins();
  /** What is not kept yet. */
  #steps: Step[] = [];
  /** Nicks that were heard since the last keeping, the last one at the end: the order of use is kept, too. */
  readonly #heard = new Set<string>();
  #work: Promise<void> = Promise.resolve();
  #pages: BroadcastChannel | undefined;

  constructor(vault: Vault | undefined, locks: Locks | undefined, url: string, channel: string) {
    this.#vault = vault;
    this.#locks = locks;
    this.#name = pinsPlace(url, channel);
    this.version = this.#version;
    this.decisions = this.#decisions;
    this.trouble = this.#trouble;
  }

  /** Takes in what is kept. Nothing may be judged before. */
  async open(): Promise<void> {
    await this.#refresh();
    if (!this.#locks || !this.#vault || typeof BroadcastChannel === "undefined") return;
    this.#pages = new BroadcastChannel(`hcchat ${this.#name}`);
    this.#pages.onmessage = () => (this.#work = this.#work.then(() => this.#refresh()));
  }

  /** Leaves what is being kept to end by itself. */
  close(): void {
    this.#pages?.close();
    this.#pages = undefined;
  }

  /** Judges an author, and pins the key when it is the first of its nick. */
  see(nick: string, signer: IdentityKey | undefined): Sighting {
    const seen = this.#pins.see(nick, signer);
    if (seen.standing === "first") this.#step({ do: "see", nick, key: signer! });
    else if (seen.pin) this.#hear(nick);
    return seen;
  }

  /** Judges an author without taking note. */
  judge(nick: string, signer: IdentityKey | undefined): Sighting {
    return this.#pins.judge(nick, signer);
  }

  /** Whether nothing warns of that author. */
  trusts(nick: string, signer: IdentityKey | undefined): boolean {
    return !isDoubtful(this.judge(nick, signer).standing);
  }

  /** How a message stands to the key of its nick; `undefined` for one's own, and where nobody signs. */
  standing({ own, sid, nick, signer }: Pick<Message, "own" | "sid" | "nick" | "signer">): Standing | undefined {
    return own || sid === undefined ? undefined : this.judge(nick, signer).standing;
  }

  /** The user takes this key for that nick's from now on. */
  accept(nick: string, key: IdentityKey): void {
    this.#decide({ do: "accept", nick, key });
  }

  /** The user has compared the fingerprint. @returns false when that key is not the nick's any more */
  verify(nick: string, key: IdentityKey): boolean {
    if (this.judge(nick, key).pin?.key !== key) return false;
    this.#decide({ do: "verify", nick, key });
    return true;
  }

  /** The other nicks of that key. */
  alsoKnownAs(nick: string, key: IdentityKey): string[] {
    return this.#pins.alsoKnownAs(nick, key);
  }

  /** What is kept and cannot be read is given up: the user was told. */
  startAnew(): void {
    this.#trouble.set(undefined);
    this.#work = this.#work.then(() => this.#keep(async () => Pins.fromJSON(this.#pins.toJSON())));
  }

  /** Settles when what was learned is kept, or cannot be. */
  kept(): Promise<void> {
    return this.#work;
  }

  #decide(step: Step): void {
    take(this.#pins, step);
    this.#step(step);
    this.#decisions.set(this.#decisions.value + 1);
  }

  #step(step: Step): void {
    this.#version.set(this.#version.value + 1);
    if (!this.#vault || this.#trouble.value === "unreadable") return;
    this.#steps.push(step);
    if (this.#steps.length > maxSteps) this.#steps.shift();
    this.#work = this.#work.then(() => (this.#steps.length > 0 ? this.#keep(() => this.#read()) : undefined));
  }

  #hear(nick: string): void {
    if (this.#heard.size >= maxHeard) this.#heard.clear();
    this.#heard.delete(nick);
    this.#heard.add(nick);
  }

  /** Puts what is not kept yet on top of what is. */
  async #keep(begin: () => Promise<Pins>): Promise<void> {
    if (!this.#vault || this.#trouble.value === "unreadable") return;
    const vault = this.#vault;
    try {
      await this.#alone(async () => {
        const pins = await begin();
        const { length } = this.#steps;
        for (const step of this.#steps) take(pins, step);
        for (const nick of this.#heard) if (pins.judge(nick, undefined).pin) pins.see(nick, undefined);
        this.#heard.clear();
        await vault.put(this.#name, pins.toJSON());
        this.#steps = this.#steps.slice(length);
        this.#replace(pins);
        this.#pages?.postMessage("kept");
      });
      this.#trouble.set(undefined);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Another page has kept something, or this one begins. */
  async #refresh(): Promise<void> {
    if (this.#trouble.value === "unreadable") return;
    try {
      this.#replace(await this.#read());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param pins what is kept, to which comes what is not kept yet */
  #replace(pins: Pins): void {
    for (const step of this.#steps) take(pins, step);
    const same = summary(pins) === summary(this.#pins);
    this.#pins = pins;
    if (same) return;
    this.#version.set(this.#version.value + 1);
    this.#decisions.set(this.#decisions.value + 1);
  }

  async #read(): Promise<Pins> {
    const kept = await this.#vault?.getSound(this.#name);
    return kept ? Pins.fromJSON(kept) : new Pins();
  }

  #fail(error: unknown): void {
    this.#trouble.set(error instanceof CryptoError ? "unreadable" : "unkept");
  }

  #alone(work: () => Promise<void>): Promise<void> {
    return this.#locks ? this.#locks.request(`hcchat ${this.#name}`, work) : work();
  }
}

/** Whether a message that stands so may be somebody else's than its nick says. */
export function isDoubtful(standing: Standing | undefined): boolean {
  return standing === "changed" || standing === "missing";
}

/** Where the pins of a room are kept. */
export function pinsPlace(url: string, channel: string): string {
  return `pins ${url} ${JSON.stringify(channel)}`;
}

/** What the pins say, whatever their order of use. */
function summary(pins: Pins): string {
  return pins
    .toJSON()
    .pins.map((pin) => JSON.stringify(pin))
    .sort()
    .join();
}

function take(pins: Pins, { do: what, nick, key }: Step): void {
  if (what === "see") pins.see(nick, key);
  else if (what === "accept") pins.accept(nick, key);
  else pins.verify(nick, key);
}
