/**
 * A place for values that outlive the page: pinned salts, remembered keys, what waits to be sent, the search index. Values are
 * structured clones.
 */
export interface KeyValueStore {
  /** Whether what is set outlives the page, as far as is known by now. */
  readonly durable: boolean;
  get(key: string): Promise<unknown>;
  set(key: string, value: unknown): Promise<void>;
  /** Sets it unless there is a value. @returns the value that is there now */
  setOnce(key: string, value: unknown): Promise<unknown>;
  delete(key: string): Promise<void>;
  /** All whose key begins with `prefix`, in the order of their keys. */
  list(prefix: string): Promise<[key: string, value: unknown][]>;
}

/** A store that lives as long as this object. */
export class MemoryStore implements KeyValueStore {
  readonly durable = false;
  readonly #values = new Map<string, unknown>();

  async get(key: string): Promise<unknown> {
    return this.#values.get(key);
  }

  async set(key: string, value: unknown): Promise<void> {
    this.#values.set(key, value);
  }

  async setOnce(key: string, value: unknown): Promise<unknown> {
    if (!this.#values.has(key)) this.#values.set(key, value);
    return this.#values.get(key);
  }

  async delete(key: string): Promise<void> {
    this.#values.delete(key);
  }

  async list(prefix: string): Promise<[string, unknown][]> {
    return [...this.#values].filter(([key]) => key.startsWith(prefix)).sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/**
 * A store in IndexedDB: the only one of the browser that can hold a key that no script can export. Where the browser gives
 * no storage (some private windows, or somebody has forbidden it) it lives as long as this object.
 */
export class IndexedDbStore implements KeyValueStore {
  /** Settles with whether there is storage. */
  readonly opened: Promise<boolean>;
  readonly #database: Promise<IDBDatabase | undefined>;
  readonly #memory = new MemoryStore();
  #durable = true;

  /** @param name the database's name; it is created when missing. */
  constructor(name = "hcchat") {
    this.#database = openDatabase(name).catch(() => undefined);
    this.opened = this.#database.then((database) => (this.#durable = database !== undefined));
  }

  get durable(): boolean {
    return this.#durable;
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

  async setOnce(key: string, value: unknown): Promise<unknown> {
    const values = await this.#values("readwrite");
    if (!values) return this.#memory.setOnce(key, value);
    const known = await done(values.get(key));
    if (known !== undefined) return known;
    await done(values.put(value, key));
    return value;
  }

  async list(prefix: string): Promise<[string, unknown][]> {
    const values = await this.#values("readonly");
    if (!values) return this.#memory.list(prefix);
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [keys, found] = await Promise.all([done(values.getAllKeys(range)), done(values.getAll(range))]);
    return keys.map((key, i) => [String(key), found[i]]);
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
