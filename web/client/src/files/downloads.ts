import { concat } from "../crypto/bytes.ts";
import { CryptoError } from "../crypto/errors.ts";
import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import { privateFile } from "./disk.ts";
import type { FilesOwner } from "./files-owner.ts";
import type { Objects } from "./objects.ts";
import { fitsObject, opening } from "./opening.ts";
import { Pace } from "./pace.ts";
import type { Patience } from "./patience.ts";
import { type ObjectAddress, Refused, stored } from "./stored.ts";
import type { TransferList } from "./transfer-list.ts";
import type { SharedFile, Transfer, TransferState } from "./types.ts";

/** Most bytes that are held in memory where there is no other place. */
const mostInMemory = 1_000_000_000;
/** Bytes that go to the disk at a time. */
const atOnce = 1_048_576;

/** A file on its way to the disk. */
interface Job {
  about: Omit<Transfer, "done" | "rate" | "state">;
  pace: Pace;
  state: TransferState;
  ending: AbortController;
  /** Settles when it goes on. */
  gate?: Promise<void> | undefined;
  open?: (() => void) | undefined;
}

/** Who follows a download. */
type Watch = Pick<Parameters<typeof stored>[0], "signal" | "gate" | "progress" | "waits">;

/** The files that are fetched in one room: opened, saved; each verified to its end before anybody is given it. */
export class Downloads {
  readonly #owner: FilesOwner;
  readonly #objects: Objects;
  readonly #transfers: TransferList;
  readonly #patience: Patience;
  readonly #jobs = new Map<string, Job>();
  readonly #closing = new AbortController();
  /** Where the server has sent us to: nobody else's addresses are gone to. */
  readonly #stores = new Set<string>();

  constructor(owner: FilesOwner, objects: Objects, transfers: TransferList, patience: Patience) {
    this.#owner = owner;
    this.#objects = objects;
    this.#transfers = transfers;
    this.#patience = patience;
    this.#stores.add(new URL(owner.url.replace(/^ws/, "http")).origin);
  }

  /** The whole file in memory. */
  async open(file: SharedFile): Promise<Result<Blob>> {
    const held: Uint8Array<ArrayBuffer>[] = [];
    const done = await this.#fetch(file, memory(held), { signal: this.#closing.signal });
    return done.ok ? { ok: true, value: new Blob(held, { type: file.mime }) } : done;
  }

  /** The file on the disk: in `sink`, else in a private place, else in memory. */
  async save(file: SharedFile, key: string, sink?: FileSystemWritableFileStream): Promise<Result<Blob | undefined>> {
    const job = this.#begin(file, key);
    const place = sink ? undefined : await privateFile(this.#owner.locks);
    const held: Uint8Array<ArrayBuffer>[] = [];
    const target = sink ?? place?.sink;
    const done = await this.#fetch(file, target ? gathered(target) : memory(held), this.#watch(job));
    const value = done.ok ? await this.#kept(target, () => place?.file() ?? (sink ? undefined : new Blob(held))) : done;
    if (!value.ok) {
      await target?.abort().catch(() => undefined);
      await place?.remove().catch(() => undefined);
    }
    if (this.#jobs.get(job.about.id) === job) {
      if (!value.ok) job.about = { ...job.about, refusal: value.refusal };
      this.#set(job, value.ok ? "done" : "failed");
    }
    return value;
  }

  /** Where an object can be got. */
  async address({ encryption, objectKey }: SharedFile): Promise<Result<ObjectAddress>> {
    if (encryption.scheme === "hcss") {
      const isOurs = URL.canParse(objectKey) && this.#stores.has(new URL(objectKey).origin);
      return isOurs ? { ok: true, value: { url: objectKey } } : refuse("not_found");
    }
    const found = await this.#objects.address(objectKey);
    if (!found.ok) return found;
    const { getUrl, bytes } = found.value;
    if (typeof getUrl !== "string" || !URL.canParse(getUrl) || !Number.isSafeInteger(bytes)) return refuse("not_found");
    this.#stores.add(new URL(getUrl).origin);
    return { ok: true, value: { url: getUrl, bytes } };
  }

  /** @returns whether it is one of these */
  pause(id: string): boolean {
    return this.#with(id, (job) => {
      if (job.gate || job.state === "done" || job.state === "failed") return;
      job.gate = new Promise((resolve) => (job.open = resolve));
      this.#set(job, "paused");
    });
  }

  resume(id: string): boolean {
    return this.#with(id, (job) => {
      if (!job.gate) return;
      job.open?.();
      job.gate = job.open = undefined;
      this.#set(job, "running");
    });
  }

  /** Ends it, or lets it go. */
  cancel(id: string): boolean {
    return this.#with(id, (job) => {
      this.#jobs.delete(id);
      job.ending.abort();
      job.open?.();
      this.#transfers.drop(id);
    });
  }

  close(): void {
    for (const id of this.#jobs.keys()) this.cancel(id);
    this.#closing.abort();
  }

  /** Fetches, opens and writes a file. Refused with the code of what is wrong; then what was written is nothing. */
  async #fetch(file: SharedFile, sink: Sink, watch: Watch): Promise<Result> {
    const { keys, passphrase } = this.#owner;
    const address = async (): Promise<Result<ObjectAddress>> => {
      const found = await this.address(file);
      const { bytes } = found.ok ? found.value : {};
      return bytes !== undefined && !fitsObject(file, bytes) ? refuse("E_TRAILING") : found;
    };
    try {
      const object = stored({ address, patience: this.#patience, ...watch });
      const reader = (await opening(object, file, { keys: keys(), passphrase })).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        await sink.write(value);
      }
      await sink.end();
      return { ok: true, value: undefined };
    } catch (error) {
      if (error instanceof Refused) return { ok: false, refusal: error.refusal };
      return refuse(error instanceof CryptoError ? error.code : "E_RESOURCE");
    }
  }

  async #kept(target: FileSystemWritableFileStream | undefined, file: () => Promise<Blob> | Blob | undefined) {
    try {
      await target?.close();
      return { ok: true, value: await file() } as const;
    } catch {
      return refuse("E_RESOURCE"); // the disk is full
    }
  }

  #begin(file: SharedFile, key: string): Job {
    const id = `down ${file.objectKey}`;
    this.cancel(id);
    const { files = [] } = this.#owner.log.timeline.find(key) ?? {};
    const index = Math.max(
      0,
      files.findIndex(({ objectKey }) => objectKey === file.objectKey),
    );
    const about = { id, message: key, index, name: file.name, size: file.size, way: "down" } as const;
    const job: Job = { about, pace: new Pace(), state: "running", ending: new AbortController() };
    this.#jobs.set(id, job);
    this.#set(job, "running");
    return job;
  }

  #watch(job: Job): Watch {
    return {
      signal: job.ending.signal,
      gate: () => job.gate,
      progress: (bytes) => {
        if (job.pace.moved(bytes) && !job.gate) this.#set(job, "running");
      },
      waits: (isWaiting) => {
        if (isWaiting) job.pace.rest();
        if (!job.gate) this.#set(job, isWaiting ? "waiting" : "running");
      },
    };
  }

  #set(job: Job, state: TransferState): void {
    job.state = state;
    if (this.#jobs.get(job.about.id) === job) this.#transfers.put(job.pace.of(job.about, state));
  }

  #with(id: string, work: (job: Job) => void): boolean {
    const job = this.#jobs.get(id);
    if (job) work(job);
    return job !== undefined;
  }
}

/** Where plaintext goes. */
interface Sink {
  write(piece: Uint8Array): Promise<void>;
  /** Nothing follows. */
  end(): Promise<void>;
}

function memory(held: Uint8Array<ArrayBuffer>[]): Sink {
  let size = 0;
  return {
    async write(piece) {
      size += piece.length;
      if (size > mostInMemory) throw new Refused(refuse("too_large").refusal);
      held.push(new Uint8Array(piece));
    },
    end: async () => undefined,
  };
}

/** Writes what has gathered, for each writing has its cost. */
function gathered(target: FileSystemWritableFileStream): Sink {
  let held: Uint8Array[] = [];
  let length = 0;
  const end = async () => {
    if (length > 0) await target.write(concat(...held));
    [held, length] = [[], 0];
  };
  return {
    end,
    async write(piece) {
      held.push(piece);
      length += piece.length;
      if (length >= atOnce) await end();
    },
  };
}
