import { type Bytes, random, utf8 } from "./crypto/bytes.ts";
import { CryptoError } from "./crypto/errors.ts";
import { parseObject } from "./crypto/json.ts";
import type { KeyValueStore } from "./store.ts";

/** Where the key of this device lies. */
const keyPlace = "device key";

/** A value as it lies somewhere. */
export interface Sealed {
  iv: Bytes;
  data: Bytes;
}

/**
 * Keeps JSON values in a store, encrypted under a key of this device that no script can read out. It protects from whoever
 * copies the browser's files, not from whoever uses the browser.
 */
export class Vault {
  readonly #store: KeyValueStore;
  #key: Promise<CryptoKey> | undefined;

  constructor(store: KeyValueStore) {
    this.#store = store;
  }

  /** Whether this page may encrypt; a page on plain http may not. */
  static get works(): boolean {
    return globalThis.crypto?.subtle !== undefined;
  }

  async put(name: string, value: object): Promise<void> {
    await this.#store.set(name, await this.#seal(name, value));
  }

  /** Puts it unless there is something. @returns what is there now, or `undefined` when this device cannot open that */
  async putOnce(name: string, value: object): Promise<Record<string, unknown> | undefined> {
    return this.#unseal(name, await this.#store.setOnce(name, await this.#seal(name, value)));
  }

  /** The value, or `undefined` when there is none that this device can open. */
  async get(name: string): Promise<Record<string, unknown> | undefined> {
    return this.#unseal(name, await this.#store.get(name));
  }

  /** The value, or `undefined` when there is none. @throws CryptoError E_FORMAT when there is one that this device cannot open */
  async getSound(name: string): Promise<Record<string, unknown> | undefined> {
    const sealed = await this.#store.get(name);
    if (sealed === undefined) return undefined;
    const value = await this.#unseal(name, sealed);
    if (!value) throw new CryptoError("E_FORMAT");
    return value;
  }

  /** All whose name begins with `prefix`, in the order of their names. */
  async list(prefix: string): Promise<[name: string, value: Record<string, unknown>][]> {
    const found: [string, Record<string, unknown>][] = [];
    for (const [name, sealed] of await this.#store.list(prefix)) {
      const value = await this.#unseal(name, sealed);
      if (value) found.push([name, value]);
    }
    return found;
  }

  delete(name: string): Promise<void> {
    return this.#store.delete(name);
  }

  /** Deletes all whose name begins with `prefix`. */
  async clear(prefix: string): Promise<void> {
    for (const [name] of await this.#store.list(prefix)) await this.#store.delete(name);
  }

  /** Keeps bytes. */
  async putBytes(name: string, bytes: Bytes): Promise<void> {
    await this.#store.set(name, await this.#sealBytes(name, bytes));
  }

  /** Such bytes, or `undefined` when there are none that this device can open. */
  async getBytes(name: string): Promise<Bytes | undefined> {
    return this.#unsealBytes(name, await this.#store.get(name));
  }

  /** Encrypts a value that is to lie elsewhere. */
  seal(name: string, value: object): Promise<Sealed> {
    return this.#seal(name, value);
  }

  /** What was sealed under that name, or `undefined` when this device cannot open it. */
  open(name: string, sealed: unknown): Promise<Record<string, unknown> | undefined> {
    return this.#unseal(name, sealed);
  }

  #seal(name: string, value: object): Promise<Sealed> {
    return this.#sealBytes(name, utf8(JSON.stringify(value)));
  }

  async #sealBytes(name: string, bytes: Bytes): Promise<Sealed> {
    const iv = random(12);
    const parameters = { name: "AES-GCM", iv, additionalData: utf8(name) };
    const data = await crypto.subtle.encrypt(parameters, await this.#open(), bytes);
    return { iv, data: new Uint8Array(data) };
  }

  async #unseal(name: string, value: unknown): Promise<Record<string, unknown> | undefined> {
    const bytes = await this.#unsealBytes(name, value);
    return bytes && parseObject(bytes);
  }

  async #unsealBytes(name: string, value: unknown): Promise<Bytes | undefined> {
    const { iv, data } = (value ?? {}) as Partial<Sealed>;
    if (!(iv instanceof Uint8Array) || !(data instanceof Uint8Array)) return undefined;
    try {
      const parameters = { name: "AES-GCM", iv, additionalData: utf8(name) };
      return new Uint8Array(await crypto.subtle.decrypt(parameters, await this.#open(), data));
    } catch {
      return undefined; // of another key, or damaged
    }
  }

  /** The key; two pages that make one at a time agree on the first. */
  #open(): Promise<CryptoKey> {
    this.#key ??= (async () => {
      const known = await this.#store.get(keyPlace);
      if (known instanceof CryptoKey) return known;
      const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
      return (await this.#store.setOnce(keyPlace, made)) as CryptoKey;
    })();
    return this.#key;
  }
}
