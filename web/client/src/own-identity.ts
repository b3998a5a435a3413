import { fromBase64Url, toBase64Url } from "./crypto/bytes.ts";
import { CryptoError } from "./crypto/errors.ts";
import { Identity } from "./crypto/identity.ts";
import { Observable, type Observed } from "./observable.ts";
import type { Vault } from "./vault.ts";

/** Where its seed lies, and what pages tell one another of a change by. */
const place = "identity";

/** The identity of this device (e2ee §3): made when something is to be signed, kept encrypted, and the same in every page. */
export class OwnIdentity {
  /** The one in use, as far as it was asked for. */
  readonly current: Observed<Identity | undefined>;
  /** Whether the one that was kept could not be read, so that others are warned of a new key. */
  readonly lost: Observed<boolean>;
  readonly #current = new Observable<Identity | undefined>(undefined);
  readonly #lost = new Observable(false);
  readonly #vault: Vault;
  readonly #pages: BroadcastChannel | undefined;
  #opening: Promise<Identity> | undefined;
  /** Whether this page signs, so that it cannot be without one. */
  #needed = false;

  /** @param shared whether other pages have the same store */
  constructor(vault: Vault, shared: boolean) {
    this.#vault = vault;
    this.current = this.#current;
    this.lost = this.#lost;
    this.#pages =
      shared && typeof BroadcastChannel !== "undefined" ? new BroadcastChannel(`hcchat ${place}`) : undefined;
    if (this.#pages) this.#pages.onmessage = () => void this.#changed().catch(() => undefined);
  }

  /** The identity; makes one when there is none. */
  async get(): Promise<Identity> {
    this.#needed = true;
    this.#opening ??= this.#open();
    try {
      return await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  /** The identity, if there is one. */
  async peek(): Promise<Identity | undefined> {
    if (!this.#current.value) this.#current.set(await this.#read().catch(() => undefined));
    return this.#current.value;
  }

  /**
   * Takes another one in its place, as {@link Identity.export} wrote it.
   * @throws CryptoError E_FORMAT for anything else
   */
  async import(text: string): Promise<void> {
    const identity = await Identity.import(text.trim());
    await this.#vault.put(place, written(identity));
    this.#use(identity);
    this.#pages?.postMessage("imported");
  }

  /** Forgets it. Where something is being signed, a new one takes its place at once. */
  async forget(): Promise<void> {
    await this.#vault.delete(place);
    this.#pages?.postMessage("forgotten");
    await this.#changed();
  }

  close(): void {
    this.#pages?.close();
  }

  async #open(): Promise<Identity> {
    const known = await this.#read().catch((error: unknown) => this.#damaged(error));
    const identity = known ?? (await this.#make());
    this.#current.set(identity);
    return identity;
  }

  /** Two pages that make one at a time agree on the first. */
  async #make(): Promise<Identity> {
    return read(await this.#vault.putOnce(place, written(await Identity.generate())));
  }

  async #read(): Promise<Identity | undefined> {
    const kept = await this.#vault.getSound(place);
    return kept && read(kept);
  }

  /** What cannot be read is of no use any more, but that is told. */
  async #damaged(error: unknown): Promise<undefined> {
    if (!(error instanceof CryptoError)) throw error;
    await this.#vault.delete(place);
    this.#lost.set(true);
  }

  #use(identity: Identity | undefined): void {
    this.#opening = identity && Promise.resolve(identity);
    this.#lost.set(false);
    this.#current.set(identity);
  }

  /** It was imported or forgotten, here or elsewhere. */
  async #changed(): Promise<void> {
    this.#use(await this.#read());
    if (this.#needed) await this.get();
  }
}

function written(identity: Identity): { seed: string } {
  return { seed: toBase64Url(identity.seed) };
}

async function read(kept: Record<string, unknown> | undefined): Promise<Identity> {
  return Identity.fromSeed(fromBase64Url(String(kept?.["seed"])) ?? new Uint8Array(0));
}
