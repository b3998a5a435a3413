import type { Message, Result, SharedFile } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";

/** What is kept of files that were shown, so that scrolling does not fetch them again. bytes */
const mostKept = 64 * 1024 * 1024;
/** Files that are fetched at a time. */
const atOnce = 3;

/** The files of a room that were fetched or sent here, as long as there is space; of deleted messages nothing. */
export class Kept {
  readonly #opened: OpenRoom;
  /** By message and number; the one that was asked for last stands last. */
  readonly #blobs = new Map<string, Promise<Result<Blob>>>();
  readonly #sizes = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(opened: OpenRoom) {
    this.#opened = opened;
    const { events } = opened.room;
    events.on("update", ({ key, deleted }) => deleted && this.#drop(key));
    events.on("removed", ({ key }) => this.#drop(key));
  }

  /** Keeps what was sent from here: it need not be fetched to be shown. */
  put(key: string, index: number, blob: Blob): void {
    this.#keep(`${key} ${index}`, Promise.resolve({ ok: true, value: blob }));
    this.#note(`${key} ${index}`, blob);
  }

  /** Whether it can be had at once. */
  has({ key }: Pick<Message, "key">, index: number): boolean {
    return this.#sizes.has(`${key} ${index}`);
  }

  /** The whole file of a message. */
  open({ key }: Pick<Message, "key">, index: number, file: SharedFile): Promise<Result<Blob>> {
    const name = `${key} ${index}`;
    const found = this.#blobs.get(name) ?? this.#fetch(name, file, key);
    this.#keep(name, found);
    return found;
  }

  async #fetch(name: string, file: SharedFile, key: string): Promise<Result<Blob>> {
    if (this.#running >= atOnce) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#running++;
    const result = await this.#opened.room.files.open(file, key);
    this.#running--;
    this.#waiting.shift()?.();
    if (result.ok) this.#note(name, result.value);
    else this.#blobs.delete(name); // it is tried again when it is asked for again
    return result;
  }

  #keep(name: string, blob: Promise<Result<Blob>>): void {
    this.#blobs.delete(name);
    this.#blobs.set(name, blob);
  }

  /** It is here: what was not asked for longest makes way. */
  #note(name: string, { size }: Blob): void {
    if (!this.#blobs.has(name)) return; // deleted meanwhile
    this.#sizes.set(name, size);
    let all = [...this.#sizes.values()].reduce((sum, one) => sum + one, 0);
    for (const old of this.#blobs.keys()) {
      if (all <= mostKept) return;
      all -= this.#sizes.get(old) ?? 0;
      if (this.#sizes.delete(old)) this.#blobs.delete(old);
    }
  }

  #drop(key: string): void {
    for (const name of this.#blobs.keys()) {
      if (!name.startsWith(`${key} `)) continue;
      this.#blobs.delete(name);
      this.#sizes.delete(name);
    }
  }
}

const rooms = new WeakMap<OpenRoom, Kept>();

/** What is kept of a room's files, in memory only. */
export function keptOf(opened: OpenRoom): Kept {
  const kept = rooms.get(opened) ?? new Kept(opened);
  rooms.set(opened, kept);
  return kept;
}
