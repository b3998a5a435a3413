import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import { privateFile } from "./disk.ts";
import { FetchBench } from "./fetch-bench.ts";
import { type Fetch, Fetching, type FetchOwner } from "./fetching.ts";
import type { FilesOwner } from "./files-owner.ts";
import type { Objects } from "./objects.ts";
import { fitsObject } from "./opening.ts";
import { Pace } from "./pace.ts";
import { Patience } from "./patience.ts";
import { smallFile } from "./seal.ts";
import { type ObjectAddress, Refused, stored } from "./stored.ts";
import { mostInMemory, type Place } from "./target.ts";
import type { TransferList } from "./transfer-list.ts";
import type { SharedFile, Transfer, TransferState } from "./types.ts";

/** How long it may take to find out whether something is there, ms. */
const checking = 15_000;

/** A file on its way to the disk. */
interface Job {
  about: Omit<Transfer, "done" | "rate" | "state">;
  pace: Pace;
  state: TransferState;
  fetch?: Fetch;
  isOver?: true;
}

/** Who follows a download. */
type Watch = Pick<FetchOwner, "progress" | "waits">;

const nobody: Watch = { progress: () => undefined, waits: () => undefined };

/** The files that are fetched in one room: opened, saved; each verified to its end before anybody is given it. */
export class Downloads {
  readonly #owner: FilesOwner;
  readonly #objects: Objects;
  readonly #transfers: TransferList;
  readonly #jobs = new Map<string, Job>();
  readonly #running = new Set<Fetch>();
  /** Where the server has sent us to: nobody else's addresses are gone to. */
  readonly #stores = new Set<string>();

  constructor(owner: FilesOwner, objects: Objects, transfers: TransferList) {
    this.#owner = owner;
    this.#objects = objects;
    this.#transfers = transfers;
    this.#stores.add(new URL(owner.url.replace(/^ws/, "http")).origin);
  }

  /** The whole file in memory. */
  async open(file: SharedFile): Promise<Result<Blob>> {
    const done = await this.#run(this.#fetch(file, "memory", nobody));
    return done.ok && done.value
      ? { ok: true, value: new Blob([done.value], { type: file.mime }) }
      : (done as Result<never>);
  }

  /** The file on the disk: where somebody wants it, else in a private place, else in memory. */
  async save(file: SharedFile, key: string, handle?: FileSystemFileHandle): Promise<Result<Blob | undefined>> {
    const job = this.#begin(file, key);
    const own = handle || !this.#inWorker(file) ? undefined : await privateFile(this.#owner.locks);
    const place: Place = handle
      ? { handle, isPrivate: false }
      : own
        ? { handle: own.handle, isPrivate: true }
        : "memory";
    const done = job.isOver ? refuse("left") : await this.#bring(job, file, place);
    const value = done.ok && own ? await written(own.handle) : done;
    if (!value.ok) await (own ? own.remove() : handle && clearAway(handle))?.catch(() => undefined);
    if (this.#jobs.get(job.about.id) === job) {
      if (!value.ok) job.about = { ...job.about, refusal: value.refusal };
      this.#set(job, value.ok ? "done" : "failed");
    }
    return value;
  }

  /** Whether the object of a file is there to its end. Refused with what is wrong. */
  async check(file: SharedFile): Promise<Result> {
    const found = await this.address(file);
    if (!found.ok) return found;
    const { bytes = 1 } = found.value;
    const [signal, patience] = [AbortSignal.timeout(checking), new Patience()];
    const end = stored({ address: async () => found, from: bytes - 1, signal, patience });
    try {
      await end.pipeTo(new WritableStream());
      return { ok: true, value: undefined };
    } catch (error) {
      return error instanceof Refused ? { ok: false, refusal: error.refusal } : refuse("offline");
    }
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
      if (job.state !== "running" && job.state !== "waiting") return;
      job.fetch?.order("pause");
      this.#set(job, "paused");
    });
  }

  resume(id: string): boolean {
    return this.#with(id, (job) => {
      if (job.state !== "paused") return;
      job.fetch?.order("resume");
      this.#set(job, "running");
    });
  }

  /** Ends it, or lets it go. */
  cancel(id: string): boolean {
    return this.#with(id, (job) => {
      this.#jobs.delete(id);
      job.isOver = true;
      job.fetch?.order("stop");
      this.#transfers.drop(id);
    });
  }

  /** It may go better now. */
  wake(): void {
    for (const fetch of this.#running) fetch.order("wake");
  }

  close(): void {
    for (const id of this.#jobs.keys()) this.cancel(id);
    for (const fetch of this.#running) fetch.order("stop");
  }

  #bring(job: Job, file: SharedFile, place: Place): Promise<Result<Blob | undefined>> {
    if (place === "memory") {
      if (file.size > mostInMemory) return Promise.resolve(refuse("too_large")); // before it has cost anything
      if (file.size >= smallFile) job.about = { ...job.about, inMemory: true };
    }
    job.fetch = this.#fetch(file, place, this.#watch(job));
    if (job.state === "paused") job.fetch.order("pause");
    return this.#run(job.fetch);
  }

  /** Small ones are no work for a worker: browsers decrypt those beside the page anyway. */
  #inWorker({ encryption, size }: SharedFile): boolean {
    return this.#owner.workers.fetch !== undefined && (encryption.scheme !== "aes-256-gcm" || size >= smallFile);
  }

  #fetch(file: SharedFile, place: Place, watch: Watch): Fetch {
    const { keys, passphrase, workers } = this.#owner;
    const address = async (): Promise<Result<ObjectAddress>> => {
      const found = await this.address(file);
      const { bytes } = found.ok ? found.value : {};
      return bytes !== undefined && !fitsObject(file, bytes) ? refuse("E_TRAILING") : found;
    };
    const isApps = file.encryption.scheme === "hcss";
    // It is given the secrets that this file needs, and no others.
    const needed = file.keyB64 !== "" ? {} : isApps ? { passphrase } : { keys: keys() };
    const job = { file, place, secrets: { keys: undefined, passphrase: undefined, ...needed } };
    const owner = { ...watch, address };
    return this.#inWorker(file) ? new FetchBench(workers.fetch!(), job, owner) : new Fetching(job, owner);
  }

  async #run(fetch: Fetch): Promise<Result<Blob | undefined>> {
    this.#running.add(fetch);
    const outcome = await fetch.run();
    this.#running.delete(fetch);
    return outcome;
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
    const job: Job = { about, pace: new Pace(), state: "running" };
    this.#jobs.set(id, job);
    this.#set(job, "running");
    return job;
  }

  #watch(job: Job): Watch {
    return {
      progress: (bytes) => {
        if (job.pace.moved(bytes) && job.state !== "paused") this.#set(job, "running");
      },
      waits: (isWaiting) => {
        if (isWaiting) job.pace.rest();
        if (job.state !== "paused") this.#set(job, isWaiting ? "waiting" : "running");
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

/** Where somebody has chosen a place, browsers make an empty file at once: with nothing to be in it it goes. */
async function clearAway(handle: FileSystemFileHandle & { remove?(): Promise<void> }): Promise<void> {
  const { size } = await handle.getFile();
  if (size === 0) await handle.remove?.();
}

async function written(handle: FileSystemFileHandle): Promise<Result<Blob>> {
  try {
    return { ok: true, value: await handle.getFile() };
  } catch {
    return refuse("E_RESOURCE");
  }
}
