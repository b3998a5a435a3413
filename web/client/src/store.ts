/** A place for small values that outlive the page: pinned salts and remembered keys. Values are structured clones. */
export interface KeyValueStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
}

/** A store that lives as long as this object. */
export class MemoryStore implements KeyValueStore {
  readonly #values = new Map<string, unknown>();

  async get(key: string): Promise<unknown> {
    return this.#values.get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    this.#values.set(key, value);
  }

  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }
}

/**
 * A store in IndexedDB: the only one of the browser that can hold a key that no script can export. Where the browser gives
 * no storage (some private windows) it lives as long as this object.
 */
export class IndexedDbStore implements KeyValueStore {
  readonly #database: Promise<IDBDatabase | undefined>;
  readonly #memory = new MemoryStore();

  /** @param name the database's name; it is created when missing. */
  constructor(name = "hcchat") {
    this.#database = openDatabase(name).catch(() => undefined);
  }

  async get(key: string): Promise<unknown> {
    const values = await this.#values("readonly");
    return values ? done(values.get(key)) : this.#memory.get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    const values = await this.#values("readwrite");
    await (values ? done(values.put(value, key)) : this.#memory.set(key, value));
  }

  async delete(key: string): Promise<void> {
    const values = await this.#values("readwrite");
    await (values ? done(values.delete(key)) : this.#memory.delete(key));
  }

  async #values(mode: IDBTransactionMode): Promise<IDBObjectStore | undefined> {
    return (await this.#database)?.transaction("values", mode).objectStore("values");
  }
}

async function openDatabase(name: string): Promise<IDBDatabase> {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore("values");
  return done(request);
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
