import { refuse } from "../refusals.ts";
import { RoomApi } from "../room-api.ts";
import type { Message, Result } from "../types.ts";
import { Downloads } from "./downloads.ts";
import type { FilesOwner } from "./files-owner.ts";
import { isPlayable } from "./media-types.ts";
import { Objects } from "./objects.ts";
import { Patience } from "./patience.ts";
import { Player, type Playing } from "./player.ts";
import { smallFile } from "./seal.ts";
import type { TransferList } from "./transfer-list.ts";
import type { FileDraft, SharedFile } from "./types.ts";
import { Uploads } from "./uploads.ts";

/** What does the work behind `RoomFiles`. */
export class FileDesk {
  readonly #owner: FilesOwner;
  readonly #patience = new Patience();
  readonly #uploads: Uploads;
  readonly #downloads: Downloads;
  readonly #player: Player;

  private constructor(owner: FilesOwner, transfers: TransferList) {
    const objects = new Objects(new RoomApi(owner.url, owner.channel, owner.ask), owner.channel);
    this.#owner = owner;
    this.#uploads = new Uploads(owner, objects, transfers, this.#patience);
    this.#downloads = new Downloads(owner, objects, transfers);
    this.#player = new Player(this.#downloads, this.#patience);
  }

  /** Goes on with what earlier pages have left. */
  static async open(owner: FilesOwner, transfers: TransferList): Promise<FileDesk> {
    const desk = new FileDesk(owner, transfers);
    if (owner.over()) desk.close();
    else await desk.#uploads.restore().catch(() => undefined); // no storage
    return desk;
  }

  send(message: Message, drafts: readonly FileDraft[]): Promise<void> {
    return this.#uploads.add(message, drafts);
  }

  pause(id: string): void {
    if (!this.#uploads.pause(id)) this.#downloads.pause(id);
  }

  resume(id: string): void {
    if (!this.#uploads.resume(id)) this.#downloads.resume(id);
  }

  cancel(id: string): void {
    if (!this.#uploads.cancel(id)) this.#downloads.cancel(id);
  }

  retry(id: string): Promise<void> {
    return this.#uploads.retry(id);
  }

  retryMessage(key: string): void {
    this.#uploads.retryMessage(key);
  }

  discard(key: string): void {
    this.#uploads.discard(key);
  }

  pick(id: string, file: Blob): Promise<Result> {
    return this.#uploads.pick(id, file);
  }

  /** One's own that is still on its way is at hand. */
  async open(file: SharedFile, _key: string): Promise<Result<Blob>> {
    const own = await this.#uploads.source(file);
    if (own) return { ok: true, value: own };
    return file.objectKey === "" ? refuse("not_found") : this.#downloads.open(file);
  }

  save(file: SharedFile, key: string, handle?: FileSystemFileHandle): Promise<Result<Blob | undefined>> {
    return this.#downloads.save(file, key, handle);
  }

  check(file: SharedFile): Promise<Result> {
    return this.#downloads.check(file);
  }

  async play(file: SharedFile, key: string): Promise<Result<Playing>> {
    if (!isPlayable(file.mime)) return refuse("not_playable");
    if (file.size < smallFile || file.objectKey === "") return this.#playWhole(file, key);
    const worker = await this.#owner.workers.media?.();
    return worker ? this.#player.play(file, worker) : refuse("no_service_worker");
  }

  wake(): void {
    this.#patience.wake();
    this.#downloads.wake();
  }

  close(): void {
    this.#uploads.close();
    this.#downloads.close();
    this.#player.close();
    this.#patience.wake();
  }

  async #playWhole(file: SharedFile, key: string): Promise<Result<Playing>> {
    const opened = await this.open(file, key);
    if (!opened.ok) return opened;
    const url = URL.createObjectURL(new Blob([opened.value], { type: file.mime }));
    return { ok: true, value: { url, close: () => URL.revokeObjectURL(url) } };
  }
}
