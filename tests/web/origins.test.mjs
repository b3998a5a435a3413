// A page of another origin, in the browser of somebody who is in a room: it may do nothing here that an outsider's program could not.
import { after, before, describe, test } from "node:test";
import assert from "node:assert/strict";
import { createServer } from "node:http";
import * as web from "./harness.mjs";

const calls = [
  ["GET", "/api/messages?room=lair"],
  ["POST", "/api/messages", { room: "lair", nick: "eve", text: "from elsewhere" }],
  ["POST", "/api/auth/login", { nick: "eve" }],
  ["POST", "/api/auth/refresh", { refreshToken: "x" }],
  ["POST", "/api/auth/logout", { refreshToken: "x" }],
  ["POST", "/api/chat/token", { room: "lair", nick: "eve" }],
  ["POST", "/api/reports", { room: "lair", reason: "from elsewhere" }],
  ["GET", "/api/admin/status"],
  ["POST", "/api/admin/rooms/close", { room: "lair" }],
];

/** A site of somebody else. */
async function startSite() {
  const site = createServer((_, response) => {
    response.setHeader("Content-Type", "text/html");
    response.end("<!doctype html><title>elsewhere</title>");
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => site.once("listening", resolve));
  const url = `http://127.0.0.1:${site.address().port}`;
  return { url, close: () => new Promise((resolve) => site.close(resolve)) };
}

/** Makes every call from within a page; what it could read of the answer, or `blocked`. */
function callFrom(page, server, mode, type, authorization) {
  return page.evaluate(
    async ({ server, calls, mode, type, authorization }) => {
      const told = [];
      for (const [method, path, body] of calls) {
        const headers = {
          ...(body && { "Content-Type": type }),
          ...(authorization && { Authorization: authorization }),
        };
        const request = { method, mode, credentials: "include", headers, body: body && JSON.stringify(body) };
        try {
          const answer = await fetch(server + path, request);
          told.push(answer.type === "opaque" ? "blocked" : `${method} ${path} ${answer.status} ${await answer.text()}`);
        } catch {
          told.push("blocked");
        }
      }
      return told;
    },
    { server, calls, mode, type, authorization },
  );
}

const opens = (page, address) =>
  page.evaluate(
    (url) =>
      new Promise((resolve) => {
        const socket = new WebSocket(url);
        socket.onopen = () => resolve(true);
        socket.onerror = () => resolve(false);
      }),
    address,
  );

describe("a page of another origin", () => {
  const stage = web.stage();
  let site;
  before(async () => {
    site = await startSite();
  });
  after(() => site.close());

  test("does nothing and learns nothing, though its visitor is in a room here", async () => {
    const ann = await stage.visitor();
    await web.openPlain(ann, { room: "lair", nick: "Ann", pass: "a secret" });
    await web.say(ann, "among us");
    await web.sent(ann);
    const { server } = stage;
    const login = await fetch(`${server.url}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ nick: "Ann" }),
    });
    const { accessToken } = await login.json();

    const elsewhere = await ann.context().newPage();
    await elsewhere.goto(site.url);
    const nothing = calls.map(() => "blocked");
    for (const type of ["application/json", "text/plain"]) {
      assert.deepEqual(await callFrom(elsewhere, server.url, "cors", type), nothing);
      assert.deepEqual(await callFrom(elsewhere, server.url, "no-cors", type), nothing);
      assert.deepEqual(await callFrom(elsewhere, server.url, "cors", type, `Bearer ${accessToken}`), nothing);
    }
    assert.equal(await opens(elsewhere, server.socketUrl), false);
    assert.equal(await opens(elsewhere, server.url.replace("http", "ws")), false);

    // Nothing of it got through: the room is there, nobody has come, nothing was said, nothing reported.
    await web.say(ann, "still alone");
    await web.sent(ann);
    const said = await web.timeline(ann).innerText();
    assert.doesNotMatch(said, /elsewhere|eve/);
    assert.deepEqual((await server.admin("reports")).length, 0);
  });

  test("can neither frame nor hold nor include anything of it", async () => {
    const ann = await stage.visitor();
    await web.openPlain(ann, { room: "lair", nick: "Ann" });
    const elsewhere = await ann.context().newPage();
    await elsewhere.goto(site.url);
    const { url } = stage.server;

    await elsewhere.evaluate(
      (address) =>
        new Promise((resolve) => {
          const frame = document.createElement("iframe");
          frame.onload = resolve;
          frame.src = address;
          document.body.append(frame);
        }),
      `${url}/#/r/lair?e=0`,
    );
    const [, framed] = elsewhere.frames();
    assert.match(framed.url(), /^chrome-error:/);

    const [popup] = await Promise.all([
      elsewhere.context().waitForEvent("page"),
      elsewhere.evaluate((address) => void (window.held = open(address)), `${url}/#/r/lair?e=0`),
    ]);
    await popup.getByLabel("Your name").waitFor();
    assert.equal(await popup.evaluate(() => window.opener), null);
    assert.equal(await elsewhere.evaluate(() => window.held.closed), true);

    const included = await elsewhere.evaluate(
      (base) =>
        Promise.all(
          ["img", "script", "link"].map(
            (name) =>
              new Promise((resolve) => {
                const element = document.createElement(name);
                element.onload = () => resolve("loaded");
                element.onerror = () => resolve("refused");
                if (name === "link") Object.assign(element, { rel: "stylesheet", href: `${base}/api/health` });
                else element.src = name === "img" ? `${base}/icon.svg` : `${base}/api/health`;
                document.head.append(element);
              }),
          ),
        ),
      url,
    );
    assert.deepEqual(included, ["refused", "refused", "refused"]);
  });
});

describe("a page of an origin that the operator named", () => {
  let site, server, browser;
  before(async () => {
    site = await startSite();
    server = await web.startServer(`--Gateway:AllowedOrigins=${site.url}`);
    browser = await web.startBrowser();
  });
  after(async () => {
    await browser.close();
    await server.close();
    await site.close();
  });

  test("may connect, and reads what the API answers with a token, but sends no cookies along", async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(site.url);
    assert.equal(await opens(page, server.socketUrl), true);
    const [status, nick] = await page.evaluate(async (url) => {
      const headers = { "Content-Type": "application/json" };
      const login = await fetch(`${url}/api/auth/login`, { method: "POST", headers, body: '{"nick":"ann"}' });
      const { accessToken } = await login.json();
      const token = await fetch(`${url}/api/chat/token`, {
        method: "POST",
        headers: { ...headers, Authorization: `Bearer ${accessToken}` },
        body: '{"room":"lair"}',
      });
      return [login.status, typeof (await token.json()).jwt];
    }, server.url);
    assert.deepEqual([status, nick], [200, "string"]);
    const cookies = await callFrom(page, server.url, "cors", "application/json");
    assert.deepEqual(new Set(cookies), new Set(["blocked"]));
    await context.close();
  });
});
