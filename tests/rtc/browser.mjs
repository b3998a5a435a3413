// People in Chromium with livekit-client as it is published.
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { until } from "./host.mjs";

const here = fileURLToPath(new URL("./", import.meta.url));
const client = `${here}node_modules/livekit-client/dist/`;
const files = {
  "/": [`${here}page.html`, "text/html"],
  "/client.js": [`${client}livekit-client.umd.js`, "text/javascript"],
  "/worker.js": [`${client}livekit-client.e2ee.worker.js`, "text/javascript"],
};

export class Browser {
  static async start() {
    const one = new Browser();
    one.server = createServer(async (request, response) => {
      const [file, type] = files[request.url] ?? [];
      if (!file) return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": type }).end(await readFile(file));
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => one.server.once("listening", resolve));
    one.chromium = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        "--autoplay-policy=no-user-gesture-required",
      ],
    });
    return one;
  }

  /** An open page that is not in a call yet. */
  async page() {
    const context = await this.chromium.newContext({ permissions: ["camera", "microphone"] });
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${this.server.address().port}/`);
    return page;
  }

  async stop() {
    await this.chromium?.close();
    this.server.close();
  }
}

/** Somebody in a call. */
export class Person {
  constructor(page, identity) {
    Object.assign(this, { page, identity });
  }

  static async join(
    browser,
    host,
    room,
    identity,
    { key, options, connect, url = host.url, publishes = true, before } = {},
  ) {
    const one = new Person(await browser.page(), identity);
    const token = await host.token(room, identity);
    if (before) await one.page.evaluate(before);
    await one.page.evaluate(([u, t, o]) => enter(u, t, o), [url, token, { key, options, connect }]);
    if (publishes) await one.page.evaluate(() => publish());
    return one;
  }

  events() {
    return this.page.evaluate(() => events);
  }

  async has(name, ...args) {
    return (await this.events()).some((event) => event[0] === name && args.every((a, i) => event[i + 1] === a));
  }

  /** What has come of whom. */
  async of(other, kind, source) {
    const all = await this.page.evaluate(() => received());
    return all.find((r) => r.from === other.identity && r.kind === kind && (!source || r.source === source));
  }

  /** Waits until more of their pictures and sounds are decoded than there were. */
  async sees(other) {
    const before = { video: await this.of(other, "video"), audio: await this.of(other, "audio") };
    await until(async () => {
      const [video, audio] = [await this.of(other, "video"), await this.of(other, "audio")];
      return (
        video?.frames >= (before.video?.frames ?? 0) + 10 &&
        audio?.samples >= (before.audio?.samples ?? 0) + 24_000 &&
        audio
      );
    }, `${this.identity} to see and hear ${other.identity}`).catch(async (e) => {
      const [events, all] = [await this.events(), await this.page.evaluate(() => received())];
      throw new Error(
        `${e.message}; before ${JSON.stringify(before)}, now ${JSON.stringify(all)}, and ${JSON.stringify(events)}`,
      );
    });
  }

  do(action, ...args) {
    return this.page.evaluate(action, ...args);
  }

  async leave() {
    await this.page.evaluate(() => room.disconnect());
    await this.page.context().close();
  }
}
