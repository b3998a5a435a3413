import { maxFiles } from "../crypto/content-files.ts";
import type { Observed } from "../observable.ts";
import { refuse } from "../refusals.ts";
import type { Message, Result, RoomAddress } from "../types.ts";
import { Vault } from "../vault.ts";
import type { RoomOwner } from "../room-owner.ts";
import type { FilesOfRoom, FilesOwner } from "./files-owner.ts";
import { uploadPrefix } from "./prefix.ts";
import { share } from "./share.ts";
import { TransferList } from "./transfer-list.ts";
import type { FileDesk } from "./desk.ts";
import type { FileDraft, SharedFile, Transfer } from "./types.ts";

/** The files of a room: on their way up, on their way down, and playing. What does it is fetched with the first file. */
export class RoomFiles {
  /** What is on its way, by its `id`. An upload stays until its message goes out, a download until it is let go by `cancel`. */
  readonly transfers: Observed<ReadonlyMap<string, Transfer>>;
  readonly #transfers = new TransferList();
  readonly #owner: FilesOwner;
  #desk: Promise<FileDesk> | undefined;
  /** Begins anew what could not be begun, because what does it could not be fetched. By message. */
  readonly #unbegun = new Map<string, () => void>();

  constructor(owner: RoomOwner, { channel, passphrase }: RoomAddress, room: FilesOfRoom) {
    const { url, vault, store, locks, workers } = owner;
    this.#owner = { url, vault, store, locks, workers, channel, passphrase, ...room };
    this.transfers = this.#transfers;
  }

  /**
   * Sends a message with 1–10 files. It is shown at once, in state `sending`, and goes out when all its objects are whole.
   * Refused with `not_encrypted` in a room that cannot hold files, `too_many_files`, `too_long`, `left`.
   * @param caption may be empty
   * @param re the key of the message that it answers
   * @returns its key; `room.discard` gives it up
   */
  send(drafts: readonly FileDraft[], caption: string, re?: string): Result<string> {
    const sender = this.#owner.sender;
    if (this.#owner.over()) return refuse("left");
    if (!sender.mayAttach || !Vault.works) return refuse("not_encrypted");
    if (drafts.length < 1 || drafts.length > maxFiles) return refuse("too_many_files");
    const files = share(drafts, caption);
    if (!files) return refuse("too_long");
    const message = sender.hold(caption, files, re);
    this.#begin(message, drafts);
    return { ok: true, value: message.key };
  }

  /** Fetches what sends files, so that it is there when there is no connection. */
  prepare(): void {
    void import("./desk.ts").catch(() => undefined);
  }

  /** Whether a message would be lost with the page: it is not on the device yet. */
  get unkept(): boolean {
    return this.#unbegun.size > 0;
  }

  /** Stops a transfer until `resume`. */
  pause(id: string): void {
    this.#then((desk) => desk.pause(id));
  }

  /** Goes on with one that is paused. */
  resume(id: string): void {
    this.#then((desk) => desk.resume(id));
  }

  /** Gives one up, and with the last file of a message the message. A download that is over is let go. */
  cancel(id: string): void {
    this.#then((desk) => desk.cancel(id));
  }

  /** Begins an upload that has failed again, from where it was; of a `lost` one asks the browser for its file, where it knows that. Only by a person's hand. Settles when that was asked. */
  async retry(id: string): Promise<void> {
    await this.#desk?.then((desk) => desk.retry(id)).catch(() => undefined);
  }

  /** Gives a `lost` one its file again. Refused with `other_file` when it is not the same. */
  async pick(id: string, file: File): Promise<Result> {
    return (await this.#desk?.then((desk) => desk.pick(id, file))) ?? refuse("not_found");
  }

  /**
   * The whole file, verified. For what fits the memory; of up to 16 MB without asking, else when somebody wants just that.
   * Refused with the codes of the encryption (E_AUTH, E_TRUNCATED, …), `not_found`, `offline`, `too_large`.
   * @param key that of the message
   */
  open(file: SharedFile, key: string): Promise<Result<Blob>> {
    return this.#with((desk) => desk.open(file, key));
  }

  /**
   * Brings a file to the disk; a transfer `down` tells how far. Its name is given only to what was verified to its end.
   * @param handle of the File System Access API: where it shall lie
   * @returns without a handle the file, to be given a name by a link with `download`: from the disk where the browser has a private place
   * there, else from memory; beyond 1 GB that is refused with `too_large` before it begins
   */
  save(file: SharedFile, key: string, handle?: FileSystemFileHandle): Promise<Result<Blob | undefined>> {
    return this.#with((desk) => desk.save(file, key, handle));
  }

  /**
   * An address from which audio, video or a picture plays. What is small is fetched whole; the rest plays while it loads, each chunk verified before it is played. Refused with
   * `no_service_worker` where there is none, and with `not_playable`; then `open` is left.
   */
  play(file: SharedFile, key: string): Promise<Result<{ url: string; close(): void }>> {
    return this.#with((desk) => desk.play(file, key));
  }

  /** Whether the store still has a file to its end, for one that has ceased to play. Refused with what is wrong. */
  check(file: SharedFile): Promise<Result> {
    return this.#with((desk) => desk.check(file));
  }

  /** @internal The room is entered: goes on with what earlier pages have left, and with what waits for a connection. */
  async resumed(): Promise<void> {
    const { store, url, channel, vault } = this.#owner;
    for (const begin of this.#unbegun.values()) begin();
    if (this.#desk || !vault) return this.#then((desk) => desk.wake());
    const left = await store.list(`${uploadPrefix(url, channel)}record `).catch(() => []);
    if (left.length > 0) void this.#open().catch(() => undefined); // the next time
  }

  /** @internal Gives a message up that has not gone out yet. */
  discard(key: string): void {
    if (this.#unbegun.delete(key)) return this.#owner.log.remove(key);
    this.#then((desk) => desk.discard(key));
  }

  /** @internal Sends what has failed of a message again. */
  retryMessage(key: string): void {
    const begin = this.#unbegun.get(key);
    if (begin) begin();
    else this.#then((desk) => desk.retryMessage(key));
  }

  /** @internal One has left. What is not done waits on the device. */
  close(): void {
    this.#then((desk) => desk.close());
  }

  #begin(message: Message, drafts: readonly FileDraft[]): void {
    const { key } = message;
    const { log } = this.#owner;
    const again = () => {
      this.#unbegun.delete(key);
      log.change(message);
      this.#begin(message, drafts);
    };
    this.#open().then(
      (desk) => desk.send(message, drafts),
      () => {
        this.#unbegun.set(key, again);
        log.change({ ...message, state: "failed", failure: refuse("offline").refusal });
      },
    );
  }

  #open(): Promise<FileDesk> {
    this.#desk ??= import("./desk.ts").then(({ FileDesk }) => FileDesk.open(this.#owner, this.#transfers));
    this.#desk.catch(() => (this.#desk = undefined)); // no connection: the next time
    return this.#desk;
  }

  #then(work: (desk: FileDesk) => void): void {
    void this.#desk?.then(work).catch(() => undefined);
  }

  async #with<T>(work: (desk: FileDesk) => Promise<Result<T>>): Promise<Result<T>> {
    if (this.#owner.over()) return refuse("left");
    const desk = await this.#open().catch(() => undefined);
    return desk ? work(desk) : refuse("offline");
  }
}
