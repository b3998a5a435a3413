// What takes minutes and gigabytes: only where it is asked for, by HCCHAT_LONG=1. It tells figures.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import { standBetween } from "./between.mjs";
import { writeFilm } from "./film.mjs";
import * as web from "./harness.mjs";

const minutes = (count) => ({ timeout: count * 60_000 });
const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

async function hashOf(path) {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

/** The most memory that a page's process has had while something was done. */
async function peak(browser, work) {
  const session = await browser.newBrowserCDPSession();
  let most = 0;
  let over = false;
  const look = async () => {
    while (!over) {
      await new Promise((resolve) => setTimeout(resolve, 200)); // looking must not be what takes the time
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      for (const { type, id } of processInfo) {
        if (type !== "renderer") continue;
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        most = Math.max(most, 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0));
      }
    }
  };
  const looking = look();
  const result = await work();
  over = true;
  await looking;
  return { most, result };
}

if (process.env.HCCHAT_LONG === "1") {
  describe("large files", () => {
    test("a film of 300 MB begins to play at once and leaps; a file of 1 GB comes back byte by byte", async () => {
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
        let began = performance.now();
        const up = await peak(browser, async () => {
          await files.choose(ann, film, "Photo or video");
          await files.tray(ann).getByText("2:00").waitFor();
          await files.sendChosen(ann);
          await bob.getByRole("button", { name: "Play video film.webm" }).waitFor(minutes(10));
        });
        console.log(
          `film up: ${((performance.now() - began) / 1000).toFixed(1)} s, ${mega(up.most)} (idle ${mega(idle)})`,
        );

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

        const path = join(folder, "large.bin");
        const writing = await open(path, "w");
        const block = randomBytes(1_000_000);
        for (let i = 0; i < 1_000; i++) {
          block.writeUInt32BE(i);
          await writing.write(block);
        }
        await writing.close();
        began = performance.now();
        const sent = await peak(browser, async () => {
          await files.choose(ann, path);
          await files.sendChosen(ann);
          await bob.getByRole("button", { name: "Save large.bin" }).waitFor(minutes(20));
        });
        console.log(`1 GB up: ${((performance.now() - began) / 1000).toFixed(1)} s, ${mega(sent.most)}`);
        began = performance.now();
        const down = await peak(browser, async () => {
          const [download] = await Promise.all([
            bob.waitForEvent("download", minutes(20)),
            bob.getByRole("button", { name: "Save large.bin" }).click(),
          ]);
          return download.path();
        });
        console.log(`1 GB down: ${((performance.now() - began) / 1000).toFixed(1)} s, ${mega(down.most)}`);
        assert.equal(await hashOf(down.result), await hashOf(path));
        for (const page of [ann, bob]) web.assertClean(page);
      } finally {
        await browser.close();
        await between.close();
        await server.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  });
}
