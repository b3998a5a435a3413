// A way to the built-in calls by UDP that is as bad as one wants: it loses packets, or carries so much and no more behind a queue that ends.
// The calls advertise 127.0.0.2, where this listens on the port that they have on 127.0.0.1; clients and server are what they always are.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { Host } from "./host.mjs";

const buffers = { recvBufferSize: 1 << 20, sendBufferSize: 1 << 20 };

export class Link {
  /**
   * How it is for clients that come from now on: the part of packets that is lost each way, and what it carries to the client in bits a second, with so much waiting
   * at most.
   */
  quality = { loss: 0, down: Infinity, queueMs: 0 };
  #flows = new Map();
  #outside = createSocket({ type: "udp4", ...buffers });

  /** Calls, and the only way to them. */
  static async start() {
    const link = new Link();
    link.host = await Host.start({ advertise: "127.0.0.2", tcp: false });
    link.#outside.on("message", (packet, from) => link.#flow(from).up(packet));
    link.#outside.bind(link.host.media, "127.0.0.2");
    await once(link.#outside, "listening");
    return link;
  }

  /** How many packets it has lost, or dropped for want of room. */
  get lost() {
    return [...this.#flows.values()].reduce((sum, flow) => sum + flow.lost, 0);
  }

  async stop() {
    this.#flows.forEach((flow) => flow.close());
    this.#outside.close();
    await this.host.stop();
  }

  #flow({ address, port }) {
    const name = `${address} ${port}`;
    if (!this.#flows.has(name)) {
      const deliver = (packet) => this.#outside.send(packet, port, address, () => {});
      this.#flows.set(name, new Flow(this.host.media, { ...this.quality }, deliver));
    }
    return this.#flows.get(name);
  }
}

/** What goes between one socket of a client and the server. */
class Flow {
  lost = 0;
  #inside = createSocket({ type: "udp4", ...buffers });
  #waiting = [];
  #freeAt = 0;
  #timer;

  constructor(port, quality, deliver) {
    Object.assign(this, { port, quality, deliver });
    this.#inside.on("message", (packet) => this.#down(packet));
  }

  up(packet) {
    if (this.#isLost()) return;
    this.#inside.send(packet, this.port, "127.0.0.1", () => {});
  }

  close() {
    clearTimeout(this.#timer);
    this.#inside.close();
  }

  #down(packet) {
    const { down, queueMs } = this.quality;
    if (this.#isLost()) return;
    if (down === Infinity) return this.deliver(packet);
    const now = performance.now();
    const leavesAt = Math.max(now, this.#freeAt) + (packet.length * 8000) / down;
    if (leavesAt - now > queueMs) return void this.lost++;
    this.#freeAt = leavesAt;
    this.#waiting.push({ packet, leavesAt });
    if (this.#waiting.length === 1) this.#drain();
  }

  #drain() {
    while (this.#waiting[0]?.leavesAt <= performance.now()) this.deliver(this.#waiting.shift().packet);
    if (this.#waiting.length > 0)
      this.#timer = setTimeout(() => this.#drain(), this.#waiting[0].leavesAt - performance.now());
  }

  #isLost() {
    const isLost = Math.random() < this.quality.loss;
    if (isLost) this.lost++;
    return isLost;
  }
}
