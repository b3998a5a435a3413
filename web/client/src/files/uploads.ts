import { newId } from "../crypto/content.ts";
import { refuse } from "../refusals.ts";
import type { Message, Refusal, Result } from "../types.ts";
import type { FilesOwner } from "./files-owner.ts";
import type { Objects } from "./objects.ts";
import { Pace } from "./pace.ts";
import type { Patience } from "./patience.ts";
import { Sealer } from "./sealer.ts";
import type { TransferList } from "./transfer-list.ts";
import type { FileDraft, SharedFile } from "./types.ts";
import { Upload } from "./upload.ts";
import { askFor, attachmentOf, edges, type Held, type Job, read, sourceOf, stateOf } from "./upload-job.ts";
import { UploadLocks } from "./upload-locks.ts";
import { type UploadRecord, UploadRecords, type UploadState } from "./upload-records.ts";

/** Files on their way at a time. */
const atOnce = 2;

/** The files that are sent in one room: each message waits here until all its objects are whole. */
export class Uploads {
  readonly #owner: FilesOwner;
  readonly #objects: Objects;
  readonly #transfers: TransferList;
  readonly #records: UploadRecords | undefined;
  readonly #locks: UploadLocks | undefined;
  readonly #sealer: Sealer;
  readonly #held = new Map<string, Held>();
  readonly #closing = new AbortController();
  readonly #patience: Patience;
  #latest = 0;

  constructor(owner: FilesOwner, objects: Objects, transfers: TransferList, patience: Patience) {
    this.#owner = owner;
    this.#objects = objects;
    this.#transfers = transfers;
    this.#patience = patience;
    const { vault, store, locks, url, channel } = owner;
    const records = vault && new UploadRecords(vault, store, url, channel);
    this.#records = records;
    this.#locks = records && locks && new UploadLocks(locks, (key) => records.lockName(key), this.#closing.signal);
    this.#sealer = new Sealer(owner.workers.seal && (() => owner.workers.seal!()));
  }

  /** Takes in a message that is shown already. */
  async add(message: Message, drafts: readonly FileDraft[]): Promise<void> {
    const { key, text: caption, re, files = [] } = message;
    const states = files.map((file, i): UploadState => {
      const { edits } = drafts[i] ?? {};
      return { id: newId(), file, begun: {}, ...(edits?.length && { edits }) };
    });
    const held = this.#hold({ key, since: this.#next(), caption, files: states, ...(re && { re }) }, message);
    for (const [i, job] of held.jobs.entries()) job.blob = drafts[i]?.blob;
    for (const job of held.jobs) this.#tell(job);
    if (this.#locks) held.unlock = await this.#locks.claim(key);
    const isHere = () => this.#held.get(key) === held;
    try {
      for (const [i, { blob, handle }] of drafts.entries()) {
        if (!isHere()) break;
        states[i]!.check = await edges(blob);
        await this.#records?.keep(states[i]!.id, blob, handle);
      }
      if (isHere()) await this.#records?.put(held.record);
    } catch {
      // No storage, or not so much of it: then it lives as long as the page. A file that cannot be read shows when it is its turn.
      await this.#records?.delete(held.record).catch(() => undefined);
    }
    if (!isHere() && !this.#closing.signal.aborted) {
      await this.#records?.delete(held.record).catch(() => undefined); // given up meanwhile
      held.unlock();
    }
    this.#pump();
  }

  /** Takes over what earlier pages have left; what pages hold that are open now, when they have gone. */
  async restore(): Promise<void> {
    for (const { key } of (await this.#records?.list()) ?? []) {
      if (this.#held.has(key)) continue;
      if (this.#locks) await this.#locks.inherit(key, (unlock) => void this.#adopt(key, unlock));
      else await this.#adopt(key, () => undefined);
    }
  }

  /** The file of a message that is being sent. */
  source(file: SharedFile): Promise<Blob | undefined> {
    const job = this.#all().find(({ state }) => state.file.keyB64 === file.keyB64);
    return job ? read(job, this.#records) : Promise.resolve(undefined);
  }

  /** @returns whether it is one of these */
  pause(id: string): boolean {
    return this.#with(id, (job) => {
      job.state.paused = true;
      job.running?.abort();
    });
  }

  resume(id: string): boolean {
    return this.#with(id, (job) => delete job.state.paused);
  }

  async retry(id: string): Promise<void> {
    this.#with(id, (job) => delete job.state.refusal);
    const job = this.#find(id);
    if (job?.lost) await this.#ask(job);
  }

  cancel(id: string): boolean {
    const job = this.#find(id);
    if (!job) return false;
    const { held } = job;
    if (held.jobs.length === 1) return this.discard(held.record.key);
    this.#drop(job);
    held.jobs = held.jobs.filter((other) => other !== job);
    held.record.files = held.jobs.map(({ state }) => state);
    this.#change(held);
    for (const other of held.jobs) this.#tell(other);
    void this.#save(held);
    this.#finish(held);
    return true;
  }

  /** Gives the whole message up. @returns whether it was here */
  discard(key: string): boolean {
    const held = this.#held.get(key);
    if (!held || held.isReleased) return false;
    this.#held.delete(key);
    for (const job of held.jobs) this.#drop(job);
    this.#owner.log.remove(key);
    const forget = held.saving.then(() => this.#records?.delete(held.record));
    forget.catch(() => undefined).finally(() => held.unlock());
    return true;
  }

  /** Sends what has failed of a message again. */
  retryMessage(key: string): void {
    const held = this.#held.get(key);
    for (const { state } of held?.jobs ?? []) if (state.refusal) void this.retry(state.id);
    if (held) this.#finish(held);
  }

  /** Gives a lost one its file again. */
  async pick(id: string, file: Blob): Promise<Result> {
    const job = this.#find(id);
    if (!job) return refuse("not_found");
    const { state } = job;
    const source = await sourceOf(file, state).catch(() => undefined);
    if (!source) return refuse("other_file");
    job.blob = source;
    [job.lost, job.why] = [false, undefined];
    delete state.refusal;
    this.#tell(job);
    this.#pump();
    return { ok: true, value: undefined };
  }

  /** Leaves what is not done to the next page. */
  close(): void {
    this.#closing.abort();
    for (const job of this.#all()) {
      job.running?.abort();
      this.#transfers.drop(job.state.id);
    }
    for (const held of this.#held.values()) void held.saving.finally(() => held.unlock());
    this.#held.clear();
    this.#sealer.close();
  }

  /** What is sent in one moment has its order, too. */
  #next(): number {
    return (this.#latest = Math.max(Date.now(), this.#latest + 1));
  }

  #hold(record: UploadRecord, message: Message): Held {
    const base = { record, message, isReleased: false, unlock: () => undefined, saving: Promise.resolve() };
    const held: Held = { ...base, jobs: [] };
    held.jobs = record.files.map((state) => ({ held, state, pace: new Pace() }));
    this.#held.set(record.key, held);
    return held;
  }

  async #adopt(key: string, unlock: () => void): Promise<void> {
    const record = await this.#records?.get(key).catch(() => undefined);
    const { sender, log, over } = this.#owner;
    if (!record || over()) return unlock();
    if (sender.outbox.holds(key) || log.timeline.find(key)) {
      await this.#records?.delete(record); // it went out
      return unlock();
    }
    const files = record.files.map(({ file }) => file);
    const held = this.#hold(record, sender.hold(record.caption, files, record.re, key));
    held.unlock = unlock;
    for (const job of held.jobs) {
      if (job.state.complete) job.claims = true;
      else job.lost = (await read(job, this.#records)) === undefined;
      this.#tell(job);
    }
    this.#pump();
  }

  /** Somebody is there to allow it. */
  async #ask(job: Job): Promise<void> {
    await askFor(job, this.#records);
    job.lost = (await read(job, this.#records)) === undefined;
    this.#tell(job);
    this.#pump();
  }

  #pump(): void {
    const all = this.#all();
    let free = atOnce - all.filter(({ running }) => running).length;
    for (const job of all) {
      if (free <= 0) return;
      const { paused, refusal, complete } = job.state;
      const isDone = complete && !job.claims;
      if (job.running || job.lost || paused || refusal || isDone || this.#closing.signal.aborted) continue;
      free--;
      void this.#run(job);
    }
  }

  async #run(job: Job): Promise<void> {
    const { state, held, pace } = job;
    const ending = (job.running = new AbortController());
    const upload = new Upload(state, {
      objects: this.#objects,
      sealer: this.#sealer,
      source: () => read(job, this.#records),
      save: () => this.#save(held),
      progress: (bytes) => {
        const of = state.object?.bytes ?? bytes;
        if (pace.moved(Math.floor((state.file.size * bytes) / of))) this.#tell(job);
      },
      waits: (waits, why) => {
        [job.waits, job.why] = [waits, why];
        this.#tell(job);
      },
      patience: this.#patience,
    });
    this.#tell(job);
    const outcome = await upload.run(ending.signal);
    if (job.running === ending) job.running = undefined;
    [job.waits, job.why] = [false, undefined];
    pace.rest();
    if (this.#closing.signal.aborted) return;
    if (this.#held.get(held.record.key) !== held || !held.jobs.includes(job)) {
      if (state.object) void this.#objects.delete(state.object); // given up meanwhile
      return this.#pump();
    }
    if (outcome.ok) delete job.claims;
    else if (!ending.signal.aborted) {
      const { code } = outcome.refusal;
      if (code === "file_changed") job.blob = undefined;
      job.lost = code === "file_changed" && (await read(job, this.#records)) === undefined;
      if (job.lost) job.why = outcome.refusal;
      else state.refusal = outcome.refusal;
    }
    await this.#save(held);
    this.#tell(job);
    this.#finish(held);
    this.#pump();
  }

  /** All objects are whole: the message goes out. */
  #finish(held: Held): void {
    const { jobs, record } = held;
    if (held.isReleased || !jobs.every(({ state, claims }) => state.complete && !claims)) return;
    held.isReleased = true;
    this.#change(held);
    const attachments = record.files.map(attachmentOf);
    const [attachment] = attachments;
    const claims = record.files.flatMap(({ object }) => object?.claim ?? []);
    const sent = this.#owner.sender.release(held.message, {
      type: "attachment",
      ...(attachments.length === 1 ? { attachment: attachment! } : { attachments }),
      claims,
    });
    if (!sent.ok) return this.#fail(held, sent.refusal);
    for (const { state } of jobs) this.#transfers.drop(state.id);
    const forget = async () => {
      await sent.value;
      await held.saving;
      await this.#records?.delete(record).catch(() => undefined);
      held.unlock();
      this.#held.delete(record.key);
    };
    void forget();
  }

  #fail(held: Held, failure: Refusal): void {
    held.isReleased = false;
    this.#owner.log.change({ ...held.message, state: "failed", failure });
  }

  #change(held: Held): void {
    held.message = { ...held.message, files: held.jobs.map(({ state }) => ({ ...state.file })) };
    this.#owner.log.change(held.message);
  }

  #drop(job: Job): void {
    job.running?.abort();
    this.#transfers.drop(job.state.id);
    if (job.state.object && !job.running) void this.#objects.delete(job.state.object);
    void this.#records?.drop(job.state.id).catch(() => undefined);
  }

  /** What cannot be kept must not be gone on with by another page: it would know too little of what was sent. */
  #save(held: Held): Promise<unknown> {
    const keep = async () => {
      if (this.#held.get(held.record.key) === held) await this.#records?.put(held.record);
    };
    const kept = held.saving.then(keep).catch(() => this.#records?.delete(held.record).catch(() => undefined));
    return (held.saving = kept);
  }

  #tell(job: Job): void {
    const { held, state, pace } = job;
    if (held.isReleased || !held.jobs.includes(job)) return;
    const { name, size } = state.file;
    const { key } = held.record;
    const why = state.refusal ?? job.why;
    const refusal = why && { refusal: why };
    const about = {
      id: state.id,
      message: key,
      index: held.jobs.indexOf(job),
      name,
      size,
      way: "up",
      ...refusal,
    } as const;
    this.#transfers.put(pace.of(about, stateOf(job)));
  }

  #all(): Job[] {
    return [...this.#held.values()].flatMap(({ jobs }) => jobs);
  }

  #find(id: string): Job | undefined {
    return this.#all().find(({ state }) => state.id === id);
  }

  #with(id: string, work: (job: Job) => unknown): boolean {
    const job = this.#find(id);
    if (!job || job.held.isReleased) return job !== undefined;
    work(job);
    void this.#save(job.held);
    this.#tell(job);
    this.#pump();
    return true;
  }
}
