import { createHash, randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a server does with a request instead of answering it. */
export type Fault =
  /** The connection breaks after so many bytes of the request's or the answer's body. */
  | { cut: number }
  /** Everything arrives, and the answer gets lost. */
  | { silent: true }
  | { status: number };

/** An object and what has arrived of it. */
export interface Stored {
  id: string;
  key: string;
  bytes: number;
  partBytes: number;
  sha256B64: string | undefined;
  parts: Map<number, Buffer>;
  whole: Buffer | undefined;
  claim?: string;
  /** The session that has announced it is over. */
  left?: boolean;
}

/** The HTTP half of a server: attachments as spec/protocol.md has them, and the store that they lie in. */
export class ObjectServer {
  readonly objects = new Map<string, Stored>();
  readonly deleted: string[] = [];
  /** Bytes of bodies that came to the store, also of those that broke off. */
  received = 0;
  /** Each Range that was asked for. */
  readonly ranges: (string | undefined)[] = [];
  /** Bytes that the store has given. */
  given = 0;
  /** What goes wrong with a request. */
  fault: (request: IncomingMessage) => Fault | undefined = () => undefined;
  /** Refuses what the server is asked. */
  refuse: (path: string) => { status: number; code: string } | undefined = () => undefined;
  /** What the server is asked waits for this. */
  gate: Promise<unknown> = Promise.resolve();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(): Promise<ObjectServer> {
    const opened = new ObjectServer();
    await new Promise<void>((resolve) => opened.#server.listen(0, "127.0.0.1", resolve));
    return opened;
  }

  /** The sessions that have announced what is here are over: only by its claim is anything gone on with. */
  leave(): void {
    for (const stored of this.objects.values()) stored.left = true;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The address that a client is given. */
  get url(): string {
    return `${this.origin.replace("http", "ws")}/chat-ws`;
  }

  close(): Promise<unknown> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  /** The only object, whole. */
  get only(): Buffer {
    const [object] = [...this.objects.values()].filter(({ whole }) => whole);
    return object!.whole!;
  }

  /** Puts an object there, as if somebody had uploaded it. */
  place(key: string, whole: Uint8Array): void {
    const id = idOf(key);
    const data = Buffer.from(whole);
    const about = { id, key, bytes: data.length, partBytes: 0, sha256B64: undefined };
    this.objects.set(id, { ...about, parts: new Map(), whole: data });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? "", this.origin);
    const fault = this.fault(request);
    try {
      if (pathname.startsWith("/store/")) {
        const stored = this.objects.get(idOf(decodeURIComponent(pathname)));
        if (request.method === "GET") return this.#give(request, response, stored, fault);
        return await this.#take(request, response, stored, Number(searchParams.get("part") ?? 0), fault);
      }
      const body = await read(request);
      await this.gate;
      if (fault) return end(response, fault);
      const path = pathname.replace("/api/attachments/", "");
      const refusal = request.headers.authorization === "Bearer jwt" ? this.refuse(path) : unauthorized;
      if (refusal) return json(response, refusal.status, { code: refusal.code, title: "no" });
      this.#api(request.method ?? "", path, body.length > 0 ? JSON.parse(body.toString()) : {}, response);
    } catch {
      response.destroy(); // it broke off
    }
  }

  #api(method: string, path: string, body: Record<string, unknown>, response: ServerResponse): void {
    if (path === "presign") return json(response, 200, this.#announce(body));
    const [id = "", what] = path.split("/").map(decodeURIComponent);
    const stored = this.objects.get(id);
    if (stored && (what === "parts" || what === "complete") && body["claim"] === stored.claim) stored.left = false;
    if (!stored || (stored.left && (what !== undefined || method === "DELETE"))) {
      return json(response, 404, { code: "not_found" });
    }
    if (what === "parts") return json(response, 200, this.#missing(stored, Number(body["from"] ?? 1)));
    if (what === "complete") {
      if (stored.partBytes > 0 && stored.parts.size === count(stored)) {
        const parts = [...stored.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
        stored.whole = Buffer.concat(parts);
      }
      if (stored.whole?.length !== stored.bytes) return json(response, 409, { code: "conflict" });
      return json(response, 200, { attachmentId: id, objectKey: stored.key, bytes: stored.bytes });
    }
    if (method === "DELETE") {
      this.objects.delete(id);
      this.deleted.push(id);
      response.writeHead(204).end();
      return;
    }
    if (!stored.whole) return json(response, 404, { code: "not_found" });
    json(response, 200, { getUrl: this.#address(stored), bytes: stored.whole.length, expiresSeconds: 300 });
  }

  #announce({ bytes, partBytes = 0, sha256B64 }: Record<string, unknown>): object {
    const id = randomUUID();
    const key = `o/${randomUUID()}/${id}.bin`;
    const claim = randomUUID().slice(0, 22);
    const stored = { id, key, bytes, partBytes, sha256B64, parts: new Map(), whole: undefined, claim } as Stored;
    this.objects.set(id, stored);
    return { attachmentId: id, objectKey: key, claim, ...this.#missing(stored, 1) };
  }

  #missing(stored: Stored, from: number): object {
    if (stored.partBytes === 0) return { putUrl: this.#address(stored), expiresSeconds: 600 };
    const arrived = [...stored.parts.keys()];
    const numbers = Array.from({ length: count(stored) }, (_, i) => i + 1);
    const missing = numbers.filter((n) => n >= from && !stored.parts.has(n)).slice(0, 2);
    return {
      arrived,
      parts: missing.map((n) => ({ n, putUrl: `${this.#address(stored)}?part=${n}` })),
      expiresSeconds: 600,
    };
  }

  #address({ key }: Stored): string {
    return `${this.origin}/store/${key}`;
  }

  async #take(
    request: IncomingMessage,
    response: ServerResponse,
    stored: Stored | undefined,
    n: number,
    fault: Fault | undefined,
  ): Promise<void> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of request as AsyncIterable<Buffer>) {
      pieces.push(piece);
      length += piece.length;
      this.received += piece.length;
      if (fault && "cut" in fault && length > fault.cut) return void request.destroy();
    }
    const body = Buffer.concat(pieces);
    if (fault && "status" in fault) return end(response, fault);
    if (!stored) return end(response, { status: 404 });
    const due = n === 0 ? stored.bytes : Math.min(stored.partBytes, stored.bytes - (n - 1) * stored.partBytes);
    const hash = createHash("sha256").update(body).digest("base64");
    const hashed = stored.sha256B64 === undefined || n > 0;
    if (body.length !== due || !(hashed || request.headers["x-amz-checksum-sha256"] === stored.sha256B64)) {
      return end(response, { status: 403 });
    }
    if (!hashed && hash !== stored.sha256B64) return end(response, { status: 400 });
    if (n === 0) stored.whole = body;
    else stored.parts.set(n, body);
    if (fault) return end(response, fault);
    response.writeHead(200, { ETag: hash }).end();
  }

  #give(
    request: IncomingMessage,
    response: ServerResponse,
    stored: Stored | undefined,
    fault: Fault | undefined,
  ): void {
    const { range } = request.headers;
    this.ranges.push(range);
    if (!stored?.whole || (fault && "status" in fault)) return end(response, fault ?? { status: 404 });
    const [, first = "0", last = ""] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "bytes=0-") ?? [];
    const body = stored.whole.subarray(Number(first), last === "" ? undefined : Number(last) + 1);
    response.writeHead(range ? 206 : 200, { "Content-Length": body.length });
    const given = fault && "cut" in fault ? body.subarray(0, fault.cut) : body;
    this.given += given.length;
    if (given.length === body.length) response.end(body);
    else response.write(given, () => response.destroy());
  }
}

const unauthorized = { status: 401, code: "bad_token" };

function idOf(key: string): string {
  return key.replace(/^.*\//s, "").replace(/\.bin$/, "");
}

function count({ bytes, partBytes }: Stored): number {
  return Math.ceil(bytes / partBytes);
}

function end(response: ServerResponse, fault: Fault): void {
  if ("status" in fault) response.writeHead(fault.status).end();
  else response.destroy();
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces);
}
