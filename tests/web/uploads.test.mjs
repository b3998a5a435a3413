import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import * as files from "./attach.mjs";
import * as web from "./harness.mjs";

/** More than is kept on the device, in several parts. bytes */
const size = 24_000_000;

describe("uploads", () => {
  let [server, browser, open, folder] = [];
  before(async () => {
    [server, browser] = [await web.startServer(), await web.startBrowser()];
    folder = await mkdtemp(join(tmpdir(), "hcchat-uploads-"));
  });
  beforeEach(() => (open = []));
  afterEach(() => Promise.all(open.map((page) => page.context().close())));
  after(async () => {
    await browser?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** A file on the disk, and its bytes. */
  async function written(name) {
    const [path, bytes] = [join(await mkdtemp(join(folder, "in-")), name), randomBytes(size)];
    await writeFile(path, bytes);
    return { path, bytes };
  }

  const visitor = async () => {
    const { page } = await web.visitor(browser, server);
    open.push(page);
    return page;
  };

  /** Lets the first part of an object through and holds what follows, until it is let go. */
  async function holdParts(page, through = 1) {
    const held = [];
    let [passed, holds] = [0, true];
    await page.route(/\/hc-attachments\//, (route) => {
      if (route.request().method() !== "PUT") return route.continue();
      if (!holds || passed++ < through) return route.continue();
      held.push(route);
    });
    return {
      held,
      letGo: async () => {
        holds = false;
        await Promise.all(held.map((route) => route.continue().catch(() => undefined))); // its page may be gone
      },
    };
  }

  const progress = (page, name) => page.getByRole("progressbar", { name: `Sending ${name}` });
  const halfway = (page, name) =>
    page.waitForFunction(
      (label) => +document.querySelector(`[role=progressbar][aria-label="${label}"]`)?.ariaValueNow > 0,
      `Sending ${name}`,
    );
  /** A file in the browser's own place: its handle can be kept, and read again without asking. */
  const ownFile = (page, name, bytes) =>
    page.evaluate(
      async ([name, bytes]) => {
        const root = await navigator.storage.getDirectory();
        const handle = await root.getFileHandle(name, { create: true });
        const sink = await handle.createWritable();
        const piece = new Uint8Array(1_000_000).map((_, i) => (i * 31) % 251);
        for (let at = 0; at < bytes; at += piece.length) await sink.write(piece.subarray(0, bytes - at));
        await sink.close();
        window.showOpenFilePicker = async () => [handle];
        const hash = new Uint8Array(
          await crypto.subtle.digest("SHA-256", await (await handle.getFile()).arrayBuffer()),
        );
        return Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
      },
      [name, bytes],
    );
  const chooseOwn = async (page) => {
    await page.getByRole("button", { name: "Attach", exact: true }).click();
    await page.getByRole("menuitem", { name: "File", exact: true }).click();
    await files.tray(page).waitFor();
  };

  /** Gives one its file again. */
  const pick = async (page, { path }) => {
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: /^Choose \S+ again$/ }).click(),
    ]);
    await chooser.setFiles(path);
  };

  test("one that a reload interrupts goes on by itself where the browser may read the file again", async () => {
    const { ann, bob } = await files.pair(visitor);
    const hash = await ownFile(ann, "own.bin", size);
    const parts = await holdParts(ann);
    await chooseOwn(ann);
    await files.sendChosen(ann, "goes on");
    await halfway(ann, "own.bin");
    await ann.reload();
    await progress(ann, "own.bin").waitFor();
    await parts.letGo();
    await bob.getByText("own.bin").first().waitFor({ timeout: 90_000 });
    assert.equal(files.sha256((await files.saved(bob, "own.bin")).bytes), hash);
    assert.equal(await bob.getByText("goes on").count(), 1);
    for (const page of open) web.assertClean(page);
  });

  test("one whose file must be picked again says so, takes no other, and goes on with the same", async () => {
    const { ann, bob } = await files.pair(visitor);
    const [file, other] = [await written("again.bin"), await written("again.bin")];
    const parts = await holdParts(ann);
    await files.choose(ann, file.path);
    await files.sendChosen(ann);
    await halfway(ann, "again.bin");
    await ann.reload();
    await ann.getByText("Choose the file again to go on").waitFor();
    await parts.letGo();
    await pick(ann, other);
    await ann
      .getByRole("alert")
      .getByText(/That is another file/)
      .waitFor();
    await pick(ann, file);
    await bob.getByText("again.bin").first().waitFor({ timeout: 90_000 });
    assert.equal(files.sha256((await files.saved(bob, "again.bin")).bytes), files.sha256(file.bytes));
    for (const page of open) web.assertClean(page);
  });

  test("one is paused, gone on with and cancelled, and of what was cancelled nothing arrives", async () => {
    const { ann, bob } = await files.pair(visitor);
    const [file, parts] = [await written("stop.bin"), await holdParts(ann)];
    await files.choose(ann, file.path);
    await files.sendChosen(ann);
    await halfway(ann, "stop.bin");
    await ann.getByRole("button", { name: "Pause stop.bin" }).click();
    await ann.locator(".transfer-how", { hasText: "Paused" }).waitFor();
    await ann.getByRole("button", { name: "Go on with stop.bin" }).click();
    await ann.getByRole("button", { name: "Cancel stop.bin" }).click();
    await ann.locator(".file-card").waitFor({ state: "detached" });
    await parts.letGo();
    await web.say(ann, "after all");
    await web.sees(bob, "after all");
    assert.equal(await bob.locator(".files").count(), 0);
    for (const page of open) web.assertClean(page, { lostServer: true }); // what was on its way is broken off
  });

  test("one that the server dies under goes on when it is back, and what the store refuses is tried again by hand", async () => {
    const { ann, bob } = await files.pair(visitor);
    const [file, parts] = [await written("killed.bin"), await holdParts(ann)];
    await files.choose(ann, file.path);
    await files.sendChosen(ann);
    await halfway(ann, "killed.bin");
    await server.kill();
    await parts.letGo();
    await ann.getByText("Connection lost.").first().waitFor();
    let refuses = true;
    await ann.unrouteAll({ behavior: "ignoreErrors" });
    await ann.route(/\/hc-attachments\//, (route) =>
      refuses && route.request().method() === "PUT" ? route.fulfill({ status: 400, body: "" }) : route.continue(),
    );
    await server.start();
    await ann.getByText("The store of this server does not take it.").waitFor({ timeout: 90_000 });
    refuses = false;
    await ann.getByRole("button", { name: "Try killed.bin again" }).click();
    await bob.getByText("killed.bin").first().waitFor({ timeout: 90_000 });
    assert.equal(files.sha256((await files.saved(bob, "killed.bin")).bytes), files.sha256(file.bytes));
    for (const page of open) web.assertClean(page, { lostServer: true });
  });

  test("what is sent before the page has what sends it is not lost: it goes with a connection, or when somebody says so", async () => {
    const { ann, bob } = await files.pair(visitor);
    const comeWithout = async () => {
      await ann.route(/assets\/desk-[^/]*js/, (route) => route.abort());
      await ann.reload();
      await web.composer(ann).waitFor();
      await web.entered(ann, 2);
    };
    const send = async (name) => {
      await files.choose(ann, [{ name, mimeType: "application/octet-stream", buffer: Buffer.alloc(9, 1) }]);
      await files.sendChosen(ann, `with ${name}`);
      await ann.getByText("Not sent: There is no connection.").last().waitFor();
    };
    await comeWithout();
    await send("early.bin");
    await server.kill();
    await ann.unrouteAll();
    await ann.getByText("Connection lost.").first().waitFor();
    await server.start();
    await web.sees(bob, "with early.bin");
    assert.equal((await files.saved(bob, "early.bin")).bytes.length, 9);
    assert.equal(await ann.getByText("Not sent").count(), 0);
    await comeWithout();
    await send("again.bin");
    await ann.unrouteAll();
    await ann.getByRole("button", { name: "Try again" }).click();
    await web.sees(bob, "with again.bin");
  });

  test("one that was begun before the browser was closed goes on in the next, in another session, once its file is picked again", async () => {
    const profile = await mkdtemp(join(folder, "profile-"));
    const file = await written("later.bin");
    const bob = await visitor();
    await files.plainWays(bob);
    await web.createRoom(bob, { nick: "Bob" });
    const link = await web.shareLink(bob);
    const partOf = (request) => request.method() === "PUT" && new URL(request.url()).searchParams.get("partNumber");
    /** Ann in a browser that was started anew, and the parts that she puts to the store. */
    const start = async (nick) => {
      const context = await web.startBrowser(profile, web.person(server));
      const page = await web.watchedPage(context, server);
      const parts = [];
      page.on("requestfinished", (request) => {
        if (partOf(request)) parts.push(partOf(request));
      });
      await files.plainWays(page);
      await page.addInitScript((name) => localStorage.setItem("hcchat.nick", JSON.stringify(name)), nick);
      const held = await holdParts(page);
      await page.goto(link);
      await web.composer(page).waitFor();
      return { page, context, parts, letGo: held.letGo };
    };
    const first = await start("Ann");
    const put = first.page.waitForEvent("requestfinished", partOf);
    await files.choose(first.page, file.path);
    await files.sendChosen(first.page, "begun yesterday");
    await put;
    await halfway(first.page, "later.bin");
    await first.context.close();
    const next = await start("Ann_again");
    await next.page.getByText("Choose the file again to go on").waitFor();
    await next.letGo();
    await pick(next.page, file);
    await bob.getByText("later.bin").first().waitFor();
    assert.equal(files.sha256((await files.saved(bob, "later.bin")).bytes), files.sha256(file.bytes));
    assert.equal(await bob.getByText("begun yesterday").count(), 1);
    const all = [...first.parts, ...next.parts];
    assert.ok(all.length - new Set(all).size <= 1, `put: ${first.parts}, then ${next.parts}`);
    assert.ok(next.parts.length < new Set(all).size, "what was there was not put again");
    web.assertClean(next.page);
    await next.context.close();
  });
});
