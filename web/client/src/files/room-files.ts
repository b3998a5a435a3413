import { Observable, type Observed } from "../observable.ts";
import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import type { FileDraft, SharedFile, Transfer } from "./types.ts";

/** The files of a room: on their way up, on their way down, and playing. */
export class RoomFiles {
  /** What is on its way, by its `id`; what is done stays until its message is sent, or for a download until it is let go. */
  readonly transfers: Observed<ReadonlyMap<string, Transfer>>;
  readonly #transfers = new Observable<ReadonlyMap<string, Transfer>>(new Map());

  constructor() {
    this.transfers = this.#transfers;
  }

  /**
   * Sends a message with 1–10 files. It is shown at once, in state `sending`, and goes out when all its objects are whole.
   * Refused with `not_encrypted` in a room that cannot hold files, `too_many_files`, `too_long`, `left`.
   * @param caption may be empty
   * @param re the key of the message that it answers
   * @returns its key; `room.discard` gives it up
   */
  send(_drafts: readonly FileDraft[], _caption: string, _re?: string): Result<string> {
    return refuse("left");
  }

  /** Stops a transfer until `resume`. */
  pause(_id: string): void {}

  /** Goes on with one that is paused. */
  resume(_id: string): void {}

  /** Gives one up. Of a message that has no other file and no caption nothing is left. */
  cancel(_id: string): void {}

  /** Begins one that has failed again, from where it was. */
  retry(_id: string): void {}

  /** Gives a `lost` one its file again. Refused with `other_file` when it is not the same. */
  async pick(_id: string, _file: File): Promise<Result> {
    return refuse("not_found");
  }

  /**
   * The whole file, verified. For what fits the memory; of up to 16 MB without asking, else when somebody wants just that.
   * Refused with the codes of the encryption (E_AUTH, E_TRUNCATED, …), `not_found`, `offline`, `too_large`.
   * @param key that of the message
   */
  async open(_file: SharedFile, _key: string): Promise<Result<Blob>> {
    return refuse("not_found");
  }

  /**
   * Brings a file to the disk; a transfer `down` tells how far. Its name is given only to what was verified to its end: a `sink` is closed
   * then, and aborted otherwise.
   * @param sink of the File System Access API
   * @returns without a sink the file, to be given a name by a link with `download`: from the disk where the browser has a private place
   * there, else from memory, then refused with `too_large` beyond 1 GB
   */
  async save(_file: SharedFile, _key: string, _sink?: FileSystemWritableFileStream): Promise<Result<Blob | undefined>> {
    return refuse("not_found");
  }

  /**
   * An address from which audio, video or a picture plays while it loads, each chunk verified before it is played. Refused with `no_service_worker` where there is
   * none, and with `not_playable`; then `open` is left.
   */
  async play(_file: SharedFile, _key: string): Promise<Result<{ url: string; close(): void }>> {
    return refuse("no_service_worker");
  }
}
