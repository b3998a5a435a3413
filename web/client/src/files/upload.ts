import { isRate, isTemporary, refuse } from "../refusals.ts";
import type { Refusal, Result } from "../types.ts";
import type { Objects, PartAddress } from "./objects.ts";
import { backoff, type Patience } from "./patience.ts";
import { chunkSize, hashOf, isUnread, smallFile, storedChunk } from "./seal.ts";
import type { Piece, Sealer } from "./sealer.ts";
import { newEncryption } from "./share.ts";
import type { UploadState } from "./upload-records.ts";

/** Chunks of a part at least: 8 MiB of plaintext. Parts are whole chunks, so that each can be encrypted by itself. */
const leastChunks = 128;
/** Chunks of a part at most: what one request may carry is 64 MiB. */
const mostChunks = 1_023;
/** Parts of a file, while they are not too large. */
const fewParts = 2_000;
/** An address is not used any more so long before it runs out, ms. */
const margin = 60_000;
/** What a store says whose disk is full (RFC 4918). */
const insufficientStorage = 507;
/** How often in a row a store may refuse or lose what is put to it. */
const maxRefusals = 5;
/** When it is asked again, ms: it is there, and another address may be all that it wants. */
const soon = 1_000;

/** Of which file all is that has arrived of an object, as far as this page knows: after a reload it may have been changed on the disk. */
const origins = new WeakMap<Blob, string>();

/** What an upload needs. */
export interface UploadOwner {
  objects: Objects;
  sealer: Sealer;
  /** The file; `undefined` when it is not there any more. */
  source(): Promise<Blob | undefined>;
  /** Keeps the state, before anything follows. */
  save(): Promise<unknown>;
  /** So many bytes of the object have arrived or are on their way. */
  progress(bytes: number): void;
  /** It stands still until it may go on. @param why where waiting for that may take long */
  waits(isWaiting: boolean, why?: Refusal): void;
  patience: Patience;
}

/** Brings one file to the store, from wherever it was: announced, put in one piece or in parts, complete. */
export class Upload {
  readonly #state: UploadState;
  readonly #owner: UploadOwner;
  readonly #addresses = new Map<number, { url: string; until: number }>();
  readonly #arrived = new Set<number>();
  /** Bytes of each part that is on its way. */
  readonly #moving = new Map<number, number>();
  readonly #sizes = new Map<number, number>();
  /** What a small file is when it is encrypted. */
  #whole: Piece | undefined;
  /** So often in a row something was refused that should not be. */
  #refusals = 0;

  constructor(state: UploadState, owner: UploadOwner) {
    this.#state = state;
    this.#owner = owner;
  }

  /** Goes on until it is complete, or refused for good, or `signal` ends it (`offline`). What passes by itself is tried again. */
  async run(signal: AbortSignal): Promise<Result> {
    const outcome = await this.#run(signal);
    this.#dropWhole();
    return outcome;
  }

  async #run(signal: AbortSignal): Promise<Result> {
    for (let tries = 0; ; tries++) {
      const before = this.#arrived.size;
      const outcome = await this.#attempt(signal).catch(() => refuse("offline"));
      if (outcome.ok || signal.aborted) return outcome;
      if (!passes(outcome.refusal)) return outcome;
      if (this.#arrived.size > before) tries = 0;
      const { refusal: why } = outcome;
      this.#owner.waits(true, isTemporary(why.code) && !isRate(why.code) ? why : undefined);
      await this.#owner.patience.wait(outcome.refusal.retryAfterMs ?? backoff(tries), signal);
      if (signal.aborted) return outcome;
      this.#owner.waits(false);
    }
  }

  async #attempt(signal: AbortSignal): Promise<Result> {
    if (this.#state.complete) return this.#complete(); // in another session: there it has to be claimed
    const blob = await this.#owner.source();
    if (blob?.size !== this.#state.file.size) return refuse("file_changed");
    const sent = blob.size < smallFile ? await this.#putWhole(blob, signal) : await this.#putParts(blob, signal);
    return sent.ok ? this.#complete() : sent;
  }

  async #complete(): Promise<Result> {
    const done = await this.#owner.objects.complete(this.#state.object!);
    if (!done.ok) return this.#doubted(done.refusal);
    this.#state.complete = true;
    this.#dropWhole();
    await this.#owner.save();
    return done;
  }

  async #putWhole(blob: Blob, signal: AbortSignal): Promise<Result> {
    const { file } = this.#state;
    let url: string | undefined;
    if (!this.#whole || !this.#state.object) {
      // Never twice under one nonce: who knows what the file is now.
      file.encryption = newEncryption(file.size);
      const sealed = await this.#owner.sealer.seal({
        blob,
        keyB64: file.keyB64,
        nonceB64: "nonceB64" in file.encryption ? file.encryption.nonceB64 : "",
      });
      if (!sealed.ok) return sealed;
      this.#dropWhole();
      this.#whole = sealed.value;
      file.sha256B64 = sealed.value.sha256B64;
      const announced = await this.#announce({ bytes: this.#whole.bytes, sha256B64: file.sha256B64 });
      if (!announced.ok) return announced;
      url = announced.value.putUrl;
    }
    if (url === undefined) {
      const missing = await this.#owner.objects.missing(this.#state.object!, 1);
      if (!missing.ok) return this.#doubted(missing.refusal);
      if (missing.value.putUrl === undefined) return missing; // it is complete, and nobody knew
      url = missing.value.putUrl;
    }
    return this.#put(1, url, this.#whole, { "x-amz-checksum-sha256": this.#whole.sha256B64 }, signal);
  }

  async #putParts(blob: Blob, signal: AbortSignal): Promise<Result> {
    if (this.#state.object) {
      const missing = await this.#missing(1);
      if (!missing.ok) return missing;
    } else {
      const chunks = Math.ceil(blob.size / chunkSize);
      const each = Math.min(mostChunks, Math.max(leastChunks, Math.ceil(chunks / fewParts)));
      const bytes = blob.size + chunks * (storedChunk - chunkSize);
      const announced = await this.#announce({ bytes, partBytes: each * storedChunk });
      if (!announced.ok) return announced;
      this.#learn(announced.value.parts, announced.value.expiresSeconds);
      origins.set(blob, announced.value.attachmentId);
    }
    const { id, bytes, partBytes } = this.#state.object!;
    const [count, each] = [Math.ceil(bytes / partBytes), partBytes / storedChunk];
    if (origins.get(blob) !== id) {
      const same = await this.#isSame(blob, each * chunkSize, signal);
      if (!same.ok) return same;
      origins.set(blob, id);
    }
    // One at a time: a break costs what is on its way, and on a bad one it must not cost more than comes through between two.
    for (let n = 1; n <= count && !signal.aborted; n++) {
      if (this.#arrived.has(n)) continue;
      const sent = await this.#putPart(n, blob, each, n === count, signal).catch(() => refuse("offline"));
      if (!sent.ok) return sent;
    }
    return signal.aborted ? refuse("offline") : { ok: true, value: undefined };
  }

  /** What has arrived has to be of the same file as what follows: else it would be neither the one nor the other. */
  async #isSame(blob: Blob, size: number, signal: AbortSignal): Promise<Result> {
    for (const n of [...this.#arrived].sort((a, b) => a - b)) {
      if (signal.aborted) return refuse("offline");
      try {
        if ((await hashOf(blob.slice((n - 1) * size, n * size))) === this.#state.begun[n]) continue;
      } catch (error) {
        return refuse(isUnread(error) ? "file_changed" : "offline");
      }
      this.#forget();
      return refuse("file_changed");
    }
    return { ok: true, value: undefined };
  }

  async #putPart(n: number, blob: Blob, each: number, last: boolean, signal: AbortSignal): Promise<Result> {
    const { file } = this.#state;
    if (!("noncePrefixB64" in file.encryption)) return refuse("file_changed");
    const { noncePrefixB64 } = file.encryption;
    const size = each * chunkSize;
    const sealed = await this.#owner.sealer.seal({
      blob: blob.slice((n - 1) * size, n * size),
      keyB64: file.keyB64,
      noncePrefixB64,
      first: (n - 1) * each,
      last,
    });
    if (!sealed.ok) return sealed;
    const piece = sealed.value;
    try {
      return await this.#putSealed(n, piece, signal);
    } finally {
      piece.drop();
    }
  }

  async #putSealed(n: number, piece: Piece, signal: AbortSignal): Promise<Result> {
    const { begun } = this.#state;
    if (begun[n] !== undefined && begun[n] !== piece.sha256B64) {
      this.#forget(); // its nonces are used up
      return refuse("file_changed");
    }
    if (begun[n] === undefined) {
      begun[n] = piece.sha256B64;
      await this.#owner.save();
    }
    const address = await this.#address(n);
    if (!address.ok) return address;
    if (this.#arrived.has(n)) return address;
    return this.#put(n, address.value, piece, {}, signal);
  }

  async #put(
    n: number,
    url: string,
    piece: Piece,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<Result> {
    const moved = (bytes: number) => {
      this.#moving.set(n, bytes);
      this.#tell();
    };
    const status = await piece.put(url, headers, { progress: moved, signal });
    this.#moving.delete(n);
    this.#addresses.delete(n);
    if (status >= 200 && status < 300) {
      this.#refusals = 0;
      this.#sizes.set(n, piece.bytes);
      this.#arrived.add(n);
      this.#tell();
      return { ok: true, value: undefined };
    }
    this.#tell();
    if (status === insufficientStorage) return refuse("storage_full");
    // An address that ran out: the next try asks for another. Of a store that is busy nothing is known.
    const isBusy = status === 0 || status === 429 || status >= 500;
    if (isBusy) return refuse("offline");
    if (++this.#refusals > maxRefusals) return refuse("store_refused");
    return { ok: false, refusal: { ...refuse("offline").refusal, retryAfterMs: soon } };
  }

  #tell(): void {
    let bytes = 0;
    for (const n of this.#arrived) bytes += this.#sizes.get(n) ?? 0;
    for (const moving of this.#moving.values()) bytes += moving;
    this.#owner.progress(bytes);
  }

  async #announce(announcement: Parameters<Objects["announce"]>[0]) {
    const { file, object: before, begun } = this.#state;
    if (before) void this.#owner.objects.delete(before);
    const announced = await this.#owner.objects.announce(announcement);
    if (!announced.ok) return announced;
    const { bytes, partBytes = bytes } = announcement;
    if (Object.keys(begun).length > 0) {
      file.encryption = newEncryption(file.size); // what follows may be another file
      this.#state.begun = {};
    }
    for (const known of [this.#arrived, this.#sizes, this.#addresses]) known.clear();
    const { attachmentId: id, objectKey, claim } = announced.value;
    this.#state.object = { id, bytes, partBytes, ...(claim && { claim }) };
    file.objectKey = objectKey;
    await this.#owner.save();
    return announced;
  }

  async #address(n: number): Promise<Result<string>> {
    const known = this.#addresses.get(n);
    if (known && known.until > Date.now()) return { ok: true, value: known.url };
    const missing = await this.#missing(n);
    if (!missing.ok) return missing;
    const found = this.#addresses.get(n);
    if (found || this.#arrived.has(n)) return { ok: true, value: found?.url ?? "" };
    return refuse("offline");
  }

  async #missing(from: number): Promise<Result> {
    if (!this.#state.object) return refuse("offline"); // it was forgotten meanwhile
    const { bytes, partBytes } = this.#state.object;
    const missing = await this.#owner.objects.missing(this.#state.object, from);
    if (!missing.ok) return this.#doubted(missing.refusal);
    const { arrived = [], parts, expiresSeconds = 0 } = missing.value;
    for (const n of arrived) {
      if (this.#moving.has(n)) continue;
      this.#arrived.add(n);
      this.#sizes.set(n, Math.min(partBytes, bytes - (n - 1) * partBytes));
    }
    this.#learn(parts, expiresSeconds);
    this.#tell();
    return missing;
  }

  #learn(parts: readonly PartAddress[] = [], expiresSeconds: number): void {
    const until = Date.now() + expiresSeconds * 1000 - margin;
    for (const { n, putUrl } of parts) this.#addresses.set(n, { url: putUrl, until });
  }

  /** The server knows nothing of the object: it begins anew, under other nonces. */
  #doubted(why: Refusal): Result<never> {
    if (why.code !== "not_found") return { ok: false, refusal: why };
    this.#forget();
    return ++this.#refusals > maxRefusals ? { ok: false, refusal: why } : refuse("offline");
  }

  /** The object counts no more. */
  #forget(): void {
    delete this.#state.object;
    delete this.#state.complete;
    this.#dropWhole();
  }

  #dropWhole(): void {
    this.#whole?.drop();
    this.#whole = undefined;
  }
}

/** Whether the same may succeed later. */
function passes({ code, retryAfterMs }: Refusal): boolean {
  return (
    retryAfterMs !== undefined || isTemporary(code) || ["offline", "timeout", "conflict", "bad_token"].includes(code)
  );
}
