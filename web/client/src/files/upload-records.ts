import type { Bytes } from "../crypto/bytes.ts";
import type { KeyValueStore } from "../store.ts";
import type { Refusal } from "../types.ts";
import type { Vault } from "../vault.ts";
import type { Edit } from "./edits.ts";
import type { Own } from "./objects.ts";
import { uploadPrefix } from "./prefix.ts";
import type { SharedFile } from "./types.ts";

/** Up to this size the bytes themselves are kept, so that after a reload nobody has to pick them again. */
const keptSize = 16_000_000;

/** One file on its way up, as it lies on the device. */
export interface UploadState {
  /** The transfer's. */
  id: string;
  /** As it will stand in the message. */
  file: SharedFile;
  /** SHA-256 of its head and tail, by which the same file is known when it is picked again. */
  check?: string;
  /** What of the file on the disk goes out otherwise. */
  edits?: readonly Edit[];
  /** What the server calls the object, once it is announced. */
  object?: Own & { bytes: number; partBytes: number };
  /** What the plaintext of each part that was begun is known by. Under one nonce nothing else may ever be encrypted. */
  begun: Record<string, string>;
  paused?: true;
  refusal?: Refusal;
  complete?: true;
}

/** A message whose files are on their way, as it lies on the device. */
export interface UploadRecord {
  /** The message's. */
  key: string;
  /** When it was sent, ms since 1970: in that order messages come back. Earlier pages did not say. */
  since?: number;
  caption: string;
  re?: string;
  files: UploadState[];
}

/**
 * What one room's uploads are, on the device: records and small files encrypted like all that is kept there. A handle of the browser's cannot be: it
 * says where on this very device a file lies.
 */
export class UploadRecords {
  readonly #vault: Vault;
  readonly #store: KeyValueStore;
  readonly #prefix: string;

  constructor(vault: Vault, store: KeyValueStore, url: string, channel: string) {
    this.#vault = vault;
    this.#store = store;
    this.#prefix = uploadPrefix(url, channel);
  }

  /** What uploads of a message are locked by. */
  lockName(key: string): string {
    return `hcchat ${this.#place("record", key)}`;
  }

  async list(): Promise<UploadRecord[]> {
    const found = await this.#vault.list(this.#place("record", ""));
    const records = found.map(([, record]) => record as unknown as UploadRecord);
    return records.sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  }

  async get(key: string): Promise<UploadRecord | undefined> {
    return (await this.#vault.get(this.#place("record", key))) as UploadRecord | undefined;
  }

  put(record: UploadRecord): Promise<void> {
    return this.#vault.put(this.#place("record", record.key), record);
  }

  /** Keeps what a file can be read from after a reload: its bytes, or its handle. */
  async keep(id: string, blob: Blob, handle: FileSystemFileHandle | undefined): Promise<void> {
    if (blob.size <= keptSize) {
      await this.#vault.putBytes(this.#place("bytes", id), new Uint8Array(await blob.arrayBuffer()));
    } else if (handle) {
      await this.#store.set(this.#place("handle", id), handle);
    }
  }

  /** The bytes that were kept. */
  async bytes(id: string): Promise<Blob | undefined> {
    const kept: Bytes | undefined = await this.#vault.getBytes(this.#place("bytes", id));
    return kept && new Blob([kept]);
  }

  /** The handle that was kept. */
  async handle(id: string): Promise<FileSystemFileHandle | undefined> {
    return (await this.#store.get(this.#place("handle", id))) as FileSystemFileHandle | undefined;
  }

  /** Forgets a file's bytes and handle. */
  async drop(id: string): Promise<void> {
    await this.#store.delete(this.#place("bytes", id));
    await this.#store.delete(this.#place("handle", id));
  }

  /** Forgets a message and all its files. */
  async delete({ key, files }: UploadRecord): Promise<void> {
    await this.#vault.delete(this.#place("record", key));
    for (const { id } of files) await this.drop(id);
  }

  #place(what: "record" | "bytes" | "handle", name: string): string {
    return `${this.#prefix}${what} ${name}`;
  }
}
