// What large files cost a page: memory, and time in which it cannot draw.
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";

/** A file of so many bytes, no block of which is like another. */
export async function writeLarge(path, bytes) {
  const writing = await open(path, "w");
  const block = randomBytes(1_000_000);
  for (let at = 0; at < bytes; at += block.length) {
    block.writeUInt32BE(at / block.length);
    await writing.write(block, 0, Math.min(block.length, bytes - at));
  }
  await writing.close();
}

export async function hashOf(path) {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

/** The most memory of its own that a page of a browser has had while something was done, in bytes. */
export async function peak(browser, work) {
  const session = await browser.newBrowserCDPSession();
  let [most, over] = [0, false];
  const look = async () => {
    while (!over) {
      const { processInfo } = await session.send("SystemInfo.getProcessInfo");
      for (const { id } of processInfo.filter(({ type }) => type === "renderer")) {
        const status = await readFile(`/proc/${id}/status`, "utf8").catch(() => "");
        most = Math.max(most, 1024 * Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0));
      }
      await new Promise((resolve) => setTimeout(resolve, 200)); // looking must not be what takes the time
    }
  };
  const looking = look();
  const result = await work().finally(() => (over = true));
  await looking;
  return { most, result };
}

/** The times for which a page could not draw while something was done, ms: what browsers call long tasks. */
export async function stutters(page, work) {
  await page.evaluate(() => {
    window.stutters = [];
    window.observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.stutters.push(duration);
    });
    window.observer.observe({ type: "longtask" });
  });
  await work();
  return page.evaluate(() => {
    for (const { duration } of window.observer.takeRecords()) window.stutters.push(duration);
    window.observer.disconnect();
    return window.stutters;
  });
}
