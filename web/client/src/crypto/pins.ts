import { CryptoError } from "./errors.ts";
import { type IdentityKey, isIdentityKey } from "./identity.ts";
import { foldNick } from "./nick-fold.ts";

/** How a message stands to the key that its nick is known by (e2ee §4a). */
export type Standing =
  /** Not signed, of a nick that never signed: no mark. */
  | "unsigned"
  /** Signed, the first of its nick; the key is pinned now. */
  | "first"
  /** Signed with the pinned key. */
  | "pinned"
  /** Signed with the pinned key, whose fingerprint the user has compared. */
  | "verified"
  /** Signed with another key than the pinned one: warn, and let the user decide. */
  | "changed"
  /** Not signed, although its nick signs: warn, for whoever has the room's key could have written it. */
  | "missing";

/** A key by which a nick is known in a room. */
export interface Pin {
  /** The nick as it was last signed. */
  readonly nick: string;
  readonly key: IdentityKey;
  /** Whether the user has compared the fingerprint. */
  readonly verified: boolean;
}

/** What is to be made of a message's author: the verdict, and what its nick was known by before. */
export interface Sighting {
  standing: Standing;
  pin: Pin | undefined;
}

/** What is stored of a room's pins. */
export interface PinsJson {
  pins: { nick: string; key: IdentityKey; verified?: true }[];
}

/** Pins that are kept in a room. */
const maxPins = 10_000;

/**
 * The keys that the nicks of one room have signed with (e2ee §4a). Nothing but the user changes a pin. Keeps itself nowhere: the caller stores
 * {@link toJSON}.
 */
export class Pins {
  /** By folded nick, the one unused for longest first. */
  readonly #pins = new Map<string, Pin>();
  readonly #max: number;

  /** @param max how many are kept; the one unused for longest goes, but none that was verified. */
  constructor(max = maxPins) {
    this.#max = max;
  }

  /** Reads what {@link toJSON} made. @throws CryptoError E_FORMAT */
  static fromJSON(json: unknown, max = maxPins): Pins {
    const { pins: list } = (json ?? {}) as { pins?: unknown };
    if (!Array.isArray(list)) throw new CryptoError("E_FORMAT");
    const pins = new Pins(max);
    for (const pin of list) pins.#put(readPin(pin));
    return pins;
  }

  /** How many. */
  get size(): number {
    return this.#pins.size;
  }

  /**
   * Judges an author without taking note.
   * @param nick the nick in the content, not the server's word.
   * @param signer who signed, if anybody did.
   */
  judge(nick: string, signer: IdentityKey | undefined): Sighting {
    const pin = this.#pins.get(foldNick(nick));
    return { standing: standing(pin, signer), pin };
  }

  /** Judges an author, and pins the key when it is the first. Worth storing then; otherwise only the order of use has changed. */
  see(nick: string, signer: IdentityKey | undefined): Sighting {
    const seen = this.judge(nick, signer);
    if (seen.pin) this.#put(signer === seen.pin.key ? { ...seen.pin, nick } : seen.pin);
    else if (signer !== undefined) this.#put({ nick, key: signer, verified: false });
    return seen;
  }

  /** The user takes this key for that nick's from now on. Unless it was before, it is not verified. */
  accept(nick: string, key: IdentityKey): void {
    if (this.judge(nick, key).pin?.key !== key) this.#put({ nick, key, verified: false });
  }

  /**
   * The user has compared the fingerprint.
   * @returns false when that key is not, or no longer, the nick's: nothing was changed.
   */
  verify(nick: string, key: IdentityKey): boolean {
    const { pin } = this.judge(nick, key);
    if (pin?.key !== key) return false;
    this.#put({ ...pin, verified: true });
    return true;
  }

  /** The other nicks that have this key, the one unused for longest first. */
  alsoKnownAs(nick: string, key: IdentityKey): string[] {
    const folded = foldNick(nick);
    return [...this.#pins].filter(([other, pin]) => pin.key === key && other !== folded).map(([, pin]) => pin.nick);
  }

  /** All of it, in the order of use. */
  toJSON(): PinsJson {
    const pins = Array.from(this.#pins.values(), ({ nick, key, verified }) => ({
      nick,
      key,
      ...(verified && ({ verified } as const)),
    }));
    return { pins };
  }

  /** The last used from now on. */
  #put(pin: Pin): void {
    const folded = foldNick(pin.nick);
    this.#pins.delete(folded);
    this.#pins.set(folded, pin);
    if (this.#pins.size > this.#max) this.#forget();
  }

  /** Forgets the first that was not verified; the newest of all when every other was. */
  #forget(): void {
    let last: string | undefined;
    for (const [nick, pin] of this.#pins) {
      last = nick;
      if (!pin.verified) break;
    }
    if (last !== undefined) this.#pins.delete(last);
  }
}

function standing(pin: Pin | undefined, signer: IdentityKey | undefined): Standing {
  if (!pin) return signer === undefined ? "unsigned" : "first";
  if (signer === undefined) return "missing";
  if (signer !== pin.key) return "changed";
  return pin.verified ? "verified" : "pinned";
}

function readPin(json: unknown): Pin {
  const { nick, key, verified = false } = (json ?? {}) as Record<string, unknown>;
  if (typeof nick !== "string" || !isIdentityKey(key) || typeof verified !== "boolean") {
    throw new CryptoError("E_FORMAT");
  }
  return { nick, key, verified };
}
