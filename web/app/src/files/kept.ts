import type { Result, SharedFile } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";

/** What is kept of files that were shown, so that scrolling does not fetch them again. bytes */
const mostKept = 64 * 1024 * 1024;
/** Files that are fetched at a time. */
const atOnce = 3;

/** The files of a room that were fetched or sent here, as long as there is space; of deleted messages nothing. */
export class Kept {
  readonly #opened: OpenRoom;
  /** By message and file; the one that was asked for last stands last. */
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
  put(key: string, file: SharedFile, blob: Blob): void {
    if (blob.size > mostKept / 4) return;
    this.#keep(nameOf(key, file), Promise.resolve({ ok: true, value: blob }));
    this.#note(nameOf(key, file), blob);
  }

  /** Whether it can be had at once. @param key the message's */
  has(key: string, file: SharedFile): boolean {
    return this.#sizes.has(nameOf(key, file));
  }

  /** The whole file of a message. */
  open(key: string, file: SharedFile): Promise<Result<Blob>> {
    const name = nameOf(key, file);
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

/** A file stays the same one, also when another of its message is given up; on its way out it has no object yet. */
function nameOf(key: string, { keyB64, objectKey }: SharedFile): string {
  return `${key} ${keyB64 || objectKey}`;
}

const rooms = new WeakMap<OpenRoom, Kept>();

/** What is kept of a room's files, in memory only. */
export function keptOf(opened: OpenRoom): Kept {
  const kept = rooms.get(opened) ?? new Kept(opened);
  rooms.set(opened, kept);
  return kept;
}
