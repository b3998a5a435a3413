// What takes minutes and gigabytes: only where it is asked for, by HCCHAT_LONG=1. It tells figures.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import { standBetween } from "./between.mjs";
import { writeFilm } from "./film.mjs";
import * as web from "./harness.mjs";
import { hashOf, peak, stutters, writeLarge } from "./watch.mjs";

const minutes = (count) => ({ timeout: count * 60_000 });
const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;
const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

if (process.env.HCCHAT_LONG === "1") {
  describe("large files", () => {
    test("a film of 300 MB begins to play at once and leaps", async () => {
      const [server, browser] = [await web.startServer(), await web.startBrowser()];
      const folder = await mkdtemp(join(tmpdir(), "hcchat-long-"));
      const between = await standBetween(server);
      try {
        let fetched = 0;
        between.asked = ({ method, url, headers }) => {
          const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? "") ?? [];
          if (method === "GET" && url.startsWith("/hc-attachments/") && to) fetched += to - from + 1;
        };
        const visitor = async () => (await web.visitor(browser, between)).page;
        const { ann, bob } = await files.pair(visitor);

        const film = join(folder, "film.webm");
        const size = await writeFilm(ann, film, { seconds: 120, bytes: 300_000_000 });
        const idle = (await peak(browser, async () => undefined)).most;
        const began = performance.now();
        const up = await peak(browser, async () => {
          await files.choose(ann, film, "Photo or video");
          await files.tray(ann).getByText("2:00").waitFor();
          await files.sendChosen(ann);
          await bob.getByRole("button", { name: "Play video film.webm" }).waitFor(minutes(10));
        });
        console.log(`film up: ${seconds(performance.now() - began)}, ${mega(up.most)} (idle ${mega(idle)})`);

        fetched = 0;
        const first = await bob.evaluate(async () => {
          document.querySelector('[aria-label="Play video film.webm"]').click();
          const began = performance.now();
          for (;;) {
            const video = document.querySelector("video");
            if (video) return new Promise((r) => video.requestVideoFrameCallback(() => r(performance.now() - began)));
            await new Promise((resolve) => requestAnimationFrame(resolve));
          }
        });
        const before = fetched;
        const leap = await bob.evaluate(async () => {
          const video = document.querySelector("video");
          const began = performance.now();
          video.currentTime = 60;
          for (;;) {
            const at = await new Promise((r) => video.requestVideoFrameCallback((_, { mediaTime }) => r(mediaTime)));
            if (at >= 60) return performance.now() - began;
          }
        });
        console.log(`first frame after ${first.toFixed(0)} ms with ${mega(before)} of ${mega(size)} fetched`);
        console.log(`leap to the middle: ${leap.toFixed(0)} ms, ${mega(fetched - before)} fetched`);
        assert.ok(fetched < size / 2);
        await bob.evaluate(() => document.querySelector("video").pause());

        for (const page of [ann, bob]) web.assertClean(page);
      } finally {
        await browser.close();
        await between.close();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      }
    });

    const size = Number(process.env.HCCHAT_LARGE ?? 5_000_000_000);
    test("a file of 5 GB comes back byte by byte, costs a page at most 100 MB, and does not make it stutter", async () => {
      const [server, folder] = [await web.startServer(), await mkdtemp(join(tmpdir(), "hcchat-large-"))];
      const people = [];
      for (const name of ["ann", "bob"]) {
        people.push(await web.startBrowser(join(folder, name), { ...web.person(server), acceptDownloads: true }));
      }
      try {
        const next = people.values();
        const visitor = () => web.watchedPage(next.next().value, server);
        const { ann, bob } = await files.pair(visitor);
        const path = join(folder, "large.bin");
        await writeLarge(path, size);
        /** What it took, for whoever reads the figures. */
        const told = async (what, page, work) => {
          const browser = page.context().browser();
          const idle = (await peak(browser, async () => undefined)).most;
          const began = performance.now();
          let long;
          const { most, result } = await peak(browser, async () => {
            let done;
            long = await stutters(page, async () => (done = await work()));
            return done;
          });
          const [time, worst] = [seconds(performance.now() - began), Math.max(0, ...long)];
          console.log(
            `${mega(size)} ${what}: ${time}, ${mega(most - idle)} above ${mega(idle)}; ${long.length} stutters, ${worst} ms`,
          );
          assert.ok(most - idle < 100_000_000);
          return result;
        };
        await told("up", ann, async () => {
          await files.choose(ann, path);
          await files.sendChosen(ann);
          await bob.getByRole("button", { name: "Save large.bin" }).waitFor(minutes(60));
        });
        const came = await told("down", bob, async () => {
          const [download] = await Promise.all([
            bob.waitForEvent("download", minutes(60)),
            bob.getByRole("button", { name: "Save large.bin" }).click(),
          ]);
          return download.path();
        });
        assert.equal(await hashOf(came), await hashOf(path));
        for (const page of [ann, bob]) web.assertClean(page);
      } finally {
        for (const one of people) await one.close();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
}
