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

/** A store in IndexedDB: the only one of the browser that can hold a key that no script can export. */
export class IndexedDbStore implements KeyValueStore {
  readonly #database: Promise<IDBDatabase>;

  /** @param name the database's name; it is created when missing. */
  constructor(name = "hcchat") {
    const open = indexedDB.open(name, 1);
    open.onupgradeneeded = () => open.result.createObjectStore("values");
    this.#database = done(open);
    this.#database.catch(() => undefined); // told to each caller of get, set and delete
  }

  async get(key: string): Promise<unknown> {
    return done((await this.#values("readonly")).get(key));
  }

  async set(key: string, value: unknown): Promise<void> {
    await done((await this.#values("readwrite")).put(value, key));
  }

  async delete(key: string): Promise<void> {
    await done((await this.#values("readwrite")).delete(key));
  }

  async #values(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    return (await this.#database).transaction("values", mode).objectStore("values");
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB failed"));
  });
}
