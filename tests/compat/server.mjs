// A real `hcchat serve` process: started on a free port, waited for by condition, its output kept.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../freePort.mjs";
import { waitFor } from "./wait.mjs";

const START_MS = 60_000;
const STOP_MS = 15_000;

/** The arguments under which the recorded cases were taken. */
export const COMPAT = [
  "--Compat:TripSalt=compat-test-salt",
  "--Limits:RateLimit=false",
  "--Rooms:Public=lounge,meta,programming",
];

/** The executable: HCCHAT_BIN, else the newest build output of this repository. */
function executable() {
  if (process.env.HCCHAT_BIN) return process.env.HCCHAT_BIN;
  const built = ["debug", "release"]
    .map((kind) => fileURLToPath(new URL(`../../artifacts/bin/HCChat.Cli/${kind}/hcchat.dll`, import.meta.url)))
    .filter((path) => existsSync(path))
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built.length === 0) throw new Error("no hcchat.dll: build the solution first, or set HCCHAT_BIN");
  return built[0];
}

export class ServerProcess {
  /** Everything that the process wrote on stdout and stderr, of all its lives. */
  output = "";

  static async start(args = COMPAT, data = mkdtempSync(join(tmpdir(), "hcchat-compat-"))) {
    const server = new ServerProcess();
    server.args = args;
    server.data = data;
    server.port = await freePort();
    await server.launch();
    return server;
  }

  get url() {
    return `ws://127.0.0.1:${this.port}/chat-ws`;
  }

  get http() {
    return `http://127.0.0.1:${this.port}`;
  }

  async launch() {
    const path = executable();
    const verb = ["serve", "--port", String(this.port), "--data", this.data, ...this.args];
    const [file, argv] = path.endsWith(".dll") ? ["dotnet", [path, ...verb]] : [path, verb];
    this.process = spawn(file, argv, { stdio: ["ignore", "pipe", "pipe"] });
    this.exited = new Promise((resolve) => this.process.once("exit", (code, signal) => resolve({ code, signal })));
    let gone = null;
    this.exited.then((how) => (gone = how));
    const from = this.output.length;
    for (const stream of [this.process.stdout, this.process.stderr])
      stream.setEncoding("utf8").on("data", (text) => (this.output += text));
    await waitFor(
      async () => {
        if (gone)
          throw new Error(
            `the server ended (${JSON.stringify(gone)}) before it was ready:\n${this.output.slice(from)}`,
          );
        if (!/https?:\/\/\S+/.test(this.output.slice(from))) return false;
        const answer = await fetch(`${this.http}/readyz`).catch(() => null);
        return answer?.status === 200;
      },
      "the server to be ready",
      START_MS,
    );
  }

  /** Resident anonymous memory in KiB. */
  get rssAnonKiB() {
    return Number(/^RssAnon:\s+(\d+)/m.exec(readFileSync(`/proc/${this.process.pid}/status`, "utf8"))[1]);
  }

  /** Ends the process by SIGTERM (or the signal given) and tells how it ended. */
  async end(signal = "SIGTERM") {
    this.process.kill(signal);
    const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    const how = await this.exited;
    clearTimeout(late);
    return how;
  }

  /** Ends the process and starts it again on the same port and data. */
  async restart(signal = "SIGTERM") {
    await this.end(signal);
    await this.launch();
  }

  async dispose() {
    if (this.process.exitCode === null && this.process.signalCode === null) await this.end();
    rmSync(this.data, { recursive: true, force: true });
  }
}
