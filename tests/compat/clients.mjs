// The three kinds of peers that meet in a room, as bare sockets that keep every frame they get.
import WebSocket from "ws";
import { waitFor } from "./wait.mjs";

/** One socket. Frames are parsed in the order of arrival; `closed` is the close code once the socket is gone. */
export class Peer {
  frames = [];
  closed = null;
  reason = "";

  static connect(url, options = {}) {
    return this.open(url, options);
  }

  /** Opens the socket and says nothing yet. */
  static async open(url, options = {}) {
    const peer = new this();
    peer.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    peer.socket.on("message", (data, isBinary) =>
      peer.frames.push(Object.assign(JSON.parse(data.toString()), isBinary ? { $binary: true } : {})),
    );
    peer.socket.on("close", (code, reason) => {
      peer.closed = code;
      peer.reason = reason.toString();
    });
    await new Promise((resolve, reject) => peer.socket.once("open", resolve).once("error", reject));
    peer.socket.on("error", () => {});
    return peer;
  }

  /** Sends text as it is, bytes as a binary frame, anything else as JSON. */
  send(message) {
    this.socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** Takes the next frame, waiting for it. */
  async next() {
    await waitFor(() => this.frames.length > 0 || this.closed !== null, "a frame");
    if (this.frames.length === 0)
      throw new Error(`the socket was closed with ${this.closed} while a frame was awaited`);
    return this.frames.shift();
  }

  /** Takes frames up to and including the first one that the predicate accepts. */
  async until(accepts, what = String(accepts)) {
    const taken = [];
    await waitFor(() => {
      if (this.frames.length === 0 && this.closed !== null)
        throw new Error(`closed with ${this.closed} while waiting for ${what}; got ${JSON.stringify(taken)}`);
      while (this.frames.length > 0) {
        taken.push(this.frames.shift());
        if (accepts(taken.at(-1))) return true;
      }
      return false;
    }, what).catch((error) => {
      throw new Error(`${error.message}; got ${JSON.stringify(taken).slice(0, 2_000)}`);
    });
    return taken;
  }

  /** Every frame that was on its way before now: asks a question whose answer closes the list. */
  async settle() {
    this.send(this.question);
    const taken = await this.until(this.isAnswer, "the answer to a fence");
    taken.pop();
    return taken;
  }

  /** Sends a message and returns all that it caused here; with observers, a list per peer, this one first. */
  async exchange(message, ...observers) {
    this.send(message);
    const mine = await this.settle();
    if (observers.length === 0) return mine;
    const all = [mine];
    for (const observer of observers) all.push(await observer.settle());
    return all;
  }

  async closeCode() {
    await waitFor(() => this.closed !== null, "the socket to be closed");
    return this.closed;
  }

  /** Leaves at once, without a close frame. */
  drop() {
    this.socket.terminate();
  }
}

/** hack.chat, generation 1: `join` comes first. */
export class Legacy extends Peer {
  question = { cmd: "getchannels" };
  isAnswer = (frame) => frame.cmd === "publicchannels";

  /** Connects and joins; returns once the three frames of a join have come. */
  static async join(url, channel, nick, more = {}, options = {}) {
    const peer = await this.connect(url, options);
    await peer.enter(channel, nick, more);
    return peer;
  }

  async enter(channel, nick, more = {}) {
    this.send({ cmd: "join", channel, nick, ...more });
    this.joined = await this.until((frame) => frame.cmd === "session" || frame.cmd === "warn", "the end of a join");
    if (this.joined.at(-1).cmd === "warn") throw new Error(`the join was refused: ${JSON.stringify(this.joined)}`);
    this.me = this.joined.find((frame) => frame.cmd === "onlineSet").users.at(-1);
    this.token = this.joined.at(-1).token;
    return this.joined;
  }
}

/** hack.chat, generation 2: `session` comes first. */
export class V2 extends Legacy {
  static async connect(url, options = {}) {
    const peer = await super.connect(url, options);
    peer.send({ cmd: "session" });
    peer.greeting = await peer.next();
    return peer;
  }
}

/** Our own protocol: `session` with `proto` 3. */
export class Hcchat extends Legacy {
  question = { cmd: "ping" };
  isAnswer = (frame) => frame.cmd === "pong";

  static async connect(url, options = {}) {
    const peer = await super.connect(url, options);
    peer.send({ cmd: "session", proto: 3 });
    peer.greeting = await peer.next();
    return peer;
  }
}

/** The HChat app: binary frames, the verb under `type`. */
export class App extends Peer {
  isAnswer = (frame) => frame.type === "presence";

  get question() {
    return { type: "who", room: this.room };
  }

  send(message) {
    super.send(
      Buffer.isBuffer(message) || typeof message === "string" ? message : Buffer.from(JSON.stringify(message)),
    );
  }

  /** Connects the way the app does: `nick`, `join` and `who` in one burst. */
  static async join(url, room, nick, options = {}) {
    const peer = await this.connect(url, options);
    peer.room = room;
    peer.send({ type: "nick", nick });
    peer.send({ type: "join", room });
    peer.joined = await peer.settle();
    return peer;
  }
}

let rooms = 0;
/** A room of its own for every test. */
export const newRoom = () => `room${process.pid}x${(rooms += 1)}`;
