// The product itself, `hcchat serve`, and people in its rooms who take seats in calls.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import WebSocket from "ws";
import { until } from "./host.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const built = ["release", "debug"].map(
  (configuration) => `${root}artifacts/bin/HCChat.Cli/${configuration}/hcchat.dll`,
);

/** A server on free ports, with little set but who its operator is: whoever has the pass `pw`. */
export class Product {
  static async start(...more) {
    const product = new Product();
    product.data = await mkdtemp(join(tmpdir(), "hcchat-rtc-"));
    const settings = ["--Compat:TripSalt=compat-test-salt", "--Moderation:AdminTrip=Pz6LSM", ...more];
    const program = process.env.HCCHAT_BIN ?? built.find(existsSync);
    product.child = spawn("dotnet", [program, "serve", "--port", "0", "--data", product.data, ...settings], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    product.child.stdout.on("data", (text) => (said += text));
    await until(() => {
      if (product.child.exitCode !== null) throw new Error(`The server stopped at once:\n${said}`);
      return said.includes("ready");
    }, "the server");
    product.url = said.match(/http:\/\/[^\s/]+/)[0];
    return product;
  }

  async stop() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill("SIGTERM");
    await gone;
    await rm(this.data, { recursive: true });
  }
}

/** Somebody in a room of the product. */
export class Talker {
  frames = [];

  static async join(product, channel, nick, pass) {
    const one = new Talker();
    [one.product, one.channel, one.nick] = [product, channel, nick];
    one.socket = new WebSocket(`${product.url.replace("http", "ws")}/chat-ws`);
    one.socket.on("message", (text) => one.frames.push(JSON.parse(text)));
    await new Promise((resolve, reject) => one.socket.once("open", resolve).once("error", reject));
    one.say({ cmd: "session", proto: 3 });
    await one.hears("session");
    one.say({ cmd: "join", channel, nick, pass });
    await one.hears("onlineSet");
    one.say({ cmd: "capability", channel });
    one.capability = (await one.hears("capability")).jwt;
    return one;
  }

  say(frame) {
    this.socket.send(JSON.stringify(frame));
  }

  /** The first frame of that verb, and of which more is so. */
  hears(cmd, holds = () => true) {
    return until(() => this.frames.find((frame) => frame.cmd === cmd && holds(frame)), `${cmd} at ${this.nick}'s`);
  }

  /** A seat in the room's call, or why not. */
  async seat() {
    return this.ask("token", { room: this.channel });
  }

  async ask(what, body) {
    const response = await fetch(`${this.product.url}/api/rtc/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.capability}` },
      body: JSON.stringify(body),
    });
    return response.status === 204 ? {} : response.json();
  }

  leave() {
    this.socket.close();
  }
}
