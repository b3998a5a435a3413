import { newId } from "./crypto/content.ts";
import type { Sendable } from "./protocol/frames.ts";
import type { Refusal } from "./types.ts";
import type { Vault } from "./vault.ts";

/** Something that waits to be sent, as it lies on the device. The frame is the one that goes out, byte for byte. */
export interface Kept {
  frame: Sendable;
  /** When it was made, ms since 1970. */
  time: number;
  /** Why it was refused for good. */
  failure?: Refusal;
}

/** The part of `navigator.locks` that is needed. */
export type Locks = Pick<LockManager, "request">;

/** How long a page that has gone may take to come back, by a reload, to what it has left, ms. */
const returnTime = 3_000;

/** Longest lock name part; also makes record names sort by time. */
const digits = 14;

/**
 * What one room's outbox holds, on the device. Each outbox has a lock of its own while it lives. Whoever gets the lock of
 * another owns what that one has left: so two pages never send the same thing, and nothing is left behind.
 */
export class OutboxLog {
  readonly #vault: Vault;
  readonly #locks: Locks | undefined;
  readonly #prefix: string;
  readonly #owner = newId();
  readonly #names = new Map<string, string>();
  readonly #closing = new AbortController();
  /** Pages tell one another when they begin to keep something. */
  #others: BroadcastChannel | undefined;
  #announced = false;
  #adopt: (left: Kept[]) => Promise<void> = async () => undefined;
  #release: () => void = () => undefined;
  #count = 0;

  constructor(vault: Vault, locks: Locks | undefined, url: string, channel: string) {
    this.#vault = vault;
    this.#locks = locks;
    this.#prefix = outboxPrefix(url, channel);
  }

  /**
   * Takes over what others have left.
   * @param adopt is given it, in the order of its making; again later when a page that is open now has gone.
   */
  async open(adopt: (left: Kept[]) => Promise<void>): Promise<void> {
    const locks = this.#locks;
    if (!locks) return adopt(await this.#takeOver());
    this.#adopt = adopt;
    const hold = () => new Promise<void>((resolve) => (this.#release = resolve));
    locks.request(lockName(this.#owner), hold).catch(() => undefined); // no storage: nobody else will look for it
    this.#listen();
    for (const owner of await this.#owners()) {
      const free = await locks.request(lockName(owner), { ifAvailable: true }, async (lock) => {
        if (lock) await adopt(await this.#takeOver(owner));
        return lock !== null;
      });
      if (!free) this.#inherit(owner);
    }
  }

  /** Gives it its place among what is kept: the sealing of one may take longer than that of the next. */
  reserve(mid: string, time: number): string {
    const name = this.#names.get(mid) ?? this.#name(mid, time);
    this.#names.set(mid, name);
    return name;
  }

  /** Keeps it, or its new state. */
  async put(kept: Kept): Promise<void> {
    const name = this.reserve(kept.frame.mid, kept.time);
    await this.#vault.put(name, { owner: this.#owner, ...kept });
    if (!this.#announced) this.#others?.postMessage(this.#owner);
    this.#announced = true;
  }

  async delete(mid: string): Promise<void> {
    const name = this.#names.get(mid);
    if (name) await this.#vault.delete(name);
    this.#names.delete(mid);
  }

  /** Leaves what is still there to others. */
  close(): void {
    this.#closing.abort();
    this.#others?.close();
    this.#others = undefined;
    this.#release();
  }

  #listen(): void {
    if (typeof BroadcastChannel === "undefined" || this.#closing.signal.aborted) return;
    this.#others = new BroadcastChannel(this.#prefix);
    this.#others.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === "string") this.#inherit(data);
    };
  }

  /** Waits until that page has gone and does not come back for what it has left, and takes it over. */
  #inherit(owner: string): void {
    const { signal } = this.#closing;
    const name = lockName(owner);
    const gone = this.#locks?.request(name, { signal }, () => undefined);
    // In a plain room only the session that has said it is known to have said it.
    const take = async () => signal.aborted || this.#adopt(await this.#takeOver(owner));
    const later = () => setTimeout(() => void this.#locks?.request(name, take).catch(() => undefined), returnTime);
    gone?.then(later).catch(() => undefined); // this page goes first
  }

  #name(mid: string, time: number): string {
    const at = String(time).padStart(digits, "0");
    return `${this.#prefix}${at} ${String(this.#count++).padStart(digits, "0")} ${mid}`;
  }

  async #owners(): Promise<Set<string>> {
    const records = await this.#vault.list(this.#prefix);
    const owners = new Set(records.map(([, { owner }]) => String(owner)));
    owners.delete(this.#owner);
    return owners;
  }

  /** @param of whose; everybody's when left out */
  async #takeOver(of?: string): Promise<Kept[]> {
    const taken: Kept[] = [];
    for (const [name, record] of await this.#vault.list(this.#prefix)) {
      const { owner, frame, time, failure } = record as unknown as Kept & { owner: string };
      if (owner === this.#owner || (of !== undefined && owner !== of)) continue;
      const kept: Kept = failure ? { frame, time, failure } : { frame, time };
      this.#names.set(frame.mid, name);
      await this.#vault.put(name, { owner: this.#owner, ...kept });
      taken.push(kept);
    }
    return taken;
  }
}

/** What the names of a room's records begin with. */
export function outboxPrefix(url: string, channel: string): string {
  return `outbox ${url} ${JSON.stringify(channel)} `;
}

function lockName(owner: string): string {
  return `hcchat outbox ${owner}`;
}
