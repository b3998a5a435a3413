import { type Bytes, concat, fromBase64 } from "../crypto/bytes.ts";
import { CryptoError } from "../crypto/errors.ts";
import { decryptChunk, overhead } from "../crypto/files/gcm-stream.ts";
import { importFileKey } from "../crypto/files/gcm.ts";
import { isPlayable } from "./media-types.ts";
import { heard } from "./silence.ts";

/** Chunks that are fetched at a time: few at first, so that it begins at once. */
const [firstChunks, moreChunks] = [4, 32];
/** How often an address is asked for anew before it is given up. */
const maxTries = 4;

/** What belongs to an address: how a file is decrypted, and where its object can be got for some minutes. */
export interface MediaEntry {
  mime: string;
  /** Bytes of plaintext. */
  size: number;
  /** Of the stored object. */
  bytes: number;
  url: string;
  keyB64: string;
  noncePrefixB64: string;
  chunkSize: number;
}

/** A file that plays, in the service worker. It lives in memory only. */
export class Media {
  readonly #fresh: () => Promise<MediaEntry | undefined>;
  readonly #fetch: typeof fetch;
  #entry: MediaEntry;
  #key: Promise<CryptoKey> | undefined;

  /** @param fresh gets the entry again, with an address that is good */
  constructor(entry: MediaEntry, fresh: () => Promise<MediaEntry | undefined>, fetch = globalThis.fetch) {
    this.#entry = entry;
    this.#fresh = fresh;
    this.#fetch = fetch;
  }

  /** Answers a request, with or without Range. Only the chunks of what is read are fetched, and each is verified before it is given. */
  answer(request: Request): Response {
    const { mime, size } = this.#entry;
    if (!isPlayable(mime)) return new Response(null, { status: 404 });
    const range = readRange(request.headers.get("Range"), size);
    const headers = new Headers({
      "Content-Type": mime,
      "Accept-Ranges": "bytes",
      "Cache-Control": "no-store",
      "Content-Security-Policy": "sandbox; default-src 'none'",
      "X-Content-Type-Options": "nosniff",
    });
    if (range === "unsatisfiable") {
      headers.set("Content-Range", `bytes */${size}`);
      return new Response(null, { status: 416, headers });
    }
    const [first, last] = range ?? [0, size - 1];
    if (range) headers.set("Content-Range", `bytes ${first}-${last}/${size}`);
    headers.set("Content-Length", String(last - first + 1));
    const body = request.method === "HEAD" ? null : this.#read(first, last + 1);
    return new Response(body, { status: range ? 206 : 200, headers });
  }

  /** The plaintext from one byte to another. */
  #read(from: number, end: number): ReadableStream<Uint8Array> {
    const { chunkSize } = this.#entry;
    const ending = new AbortController();
    let at = from;
    let count = firstChunks;
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (at >= end) return controller.close();
          const first = Math.floor(at / chunkSize);
          const next = Math.min(first + count, Math.ceil(end / chunkSize));
          count = moreChunks;
          const plain = await this.#chunks(first, next, ending.signal);
          const begin = first * chunkSize;
          if (begin + plain.length <= at) throw new CryptoError("E_TRUNCATED"); // it is not as long as was said
          controller.enqueue(plain.subarray(at - begin, end - begin));
          at = Math.min(end, begin + plain.length);
        },
        cancel: () => ending.abort(),
      },
      { highWaterMark: 0 },
    );
  }

  /** Chunks `first` to `next`, decrypted. */
  async #chunks(first: number, next: number, signal: AbortSignal): Promise<Bytes> {
    const { chunkSize, bytes, keyB64, noncePrefixB64 } = this.#entry;
    const each = chunkSize + overhead;
    const [begin, end] = [first * each, Math.min(next * each, bytes)];
    const object = await this.#fetchRange(begin, end, signal);
    const key = await (this.#key ??= importFileKey(read(keyB64)));
    const prefix = read(noncePrefixB64);
    const count = Math.ceil(bytes / each);
    const chunks = Array.from({ length: Math.ceil(object.length / each) }, (_, i) =>
      decryptChunk(key, prefix, first + i, first + i === count - 1, object.subarray(i * each, (i + 1) * each)),
    );
    return concat(...(await Promise.all(chunks)));
  }

  async #fetchRange(begin: number, end: number, signal: AbortSignal): Promise<Bytes> {
    for (let tries = 0; tries < maxTries && !signal.aborted; tries++) {
      const body = await this.#get(begin, end, signal);
      if (body?.length === end - begin) return body;
      const fresh = await this.#fresh(); // the address may have run out
      if (!fresh) break;
      this.#entry = { ...this.#entry, url: fresh.url };
    }
    throw new CryptoError("E_TRUNCATED");
  }

  /** What comes of it; nothing, when it is refused, breaks or falls silent. */
  async #get(begin: number, end: number, signal: AbortSignal): Promise<Bytes | undefined> {
    const ending = new AbortController();
    const stop = () => ending.abort();
    signal.addEventListener("abort", stop);
    const headers = { Range: `bytes=${begin}-${end - 1}` };
    const how: RequestInit = { headers, credentials: "omit", cache: "no-store", redirect: "error" };
    try {
      const asked = this.#fetch.call(globalThis, this.#entry.url, { ...how, signal: ending.signal });
      const { status, body } = await heard(asked, ending);
      if (status !== 206) return void (await body?.cancel());
      const [reader, pieces]: [ReadableStreamDefaultReader<Bytes>, Bytes[]] = [body!.getReader(), []];
      for (;;) {
        const { done, value } = await heard(reader.read(), ending);
        if (done) return concat(...pieces);
        pieces.push(value);
      }
    } catch {
      return undefined;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

/** A single range, as players ask for; `undefined` for the whole, which is right for what is not understood, too. */
export function readRange(
  header: string | null,
  size: number,
): [first: number, last: number] | "unsatisfiable" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header ?? "") ?? [];
  if (from === "" && to === "") return undefined;
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === "" && Number(to) === 0)) return "unsatisfiable";
  return first <= last ? [first, last] : undefined;
}

function read(base64: string): Bytes {
  const bytes = fromBase64(base64);
  if (!bytes) throw new CryptoError("E_FORMAT");
  return bytes;
}
