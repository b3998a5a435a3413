// What is not in the store any more, and browsers that cannot take what is there.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import * as web from "./harness.mjs";
import * as member from "./member.mjs";

const gone = "The file is not there any more. Whoever sent it can send it again.";

describe("a file that the store has lost", () => {
  const set = web.stage();

  /** The files of the objects that lie in the store. */
  const stored = async () => {
    const found = await readdir(set.server.data, { recursive: true, withFileTypes: true });
    const all = found.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    return all.filter((path) => /objects/.test(path) && !/\.(db|db-\w+|json)$/.test(path));
  };

  test("is said to be gone, torn or missing, at once and in both languages", async () => {
    const { ann, bob, link } = await files.pair(set.visitor);
    const cai = await set.visitor({ locale: "zh-CN" });
    await files.plainWays(cai);
    await enterInChinese(cai, link);
    const buffer = Buffer.alloc(20_000_000, 7);
    await files.choose(ann, [{ name: "large.bin", mimeType: "application/octet-stream", buffer }]);
    await files.sendChosen(ann);
    for (const page of [bob, cai]) await page.getByText("large.bin").first().waitFor();

    const paths = await stored();
    assert.ok(paths.length > 0);
    // The built-in store gives no byte of what is not whole.
    await truncate(paths[0], 1_000_000);
    await bob.getByRole("button", { name: "Save large.bin" }).click();
    await bob.getByText(gone).waitFor();
    for (const path of paths) await rm(path);
    await cai.getByRole("button", { name: "保存 large.bin" }).click();
    await cai.getByText("文件已经不在了。可以请发送者重新发送。").waitFor();
    for (const page of [bob, cai]) web.forgive(page); // what the store answers stands in the console
  });

  test("is said to be gone where it was to be played or shown", async () => {
    const { ann, bob } = await files.pair(set.visitor);
    const [film, picture] = [Buffer.alloc(17_000_000, 1), await files.picture(ann)];
    await bob.context().route(/\/hc-attachments\//, (route) => route.fulfill({ status: 404 }));
    await files.choose(ann, [{ name: "film.mp4", mimeType: "video/mp4", buffer: film }]);
    await files.sendChosen(ann);
    await bob.getByRole("button", { name: "Play video film.mp4" }).click();
    await bob.getByText(gone).waitFor();
    await files.choose(ann, [{ name: "sea.jpg", mimeType: "image/jpeg", buffer: picture }]);
    await files.sendChosen(ann);
    await bob.getByText(gone).nth(1).waitFor();
    web.forgive(bob);
  });
});

describe("a file that was saved", () => {
  const set = web.stage();

  test("lies in the browser's own place no longer than its page, whatever comes after", async () => {
    const { ann, bob } = await files.pair(set.visitor);
    const buffer = Buffer.alloc(17_000_000, 5);
    await files.choose(ann, [{ name: "once.bin", mimeType: "application/octet-stream", buffer }]);
    await files.sendChosen(ann);
    await bob.getByText("once.bin").first().waitFor();
    assert.equal(files.sha256((await files.saved(bob, "once.bin")).bytes), files.sha256(buffer));
    assert.equal(await bob.evaluate(lying), 1);
    const other = await web.watchedPage(bob.context(), set.server);
    await other.goto("/");
    await web.createRoom(other, { nick: "Bob2" });
    assert.equal(await other.evaluate(lying), 1, "the page that has saved it may still be handing it over");
    await bob.goto("about:blank");
    await other.goto("/");
    while ((await other.evaluate(lying)) > 0); // until the test has taken too long
    web.assertClean(other);
  });
});

/** How many files lie in a page's private place. Runs in the page. */
async function lying() {
  const count = async (folder) => {
    let all = 0;
    try {
      for await (const one of folder.values()) all += one.kind === "file" ? 1 : await count(one);
    } catch (error) {
      if (error.name !== "NotFoundError") throw error; // it goes just now
    }
    return all;
  };
  return count(await navigator.storage.getDirectory());
}

describe("a browser without a place on the disk", () => {
  const set = web.stage();

  test("says at once, in both languages, that a file is too large for it, and saves what fits", async () => {
    const { ann, bob, link } = await files.pair(set.visitor);
    const cai = await set.visitor({ locale: "zh-CN" });
    await files.plainWays(cai);
    for (const page of [bob, cai]) await page.addInitScript(() => delete StorageManager.prototype.getDirectory);
    await bob.reload();
    await web.composer(bob).waitFor();
    await enterInChinese(cai, link);
    // How large it is says the sender: nothing has to be so large for it.
    const eve = await member.enter(set.server, member.roomOf(link), "Eve");
    const random = (length) => randomBytes(length).toString("base64");
    const encryption = { scheme: "aes-256-gcm.stream", noncePrefixB64: random(7), chunkSize: 65_536 };
    const about = { name: "huge.bin", mime: "application/octet-stream", size: 5_000_000_000 };
    const huge = { objectKey: "o/none/none.bin", ...about, keyB64: random(32), encryption };
    await eve.say(member.content({ t: "file", nick: "Eve", body: "", files: [huge] }));
    await bob.getByRole("button", { name: "Save huge.bin" }).click();
    await bob.getByText("This browser cannot write it to the disk while it comes").waitFor();
    await cai.getByRole("button", { name: "保存 huge.bin" }).click();
    await cai.getByText("此浏览器无法边接收边写入磁盘").waitFor();
    eve.close();

    const buffer = Buffer.alloc(17_000_000, 3);
    await files.choose(ann, [{ name: "fits.bin", mimeType: "application/octet-stream", buffer }]);
    await files.sendChosen(ann);
    assert.equal(files.sha256((await files.saved(bob, "fits.bin")).bytes), files.sha256(buffer));
  });
});

async function enterInChinese(page, link) {
  await page.goto(link);
  await page.getByLabel("你的名字").fill("Cai");
  await page.getByRole("button", { name: "打开房间" }).click();
  await web.composer(page).waitFor();
}
