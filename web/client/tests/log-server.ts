import type { ClientFrame, PageQuery } from "../src/protocol/frames.ts";
import { user } from "./fake-server.ts";

type Json = Record<string, unknown>;

/** One connection as the server sees it. It opens by itself. */
export class LogSocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readyState = 0;
  /** Every frame that the client sent. */
  readonly sent: ClientFrame[] = [];
  userid = 0;
  nick = "";
  joined = false;
  readonly #server: LogServer;

  constructor(server: LogServer) {
    this.#server = server;
    queueMicrotask(() => {
      if (server.away || this.readyState !== 0) return this.drop();
      this.readyState = 1;
      this.onopen?.();
    });
  }

  send(data: string): void {
    const frame = JSON.parse(data) as ClientFrame;
    this.sent.push(frame);
    this.#server.received(this, frame);
  }

  close(): void {
    this.drop();
  }

  says(frame: Json): void {
    if (this.readyState === 1) this.onmessage?.({ data: JSON.stringify({ time: this.#server.now(), ...frame }) });
  }

  drop(code = 1006): void {
    if (this.readyState === 3) return;
    this.readyState = 3;
    this.#server.lost(this);
    this.onclose?.({ code });
  }
}

/** What may go wrong on the way to one client. */
export interface Fault {
  /** The live frame does not arrive. */
  lose?: boolean;
  /** It arrives twice. */
  twice?: boolean;
}

interface Epoch {
  name: string;
  events: Json[];
}

/** A small server of one room that keeps a list of what happened, as spec/protocol.md has it. */
export class LogServer {
  readonly channel: string;
  readonly sockets: LogSocket[] = [];
  /** The earlier ones first. */
  readonly epochs: Epoch[] = [{ name: "epoch-0000000001", events: [] }];
  readonly WebSocket: typeof WebSocket;
  /** While it is away no connection opens. */
  away = false;
  /** Whether it gives pages of its list. */
  answers = true;
  /** From here on the present list can be continued. */
  oldest = 1;
  /** Below this number nothing of the present list is kept. */
  kept = 1;
  /** The present history settings. */
  history: Json = { mode: "encrypted", days: 30, count: 100_000, ttl: 0 };
  /** What happens to each live frame on its way to a client. */
  fault: (frame: Json, to: LogSocket) => Fault = () => ({});
  /** Refuses a sending instead of taking it. */
  refuse: (frame: Json) => { code: string; retryAfterMs?: number } | undefined = () => undefined;
  /** Loses a sending. */
  lose: (frame: Json) => boolean = () => false;
  /** Takes a sending without saying so. */
  silent: (frame: Json) => boolean = () => false;
  /** What was taken, and how often each was sent again: an envelope by its `mid`, what is in clear by its sender's number too. */
  readonly taken = new Map<string, { ack: Json; repeats: number }>();
  #tokens = new Map<string, { userid: number; nick: string }>();
  #count = 10;

  constructor(channel: string) {
    this.channel = channel;
    const open = (): LogSocket => {
      const socket = new LogSocket(this);
      this.sockets.push(socket);
      return socket;
    };
    this.WebSocket = function () {
      return open();
    } as unknown as typeof WebSocket;
  }

  get epoch(): Epoch {
    return this.epochs.at(-1)!;
  }

  get head(): number {
    return Number(this.epoch.events.at(-1)?.["seq"] ?? 0);
  }

  now(): number {
    return Date.now();
  }

  /** Everybody in the room. */
  get people(): LogSocket[] {
    return this.sockets.filter(({ joined, readyState }) => joined && readyState === 1);
  }

  /** A new list begins. @param kept whether the old one stays readable */
  restart(kept: boolean): void {
    if (!kept) this.epochs.length = 0;
    this.epochs.push({ name: `epoch-${String(++this.#count).padStart(10, "0")}`, events: [] });
    this.oldest = this.kept = 1;
    for (const socket of this.people) socket.drop();
  }

  /** No token is good any longer. */
  forgetSessions(): void {
    this.#tokens.clear();
  }

  /** Somebody has another nick from now on. */
  rename(userid: number, nick: string): void {
    for (const socket of this.people) {
      const own = socket.userid === userid;
      if (own) socket.nick = nick;
      socket.says({ cmd: "updateUser", channel: this.channel, ...user(userid, nick, own) });
      if (own) this.#session(socket, false);
    }
  }

  /** Something happens in the room. */
  happen(frame: Json): Json {
    const { name, events } = this.epoch;
    const event = { time: this.now(), ...frame, channel: this.channel, epoch: name, seq: this.head + 1 };
    events.push(event);
    for (const socket of this.people) {
      const { lose, twice } = this.fault(event, socket);
      if (!lose) socket.says(event);
      if (twice) socket.says(event);
    }
    return event;
  }

  lost(socket: LogSocket): void {
    if (!socket.joined) return;
    socket.joined = false;
    for (const other of this.people) {
      other.says({ cmd: "onlineRemove", channel: this.channel, userid: socket.userid, nick: socket.nick });
    }
  }

  received(socket: LogSocket, frame: ClientFrame): void {
    switch (frame.cmd) {
      case "session": {
        const known = frame.token === undefined ? undefined : this.#tokens.get(frame.token);
        if (frame.token) this.#tokens.delete(frame.token);
        const resume = frame.resume?.find(({ channel, inbox }) => channel === this.channel && !inbox);
        if (known) this.#enter(socket, known.nick, known.userid);
        this.#session(socket, known !== undefined);
        if (known && resume) this.#replay(socket, { epoch: resume.epoch, since: resume.seq });
        return;
      }
      case "join":
        this.#enter(socket, frame.nick, ++this.#count);
        this.#session(socket, false);
        if (frame.resume) this.#replay(socket, { epoch: frame.resume.epoch, since: frame.resume.seq });
        return;
      case "leave":
        return this.lost(socket);
      case "sync": {
        const { cmd: _, channel: __, ...query } = frame;
        return this.answers ? this.#replay(socket, query) : undefined;
      }
      case "capability":
        return queueMicrotask(() =>
          socket.says({ cmd: "capability", channel: frame.channel, jwt: "jwt", expiresSeconds: 600 }),
        );
      case "chat":
      case "emote":
      case "note":
      case "whisper":
      case "edit":
      case "delete":
        return this.#take(socket, { ...frame });
      case "add_reaction":
      case "remove_reaction": {
        const cmd = frame.cmd === "add_reaction" ? "reaction_added" : "reaction_removed";
        return this.#take(socket, { ...frame, cmd });
      }
      case "ping":
        socket.says({ cmd: "pong" });
    }
  }

  #enter(socket: LogSocket, nick: string, userid: number): void {
    Object.assign(socket, { nick, userid });
    const others = this.people.map((other) => user(other.userid, other.nick));
    for (const other of this.people) other.says({ cmd: "onlineAdd", channel: this.channel, ...user(userid, nick) });
    socket.joined = true;
    socket.says({
      cmd: "onlineSet",
      channel: this.channel,
      users: [...others, user(userid, nick, true)],
      e2ee: { saltB64: "" },
      epoch: this.epoch.name,
      head: this.head,
      oldest: this.oldest,
      history: this.history,
    });
  }

  #session(socket: LogSocket, restored: boolean): void {
    const token = socket.joined ? `token-${++this.#count}` : "";
    if (token) this.#tokens.set(token, { userid: socket.userid, nick: socket.nick });
    const channels = socket.joined ? [this.channel] : [];
    socket.says({ cmd: "session", proto: 3, restored, token, channels });
  }

  #take(socket: LogSocket, frame: Json): void {
    const { channel } = this;
    const mid = String(frame["mid"]);
    if (this.lose(frame)) return;
    const refusal = this.refuse(frame);
    if (refusal) return socket.says({ cmd: "nack", mid, channel, text: "no", ...refusal });
    const envelope = String(frame["text"] ?? "").startsWith("E2EE:");
    const name = envelope ? mid : `${socket.userid} ${mid}`;
    const known = this.taken.get(name);
    if (known) known.repeats++;
    else {
      const { epoch, seq } = this.happen({ ...frame, nick: socket.nick, userid: socket.userid });
      this.taken.set(name, { ack: { cmd: "ack", mid, channel, epoch, seq, id: mid, durable: true }, repeats: 0 });
    }
    if (!this.silent(frame)) socket.says(this.taken.get(name)!.ack);
  }

  #replay(socket: LogSocket, { epoch = this.epoch.name, since, before, limit = 100 }: PageQuery): void {
    const at = this.epochs.findIndex(({ name }) => name === epoch);
    const list = this.epochs[at];
    const about = { cmd: "replay", channel: this.channel };
    const current = list === this.epoch;
    const [oldest, kept] = current ? [this.oldest, this.kept] : [1, 1];
    const events = list?.events.filter((event) => Number(event["seq"]) >= kept) ?? [];
    const head = Number(list?.events.at(-1)?.["seq"] ?? 0);
    if (!list || (since !== undefined && (since < oldest - 1 || since > head))) {
      return socket.says({ ...about, epoch: this.epoch.name, recovered: false, oldest: this.oldest, head: this.head });
    }
    const forward = since !== undefined;
    const upto = before === undefined ? head : Math.min(before - 1, head);
    const all = events.filter((event) => {
      const seq = Number(event["seq"]);
      return forward ? seq > since : seq <= upto;
    });
    const page = forward ? all.slice(0, limit) : all.slice(-limit);
    const more = page.length < all.length;
    const first = Number(page[0]?.["seq"] ?? kept);
    const from = forward ? since + 1 : more ? first : kept;
    const to = forward ? (more ? Number(page.at(-1)?.["seq"]) : head) : upto;
    const previous = !forward && !more ? this.epochs[at - 1]?.name : undefined;
    socket.says({ ...about, epoch, recovered: true, oldest, head, from, to, events: page, more, previous });
  }
}
