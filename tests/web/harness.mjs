// Starts the real server and Chromium, and watches every page for what must never happen.
import { after, afterEach, before } from "node:test";
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import WebSocket from "ws";
import { freePort } from "../freePort.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));
const candidates = ["release", "debug"].map((configuration) =>
  join(root, "artifacts/bin/HCChat.Cli", configuration, "hcchat.dll"),
);

/** The program under test: `HCCHAT_BIN`, else what was built last in this repository. */
function program() {
  const path = process.env.HCCHAT_BIN ?? candidates.find(existsSync);
  if (!path || !existsSync(path)) throw new Error("Build the server first, or set HCCHAT_BIN to hcchat.dll.");
  if (!existsSync(join(dirname(path), "wwwroot/index.html"))) throw new Error(`There is no web client beside ${path}.`);
  return path;
}

/** A server on a port of its own, with a data folder that is gone afterwards. It can be killed and started again. */
export async function startServer(...settings) {
  const data = await mkdtemp(join(tmpdir(), "hcchat-web-"));
  const port = await freePort();
  const path = program();
  let child;
  let said = "";

  const start = async () => {
    const args = ["serve", "--port", String(port), "--data", data, "--Limits:RateLimit=false", ...settings];
    const command = path.endsWith(".dll") ? ["dotnet", path] : [path];
    child = spawn(command[0], [...command.slice(1), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (said += text));
    for (;;) {
      if (child.exitCode !== null) throw new Error(`The server stopped at once:\n${said}`);
      const ready = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
      if (ready?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const kill = async (signal = "SIGKILL") => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };

  /** `hcchat admin …` on the server's own data folder. @param typed what it asks for, e.g. a password */
  const operate = async (args, typed = "") => {
    const command = path.endsWith(".dll") ? ["dotnet", path] : [path];
    const run = spawn(command[0], [...command.slice(1), "admin", "--data", data, "--json", ...args]);
    let [out, said] = ["", ""];
    run.stdout.on("data", (text) => (out += text));
    run.stderr.on("data", (text) => (said += text));
    run.stdin.end(`${typed}\n`);
    const code = await new Promise((resolve) => run.once("close", resolve));
    assert.equal(code, 0, `hcchat admin ${args.join(" ")}: ${said}`);
    return out
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  };

  await start();
  return {
    operate,
    data,
    /** All that it has written to the console. */
    log: () => said,
    url: `http://127.0.0.1:${port}`,
    socketUrl: `ws://127.0.0.1:${port}/chat-ws`,
    start,
    kill,
    /** What `hcchat admin` with those words prints. */
    async hcchatAdmin(...words) {
      const command = path.endsWith(".dll") ? ["dotnet", path] : [path];
      const run = promisify(execFile);
      return (await run(command[0], [...command.slice(1), "admin", "--data", data, ...words])).stdout;
    },
    /** What the operator is told about `accounts`, `reports` and the like. */
    async admin(about) {
      const token = await readFile(join(data, "secrets/admin.token"), "base64url");
      const headers = { Authorization: `Bearer ${token}` };
      return (await fetch(`http://127.0.0.1:${port}/api/admin/${about}`, { headers })).json();
    },
    async close() {
      await kill();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** Chromium as people have it, and what is under its windows and menus: for a page the same, in little more than half the time. */
const [whole, core] = ["/usr/bin/chromium", "/usr/bin/chromium-headless-shell"];

/** @param profile a folder in which it keeps what a person's browser keeps; then what it returns is that person's context */
export async function startBrowser(profile, options) {
  const how = {
    // What one person's browser keeps and allows is a matter of the whole.
    executablePath: process.env.CHROMIUM ?? (profile || process.env.HCCHAT_LONG === "1" ? whole : core),
    args: [
      "--no-sandbox",
      "--host-resolver-rules=MAP plain-http.test 127.0.0.1",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      // Microphones that beep and cameras, and nobody who would be asked for them.
      "--use-fake-device-for-media-stream=device-count=7",
      "--use-fake-ui-for-media-stream",
    ],
  };
  return profile ? chromium.launchPersistentContext(profile, { ...how, ...options }) : chromium.launch(how);
}

/** What each watched page did wrong. */
const faults = new WeakMap();

/**
 * A server and a browser for the tests of one `describe`, with its visitors checked and sent home after each test.
 * Call it inside the `describe`.
 */
export function stage(...settings) {
  const set = { server: undefined, browser: undefined };
  let open = [];
  before(async () => {
    set.server = await startServer(...settings);
    set.browser = await startBrowser();
  });
  after(async () => {
    await set.browser?.close();
    await set.server?.close();
  });
  afterEach(async () => {
    for (const { page } of open) assertClean(page);
    await Promise.all(open.map(({ context }) => context.close()));
    open = [];
  });
  set.visitor = async (options) => {
    const one = await visitor(set.browser, set.server, options);
    open.push(one);
    return one.page;
  };
  return set;
}

/** Who sits before a browser, as far as the tests mind. */
export const person = ({ url }) => ({
  locale: "en-US",
  colorScheme: "light",
  reducedMotion: "reduce",
  baseURL: url,
});

/**
 * A person's browser with one page. The page is watched: errors in the console, policy violations and requests to other
 * origins are collected for {@link assertClean}.
 */
export async function visitor(browser, server, options = {}) {
  const context = await browser.newContext({ ...person(server), ...options });
  return { context, page: await watchedPage(context, server) };
}

export async function watchedPage(context, server) {
  const page = await context.newPage();
  page.setDefaultTimeout(120_000); // a busy machine is no fault
  const found = [];
  faults.set(page, found);
  page.on("console", (message) => message.type() === "error" && found.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== server.url && protocol !== "blob:") found.push(`foreign request: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    if (new URL(socket.url()).host !== new URL(server.url).host) found.push(`foreign socket: ${socket.url()}`);
  });
  await page.exposeFunction("reportViolation", (what) => found.push(`policy violation: ${what}`));
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (event) => {
      window.reportViolation(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
    });
  });
  return page;
}

/** Fails when a page did what it must not. A page that lost its server may say so in the console. */
export function assertClean(page, { lostServer = false } = {}) {
  const found = faults
    .get(page)
    .filter((what) => !(lostServer && /^console: (WebSocket connection to|Failed to load resource)/.test(what)));
  assert.deepEqual(found, []);
}

/** What that page has done so far was meant, and is no fault. */
export function forgive(page) {
  faults.get(page).length = 0;
}

/** A stock hack.chat client, reduced to its socket. @param from its address, as a trusted proxy tells it */
export async function stockClient(server, channel, nick, pass, from) {
  const socket = new WebSocket(server.socketUrl, from ? { headers: { "X-Forwarded-For": from } } : {});
  const frames = [];
  const waiting = [];
  socket.on("message", (data) => {
    frames.push(JSON.parse(data));
    for (const check of waiting) check();
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const send = (frame) => socket.send(JSON.stringify(frame));
  const frame = (test) =>
    new Promise((resolve) => {
      const check = () => {
        const found = frames.find(test);
        if (found) resolve(found);
      };
      waiting.push(check);
      check();
    });
  send({ cmd: "join", channel, nick, ...(pass ? { pass } : {}) });
  await frame((f) => f.cmd === "onlineSet");
  return { send, frame, frames, close: () => socket.close() };
}

// What people do, by the names that people and screen readers see.

export async function createRoom(page, { title = "", nick }) {
  await page.goto("/");
  if (title) await page.getByLabel(/^Title/).fill(title);
  await page.getByLabel("Your name").fill(nick);
  await page.getByRole("button", { name: "Create room" }).click();
  await composer(page).waitFor();
}

/** Opens a link that asks for nothing but a name. */
export async function openLink(page, link, nick, pass) {
  await page.goto(link);
  await page.getByLabel("Your name").fill(nick);
  if (pass) await fillPass(page, pass);
  await page.getByRole("button", { name: "Open room" }).click();
  await composer(page).waitFor();
}

export async function openByPassphrase(page, { room, passphrase, nick }) {
  await fillOpenForm(page, { room, nick });
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Open room" }).click();
  await readyToSend(page);
}

/** The form that opens a room, filled but not sent. */
export async function fillOpenForm(page, { room, nick }) {
  await page.goto("/");
  await page.getByRole("tab", { name: "Open a room" }).click();
  await page.getByLabel("Room name or link").fill(room);
  await page.getByLabel("Your name").fill(nick);
}

async function fillPass(page, pass) {
  await page.locator("summary", { hasText: "Add a trip password" }).click();
  await page.getByLabel("Trip password").fill(pass);
}

/** Asks for a room without encryption. */
export async function fillPlain(page, { room, nick, pass }) {
  await fillOpenForm(page, { room, nick });
  if (pass) await fillPass(page, pass);
  await page.locator("summary", { hasText: "Other clients" }).click();
  await page.getByLabel("Without encryption, for hack.chat clients").check();
  await page.getByRole("button", { name: "Open without encryption" }).click();
}

export async function openPlain(page, options) {
  await fillPlain(page, options);
  await readyToSend(page);
}

/** Reloads a page that may still be on its way from another reload: the browser refuses until the new page is in the place of the old one. */
export async function reloadAgain(page) {
  for (;;) {
    try {
      return await page.reload();
    } catch (error) {
      if (!/Not attached to an active page|ERR_ABORTED/.test(error.message)) throw error;
    }
  }
}

export const composer = (page) => page.locator("textarea");
export const timeline = (page) => page.getByRole("log");

/** Settles when the room is joined and its key is there: the field takes the focus then. */
export async function readyToSend(page) {
  await page.waitForFunction(() => document.activeElement?.matches("textarea"), undefined, { timeout: 60_000 });
}

export async function say(page, text) {
  await entered(page);
  await sayUnheard(page, text);
}

/** Types and presses Enter, whether or not the room is open yet. */
export async function sayUnheard(page, text) {
  await composer(page).fill(text);
  await composer(page).press("Enter");
}

/** Settles when so many are in the room, as the page knows it; whoever is in it counts as one. */
export async function entered(page, least = 1) {
  await page.waitForFunction(
    (wanted) => {
      const count = document.querySelector(".room-header .count, .room-header .with-count span[aria-hidden]");
      return Number.parseInt(count?.textContent ?? "0", 10) >= wanted;
    },
    least,
    { timeout: 120_000 },
  );
}

/** Like {@link say} for texts of thousands of lines, which Chromium's own way of typing into a field takes minutes for. */
export async function sayAtOnce(page, text) {
  await composer(page).evaluate((field, value) => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }, text);
  await composer(page).press("Enter");
}

/** Settles when the text stands in the timeline. */
export async function sees(page, text, options) {
  await timeline(page).getByText(text, options).first().waitFor();
}

/** Chooses something from the room's menu. */
export async function chooseFromMenu(page, name, menu = "Room menu") {
  await page.getByRole("button", { name: menu, exact: true }).click();
  await page.getByRole("menuitem", { name, exact: true }).click();
}

/** The row of a message. */
export const row = (page, text) =>
  page
    .locator(".message")
    .filter({ has: page.locator(".body", { hasText: text }) })
    .last();

/** Chooses what to do with a message, as with a mouse. */
export async function act(page, text, name) {
  await row(page, text).hover();
  await row(page, text).getByRole("button", { name: "Actions for this message" }).click();
  await page.getByRole(/^\p{L}/u.test(name) ? "menuitem" : "menuitemcheckbox", { name, exact: true }).click();
}

/** Settles when one's last message has reached the server. */
export async function sent(page, options) {
  await page
    .getByRole("img", { name: /^(Sent|Delivered|Read)/ })
    .last()
    .waitFor(options);
}

/** Settles when nothing of one's own waits any more for the server. */
export async function allSent(page) {
  await page.getByRole("img", { name: "Sending" }).first().waitFor({ state: "detached" });
}

/** The link from the share dialog. */
export async function shareLink(page, label = "Link with the key") {
  await page.getByRole("button", { name: "Share", exact: true }).click();
  const link = await page.getByLabel(label, { exact: true }).inputValue();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  return link;
}
