import type { ClientFrame } from "../src/protocol/frames.ts";

/** A scripted server: every socket that a client opens, to be driven by a test. */
export class FakeServer {
  readonly sockets: FakeSocket[] = [];
  /** What the client is given in place of WebSocket. */
  readonly WebSocket: typeof WebSocket;

  constructor() {
    const { sockets } = this;
    this.WebSocket = function (url: string) {
      const socket = new FakeSocket(url);
      sockets.push(socket);
      return socket;
    } as unknown as typeof WebSocket;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const last = this.sockets.at(-1);
    if (!last) throw new Error("no socket was opened");
    return last;
  }

  /** Lets the newest socket open and answers its `session`. */
  accept(session: object = {}): FakeSocket {
    const { socket } = this;
    socket.opens();
    socket.says({ cmd: "session", restored: false, token: "", channels: [], proto: 3, ...session });
    return socket;
  }
}

type Sent<C extends ClientFrame["cmd"], F = ClientFrame> = F extends { cmd: infer K }
  ? C extends K
    ? F
    : never
  : never;

/** One connection as the server sees it. */
export class FakeSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly url: string;
  readyState = 0;
  /** Every frame that the client sent. */
  readonly sent: ClientFrame[] = [];
  /** The code with which the client closed. */
  closed: number | undefined;
  #unread: ClientFrame[] = [];
  #wanted: { cmd: string; take: (frame: ClientFrame) => void } | undefined;

  constructor(url: string) {
    this.url = url;
  }

  send(data: string): void {
    const frame = JSON.parse(data) as ClientFrame;
    this.sent.push(frame);
    this.#unread.push(frame);
    this.#deliver();
  }

  close(code = 1005): void {
    this.closed = code;
    this.readyState = 2;
  }

  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  /** The next frame of that kind, sent already or still to come. */
  next<C extends ClientFrame["cmd"]>(cmd: C): Promise<Sent<C>> {
    return new Promise((resolve) => {
      this.#wanted = { cmd, take: (frame) => resolve(frame as Sent<C>) };
      this.#deliver();
    });
  }

  /** The frames of that kind that the client sent so far. */
  all<C extends ClientFrame["cmd"]>(cmd: C): Sent<C>[] {
    return this.sent.filter((frame) => frame.cmd === cmd) as Sent<C>[];
  }

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify({ time: Date.now(), ...frame }) });
  }

  drops(code = 1006): void {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  #deliver(): void {
    const wanted = this.#wanted;
    const index = this.#unread.findIndex((frame) => frame.cmd === wanted?.cmd);
    const [frame] = index < 0 ? [] : this.#unread.splice(index, 1);
    if (!wanted || !frame) return;
    this.#wanted = undefined;
    wanted.take(frame);
  }
}

/** A user as frames have it. */
export function user(userid: number, nick: string, isme = false): object {
  return {
    userid,
    nick,
    isme,
    trip: "",
    uType: "user",
    hash: "h",
    level: 100,
    isBot: false,
    color: false,
    flair: false,
  };
}
