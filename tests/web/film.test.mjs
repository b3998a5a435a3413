import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as files from "./attach.mjs";
import { standBetween } from "./between.mjs";
import { writeFilm } from "./film.mjs";
import * as web from "./harness.mjs";

describe("films", () => {
  let [server, browser, folder, between] = [];
  before(async () => {
    [server, browser] = [await web.startServer(), await web.startBrowser()];
    folder = await mkdtemp(join(tmpdir(), "hcchat-film-"));
    between = await standBetween(server);
  });
  after(async () => {
    await browser?.close();
    await between?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** Two people, and which bytes of objects are fetched. */
  async function people() {
    const fetched = [];
    between.asked = ({ method, url, headers }) => {
      const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
      if (method === "GET" && url.startsWith("/hc-attachments/")) fetched.push(to ? [+from, +to] : "whole");
    };
    const open = [];
    const visitor = async () => {
      const one = await web.visitor(browser, between);
      open.push(one);
      return one.page;
    };
    const leave = async () => {
      for (const { page } of open) web.assertClean(page);
      await Promise.all(open.map(({ context }) => context.close()));
    };
    return { ...(await files.pair(visitor)), fetched, leave };
  }

  const video = (page) => page.getByLabel(/^Video: /).and(page.locator("video"));
  const plays = (page, from) =>
    page.waitForFunction((least) => document.querySelector("video")?.currentTime > least, from);

  /** Presses "Play". On a busy machine a service worker may take longer than a person would wait: then once more. */
  async function play(page, name) {
    const problem = page.locator(".film .problem");
    do {
      await page.getByRole("button", { name: `Play video ${name}` }).click();
      await page.locator("video").or(problem).first().waitFor();
    } while ((await problem.count()) > 0);
  }

  test("a small film has its picture and its length, and plays when it is whole", async () => {
    const { ann, bob, leave } = await people();
    const path = join(folder, "small.webm");
    await writeFilm(ann, path, { seconds: 4, bytes: 300_000 });
    await files.choose(ann, path, "Photo or video");
    await files.tray(ann).getByText("0:04").waitFor();
    await files.sendChosen(ann);
    await bob.getByRole("button", { name: "Play video small.webm" }).waitFor();
    assert.equal(await bob.locator(".film .placeholder").count(), 1);
    await bob.getByRole("button", { name: "Play video small.webm" }).click();
    await plays(bob, 0.5);
    assert.match(await video(bob).getAttribute("src"), /^blob:/);
    await leave();
  });

  test("a large film plays while it loads, still encrypted on its way, and of where one leaps only what is needed is fetched", async () => {
    const { ann, bob, fetched, leave } = await people();
    const path = join(folder, "large.webm");
    const size = await writeFilm(ann, path, { seconds: 60, bytes: 120_000_000 });
    await files.choose(ann, path, "Photo or video");
    await files.tray(ann).getByText("1:00").waitFor();
    await files.sendChosen(ann);
    await bob.getByRole("button", { name: "Play video large.webm" }).waitFor({ timeout: 120_000 });
    fetched.length = 0;
    await play(bob, "large.webm");
    await plays(bob, 0.2);
    await bob.getByText("Plays while it loads").waitFor();
    assert.equal(await video(bob).getAttribute("controlslist"), "nodownload", "it is saved verified, or not at all");
    assert.equal(await bob.evaluate(() => document.querySelector("video").duration), 60);
    await bob.evaluate(() => (document.querySelector("video").currentTime = 45));
    await plays(bob, 45.2);
    assert.ok(fetched.length > 0 && fetched.every((range) => range !== "whole"));
    const touched = (at) => fetched.some(([from, to]) => from <= at && at <= to);
    // A second's frames lie at its beginning, and padding behind them; a piece of 64 KiB is fetched whole, with its tag.
    const piece = Math.floor((size * 0.75 + 1000) / 65_536);
    assert.ok(touched(piece * 65_552 + 1000), "what is shown was fetched");
    assert.ok(!touched(Math.floor(size * 0.6)), "what lies between was not");
    const bytes = fetched.reduce((sum, [from, to]) => sum + to - from + 1, 0);
    assert.ok(bytes < size * 0.7, `${bytes} of ${size} bytes`);
    await leave();
  });

  test("where no service worker serves the page, a film up to a size plays when it is whole", async () => {
    const { ann, bob, leave } = await people();
    await bob.evaluate(() => {
      Object.defineProperty(navigator.serviceWorker, "register", { value: () => Promise.reject(new Error("none")) });
    });
    const path = join(folder, "middle.webm");
    await writeFilm(ann, path, { seconds: 6, bytes: 18_000_000 });
    await files.choose(ann, path, "Photo or video");
    await files.tray(ann).getByText("0:06").waitFor();
    await files.sendChosen(ann);
    await bob.getByRole("button", { name: "Play video middle.webm" }).click({ timeout: 60_000 });
    await plays(bob, 0.2);
    assert.match(await video(bob).getAttribute("src"), /^blob:/);
    await leave();
  });
});
