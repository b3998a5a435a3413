// Debian's coturn under the configuration that we give to operators, but for what it must not send to: here everybody is on 127.0.0.1.
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../freePort.mjs";
import { until } from "./host.mjs";

const shipped = fileURLToPath(new URL("../../docs/coturn/turnserver.conf", import.meta.url));

const answers = (port) =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => (socket.destroy(), resolve(true)));
    socket.on("error", () => resolve(false));
  });

export class Relay {
  secret = "a secret that the relay and the calls have in common";

  static async start() {
    const relay = new Relay();
    relay.port = await freePort();
    relay.folder = await mkdtemp(join(tmpdir(), "hcchat-relay-"));
    const file = (name) => join(relay.folder, name);
    const lines = (await readFile(shipped, "utf8"))
      .replaceAll("TURN.EXAMPLE", "turn.test")
      .replace("static-auth-secret=SECRET", `static-auth-secret=${relay.secret}`)
      .split("\n")
      .filter((line) => !/^(denied-peer-ip|cert|pkey|no-cli)/.test(line));
    // Loopback is allowed only where there is a password for coturn's own console, which is off all the same.
    lines.push("allow-loopback-peers", "cli-password=none", "no-cli");
    await writeFile(file("turnserver.conf"), lines.join("\n"));
    const options = ["--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", `--listening-port=${relay.port}`];
    const files = [`--pidfile=${file("pid")}`, `--userdb=${file("turndb")}`, `--log-file=${file("log")}`];
    relay.child = spawn(
      "turnserver",
      ["-c", file("turnserver.conf"), ...options, ...files, "--no-tls", "--no-dtls", "--simple-log", "--no-stdout-log"],
      { stdio: "ignore" },
    );
    await until(() => {
      if (relay.child.exitCode !== null) throw new Error("coturn stopped at once");
      return answers(relay.port);
    }, "coturn");
    return relay;
  }

  /** What tells a server of it. */
  get settings() {
    return [`--Turn:Urls=turn:127.0.0.1:${this.port}?transport=udp`, `--Turn:Secret=${this.secret}`];
  }

  async stop() {
    const gone = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.kill();
    await gone;
    await rm(this.folder, { recursive: true });
  }
}
