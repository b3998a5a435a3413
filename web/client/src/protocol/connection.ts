import { Observable } from "../observable.ts";
import type { ConnectionState } from "../types.ts";
import { finalCloses } from "./codes.ts";
import { type ClientFrame, readFrame, type ServerFrame } from "./frames.ts";

/** Reconnect delays: full jitter below base · 2^attempt, ms (spec/protocol.md). */
const backoffBase = 500;
const backoffCap = 30_000;
/** A connection that lived this long counts as a success, ms; a shorter one does not reset the back-off. */
const stableAfter = 10_000;
/** How long a connection may take to open, ms. */
const openTimeout = 15_000;
/** How often liveness is looked at, ms. A silence of this length is broken by a ping. */
const livenessTick = 10_000;
/** How long a ping may stay unanswered, ms. With two ticks before it, a dead link is noticed within 40 s. */
const pongTimeout = 20_000;

/** Longest delay that a server may ask for, ms. */
const maxDelay = 300_000;

/** `WebSocket.OPEN` (WHATWG WebSockets §3.1). */
const socketOpen = 1;

/** What a connection tells its owner. */
export interface ConnectionListener {
  /** The socket is open; the session is the owner's to begin. */
  opened(): void;
  received(frame: ServerFrame): void;
  /** The socket is gone; nothing that was sent and not acknowledged can be counted on. */
  lost(): void;
}

/** One WebSocket that comes back by itself until it is closed for good. */
export class Connection {
  readonly state = new Observable<ConnectionState>({ kind: "idle" });
  readonly #url: string;
  readonly #WebSocket: typeof WebSocket;
  readonly #listener: ConnectionListener;
  #socket: WebSocket | undefined;
  #attempt = 0;
  #openedAt = 0;
  #heardAt = 0;
  #pingedAt: number | undefined;
  /** The earliest time for the next try that the server allows, ms since 1970. */
  #notBefore = 0;
  /** Whether the server announced a restart, until it is back. */
  #restart = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #liveness: ReturnType<typeof setInterval> | undefined;

  constructor(url: string, socket: typeof WebSocket, listener: ConnectionListener) {
    this.#url = url;
    this.#WebSocket = socket;
    this.#listener = listener;
  }

  /** Connects, when that has not happened yet. After a final close it begins anew. */
  connect(): void {
    const { kind } = this.state.value;
    if (kind !== "idle" && kind !== "closed") return;
    this.#attempt = 0;
    this.#open();
  }

  /** Does not wait for the next try. No effect unless the state is `waiting`. */
  retryNow(): void {
    if (this.state.value.kind === "waiting") this.#open();
  }

  /** Sends when open. A socket that is closing already takes nothing. @returns whether it was handed to the socket. */
  send(frame: ClientFrame): boolean {
    const socket = this.#socket;
    if (this.state.value.kind !== "open" || socket?.readyState !== socketOpen) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  /** Closes for good. */
  close(): void {
    this.#drop()?.close(1000);
    this.state.set({ kind: "closed", reason: "closed" });
    this.#listener.lost();
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#notBefore = 0;
    this.state.set({ kind: "connecting", restart: this.#restart });
    const socket = new this.#WebSocket(this.#url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = (event: MessageEvent<unknown>) => this.#received(event.data);
    socket.onclose = (event) => this.#lost(event.code);
    socket.onerror = () => undefined; // a close follows; outside browsers an unheard error would end the process
    this.#timer = setTimeout(() => this.#abandon(), openTimeout);
  }

  #opened(): void {
    clearTimeout(this.#timer);
    this.#openedAt = this.#heardAt = Date.now();
    this.#pingedAt = undefined;
    this.#restart = false;
    this.#liveness = setInterval(() => this.#watch(), livenessTick);
    this.state.set({ kind: "open" });
    this.#listener.opened();
  }

  #received(data: unknown): void {
    this.#heardAt = Date.now();
    this.#pingedAt = undefined;
    const frame = readFrame(data);
    if (!frame) return;
    if (frame.cmd === "reconnect") {
      this.#notBefore = Date.now() + frame.afterMs;
      this.#restart = true;
    } else if (frame.cmd === "warn" && frame.code === "limited" && frame.retryAfterMs) {
      this.#notBefore = Math.max(this.#notBefore, Date.now() + frame.retryAfterMs);
    }
    this.#listener.received(frame);
  }

  /** A timer of a sleeping page fires late, so what counts is an unanswered ping, never the silence itself. */
  #watch(): void {
    const now = Date.now();
    if (this.#pingedAt !== undefined) {
      if (now - this.#pingedAt >= pongTimeout) this.#abandon();
    } else if (now - this.#heardAt >= livenessTick) {
      this.#pingedAt = now;
      this.send({ cmd: "ping" });
    }
  }

  /** Gives a socket up without waiting for its close, which may take minutes on a dead link. */
  #abandon(): void {
    this.#socket?.close();
    this.#lost(1006);
  }

  #lost(code: number): void {
    this.#drop();
    const reason = finalCloses.get(code);
    if (reason) this.state.set({ kind: "closed", reason });
    else this.#wait();
    this.#listener.lost();
  }

  #wait(): void {
    const now = Date.now();
    if (this.#openedAt > 0 && now - this.#openedAt >= stableAfter) this.#attempt = 0;
    this.#openedAt = 0;
    const jitter = Math.round(Math.random() * Math.min(backoffCap, backoffBase * 2 ** this.#attempt));
    // The server's own delay is jittered already.
    const delay = this.#notBefore > now ? Math.min(this.#notBefore - now, maxDelay) : jitter;
    this.#attempt++;
    this.#timer = setTimeout(() => this.#open(), delay);
    this.state.set({ kind: "waiting", retryAt: now + delay, attempt: this.#attempt, restart: this.#restart });
  }

  /** Lets the socket go, unheard from now on. */
  #drop(): WebSocket | undefined {
    clearTimeout(this.#timer);
    clearInterval(this.#liveness);
    const socket = this.#socket;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    this.#socket = undefined;
    return socket;
  }
}
