import { Media, type MediaEntry } from "./media.ts";

/** Files that play at a time; what is beyond that is asked for again. */
const most = 16;
/** How long a page may take to say what belongs to an address, ms. */
const patience = 30_000;

/** The part of a page, as its service worker sees it, that is needed. */
export interface MediaPage {
  postMessage(message: unknown, transfer: Transferable[]): void;
}

/**
 * Answers for `media/<name>` in a service worker. What belongs to a name, and its key, comes from the page that asks for it, over a port, and lies in memory alone; a
 * worker that was started anew asks again.
 */
export class MediaDesk {
  readonly #playing = new Map<string, Promise<Media | undefined>>();

  /** The name in an address below `scope`; `undefined` when it is none of ours. */
  static nameIn(url: string, scope: string): string | undefined {
    const base = new URL("media/", scope).href;
    const name = url.startsWith(base) ? url.slice(base.length) : "";
    return /^[A-Za-z0-9_-]{22}$/.test(name) ? name : undefined;
  }

  /** @param page who asks; nobody else is given anything */
  async answer(name: string, request: Request, page: MediaPage | undefined): Promise<Response> {
    if (!page || (request.method !== "GET" && request.method !== "HEAD")) return notFound();
    const media = await this.#find(name, page);
    return media ? media.answer(request) : notFound();
  }

  /** It plays no more: what belongs to it, its key too, is let go. */
  close(name: string): void {
    this.#playing.delete(name);
  }

  #find(name: string, page: MediaPage): Promise<Media | undefined> {
    const known = this.#playing.get(name);
    if (known) return known;
    const media = ask(page, name).then((entry) => entry && new Media(entry, () => ask(page, name)));
    this.#playing.set(name, media);
    void media.then((found) => found ?? this.#playing.delete(name));
    for (const oldest of this.#playing.keys()) {
      if (this.#playing.size <= most) break;
      this.#playing.delete(oldest);
    }
    return media;
  }
}

/** Asks a page what belongs to a name. It does not answer for what is not its own. */
function ask(page: MediaPage, name: string): Promise<MediaEntry | undefined> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const end = (entry?: MediaEntry) => {
      clearTimeout(timer);
      port1.close();
      resolve(entry);
    };
    const timer = setTimeout(end, patience);
    port1.onmessage = ({ data }: MessageEvent<MediaEntry | null>) => end(data ?? undefined);
    page.postMessage({ wanted: name }, [port2]);
  });
}

function notFound(): Response {
  return new Response(null, { status: 404, headers: { "Cache-Control": "no-store" } });
}
