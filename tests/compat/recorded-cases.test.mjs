// Dialogues recorded on the real hack.chat server, played step by step: after each step every client must have got
// exactly the frames that it got there, in that order.
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { Peer, newRoom } from "./clients.mjs";
import { assertFrames, color, epochMs, hash15, nonEmpty, anyString } from "./match.mjs";
import { ServerProcess } from "./server.mjs";
import { waitFor } from "./wait.mjs";

const recorded = JSON.parse(readFileSync(new URL("./cases/hackchat-cases.json", import.meta.url), "utf8"));
const QUIET_MS = 120;

let server;
before(async () => (server = await ServerProcess.start()));
after(() => server?.dispose());

for (const { id, what, steps } of recorded.cases) {
  test(`recorded case ${id}: ${what}`, async () => {
    const play = new Play(newRoom());
    try {
      for (const [index, step] of steps.entries())
        await play.step(step, `step ${index + 1} ${step.send ?? step.note ?? ""}`);
    } finally {
      for (const peer of play.peers.values()) peer.drop();
    }
  });
}

class Play {
  peers = new Map();
  userids = new Map();
  tokens = new Map();

  constructor(room) {
    this.room = room;
  }

  async step(step, label) {
    for (const name of step.connect ?? []) this.peers.set(name, await Peer.connect(server.url));
    if (!step.client) return;
    this.act(this.peers.get(step.client), step);
    await this.quiet(step.expect ?? {});
    this.learn();
    const own = step.drop || step.close ? step.client : null;
    for (const [name, peer] of this.peers) {
      const got = peer.frames.splice(0);
      if (peer.closed !== null && !peer.reported) {
        peer.reported = true;
        if (name !== own) got.push({ $close: peer.closed });
      }
      assertFrames(got, this.compile(step.expect?.[name] ?? []), `${label}: what ${name} got`);
    }
  }

  act(peer, step) {
    if (step.drop) peer.drop();
    else if (step.close) peer.socket.close();
    else if (step.repeat) peer.send(this.fill(step.prefix) + step.repeat.char.repeat(step.repeat.count) + step.suffix);
    else if (step.binary) peer.send(Buffer.from(this.fill(step.binary)));
    else peer.send(this.fill(step.send));
  }

  /** Waits for as many frames as are expected, then for a quiet spell in which a surplus one would show. */
  async quiet(expected) {
    const arrived = () =>
      [...this.peers.values()].reduce(
        (sum, peer) => sum + peer.frames.length + (peer.closed !== null && !peer.reported ? 1 : 0),
        0,
      );
    const due = Object.values(expected).reduce((sum, frames) => sum + frames.length, 0);
    await waitFor(() => arrived() >= due, `${due} frames`, 5_000).catch(() => {});
    let seen = arrived();
    let since = performance.now();
    await waitFor(() => {
      if (arrived() !== seen) [seen, since] = [arrived(), performance.now()];
      return performance.now() - since >= QUIET_MS;
    }, "silence");
  }

  /** Remembers userids and tokens, which later steps refer to. */
  learn() {
    for (const [name, peer] of this.peers)
      for (const frame of peer.frames) {
        const me = frame.cmd === "onlineSet" ? frame.users.find((user) => user.isme) : null;
        if (me) this.userids.set(name, me.userid);
        if (frame.cmd === "session" && frame.token) this.tokens.set(name, frame.token);
      }
  }

  fill(text) {
    return text
      .replaceAll("$ROOM", this.room)
      .replace(/\$VAR\(token:([^)]+)\)/g, (_, name) => this.tokens.get(name))
      .replace(/"\$UID\(([^)]+)\)"/g, (_, name) => String(this.userids.get(name)));
  }

  /** Turns the placeholders of the case file into values and predicates. */
  compile(expected) {
    if (typeof expected === "string") return expected.replaceAll("$ROOM", this.room);
    if (Array.isArray(expected)) return expected.map((item) => this.compile(item));
    if (expected === null || typeof expected !== "object") return expected;
    if ("$uid" in expected) return this.userids.get(expected.$uid);
    if ("$" in expected) return placeholder(expected);
    return Object.fromEntries(Object.entries(expected).map(([key, value]) => [key, this.compile(value)]));
  }
}

function placeholder({ $: kind, min = -Infinity, max = Infinity, re, withSaltCompat }) {
  const known = {
    epochMs,
    jwt: nonEmpty,
    hash15,
    color,
    string: anyString,
    trip: withSaltCompat,
    regex: re && new RegExp(re),
  };
  known.int = (value) => Number.isInteger(value) && value >= min && value <= max;
  if (!known[kind]) throw new Error(`the case file has a placeholder of an unknown kind: ${kind}`);
  return known[kind];
}
