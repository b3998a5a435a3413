import { newId } from "../crypto/content.ts";
import { refuse } from "../refusals.ts";
import type { Result } from "../types.ts";
import type { Downloads } from "./downloads.ts";
import type { MediaEntry } from "./media.ts";
import { isPlayable } from "./media-types.ts";
import { fitsObject } from "./opening.ts";
import { backoff, type Patience } from "./patience.ts";
import type { SharedFile } from "./types.ts";

/** How often an address is asked for while there is no connection. */
const maxTries = 4;
/** Refusals that pass by themselves. */
const passing = new Set(["offline", "timeout", "unavailable"]);

/** What plays, and where to stop it. */
export interface Playing {
  url: string;
  close(): void;
}

/**
 * Lets audio, video and pictures play while they load: the service worker asks this page for what belongs to an address, keeps it in memory, and asks again after it
 * was started anew.
 */
export class Player {
  readonly #downloads: Downloads;
  readonly #patience: Patience;
  readonly #closing = new AbortController();
  readonly #files = new Map<string, { file: SharedFile; worker: ServiceWorker }>();
  readonly #listen = (event: MessageEvent<unknown>) => void this.#asked(event);

  constructor(downloads: Downloads, patience: Patience) {
    this.#downloads = downloads;
    this.#patience = patience;
    if (typeof navigator !== "undefined") navigator.serviceWorker?.addEventListener("message", this.#listen);
  }

  /** @param worker the one that serves this page */
  play(file: SharedFile, worker: ServiceWorker): Result<Playing> {
    if (file.encryption.scheme !== "aes-256-gcm.stream" || file.keyB64 === "" || !isPlayable(file.mime)) {
      return refuse("not_playable");
    }
    const name = newId();
    this.#files.set(name, { file, worker });
    const url = new URL(`media/${name}`, worker.scriptURL).href;
    return { ok: true, value: { url, close: () => this.#forget(name) } };
  }

  close(): void {
    this.#closing.abort();
    for (const name of this.#files.keys()) this.#forget(name);
    if (typeof navigator !== "undefined") navigator.serviceWorker?.removeEventListener("message", this.#listen);
  }

  /** Its key is not to lie in the worker any longer than it plays. */
  #forget(name: string): void {
    this.#files.get(name)?.worker.postMessage({ closed: name });
    this.#files.delete(name);
  }

  async #asked({ data, ports: [port] }: MessageEvent<unknown>): Promise<void> {
    const { wanted } = (data ?? {}) as { wanted?: unknown };
    const file = typeof wanted === "string" ? this.#files.get(wanted)?.file : undefined;
    if (!port || !file) return; // another room's, or gone
    port.postMessage((await this.#entry(file)) ?? null);
  }

  async #entry(file: SharedFile): Promise<MediaEntry | undefined> {
    const { mime, size, keyB64, encryption } = file;
    let address = await this.#downloads.address(file);
    // What plays waits for a better moment, and the worker for this page.
    for (let tries = 0; tries < maxTries && !address.ok && passing.has(address.refusal.code); tries++) {
      await this.#patience.wait(backoff(tries), this.#closing.signal);
      if (this.#closing.signal.aborted) return undefined;
      address = await this.#downloads.address(file);
    }
    if (!address.ok || encryption.scheme !== "aes-256-gcm.stream") return undefined;
    const { url, bytes = 0 } = address.value;
    if (!fitsObject(file, bytes)) return undefined;
    return { mime, size, bytes, url, keyB64, ...encryption };
  }
}
