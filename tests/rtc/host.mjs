// The built-in calls in a process of their own, tokens for them, and a way to them that can be cut.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AccessToken } from "livekit-server-sdk";
import { freePort } from "../freePort.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const [key, secret] = ["test", "a secret of tests, thirty-two characters long"];

/** Where the host was built. */
function program() {
  const found = ["release", "debug"]
    .map((configuration) => `${root}artifacts/bin/HCChat.RtcHost/${configuration}/HCChat.RtcHost.dll`)
    .find(existsSync);
  if (!found) throw new Error("Build tests/HCChat.RtcHost first.");
  return found;
}

/** Calls on ports of their own. */
export class Host {
  #child;
  #settings;
  #port;
  /** The port of media. */
  media;

  /** @param settings such as { udp: false, encrypted: true }; tests/HCChat.RtcHost has them all */
  static async start(settings = {}) {
    const host = new Host();
    host.#settings = settings;
    [host.#port, host.media] = [await freePort(), await freePort()];
    await host.#run();
    return host;
  }

  async #run() {
    const settings = { port: this.#port, media: this.media, ...this.#settings };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn("dotnet", [program(), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    this.#child.stderr.on("data", (text) => (said += text));
    this.http = await new Promise((resolve, reject) => {
      createInterface({ input: this.#child.stdout }).once("line", resolve);
      this.#child.once("exit", () => reject(new Error(`The host stopped at once:\n${said}`)));
    });
    this.url = this.http.replace("http", "ws");
  }

  /** Stops it as an operator does, and starts it again in the same place. */
  async restart() {
    await this.stop();
    await this.#run();
  }

  async stop() {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGTERM");
    await gone;
  }

  /** A token that opens one call. */
  token(room, identity, more = {}) {
    const token = new AccessToken(key, secret, { identity, name: identity, ttl: more.ttl ?? 600 });
    token.addGrant({ roomJoin: true, room, ...more.grant });
    return token.toJwt();
  }

  /** Who is there, as the server sees it. */
  async people(room) {
    return (await fetch(`${this.http}/people/${room}`)).json();
  }

  async post(path) {
    return (await fetch(`${this.http}/${path}`, { method: "POST" })).json();
  }

  /** Another way to it, for whose WebSockets one decides. */
  async way() {
    const open = new Set();
    const state = { isCut: false };
    const server = createServer((socket) => {
      socket.on("error", () => {});
      if (state.isCut) return void socket.destroy();
      const onward = connect(this.#port, "127.0.0.1");
      const pair = [socket, onward];
      open.add(pair);
      const end = () => (open.delete(pair), socket.destroy(), onward.destroy());
      for (const [one, other] of [pair, [onward, socket]]) one.on("error", end).on("close", end).pipe(other);
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    return {
      url: `ws://127.0.0.1:${server.address().port}`,
      /** Cuts all that goes over it. What comes next goes through again. */
      cut: () => [...open].forEach(([socket, onward]) => (socket.destroy(), onward.destroy())),
      close: () => (state.isCut = true) && server.close(),
    };
  }
}

let rooms = 0;
/** A name that no other test has. */
export const newRoom = () => `room-${process.pid}-${++rooms}`;

/** Asks again and again until it is so, and says what it has waited for when it never is. */
export async function until(condition, what, timeoutMs = 60_000) {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (performance.now() > deadline)
      throw new Error(`waited ${timeoutMs} ms for ${typeof what === "function" ? what() : what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
