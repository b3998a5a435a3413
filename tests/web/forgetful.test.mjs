import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import * as web from "./harness.mjs";

/** What Chromium keeps of somebody who has forbidden all pages to keep anything. */
const forbidden = JSON.stringify({ profile: { default_content_setting_values: { cookies: 2 } } });

describe("a browser that lets pages keep nothing", () => {
  const set = web.stage();

  test("lets people talk and send files, and says in both languages what is forgotten", async () => {
    const profile = await mkdtemp(join(tmpdir(), "hcchat-forgetful-"));
    await mkdir(join(profile, "Default"));
    await writeFile(join(profile, "Default/Preferences"), forbidden);
    const context = await web.startBrowser(profile, web.person(set.server));
    try {
      const ann = await web.watchedPage(context, set.server);
      const bob = await set.visitor({ locale: "zh-CN" });
      // As browsers do that forbid it already when it is looked at.
      await bob.addInitScript(() => {
        for (const name of ["indexedDB", "localStorage", "sessionStorage"]) {
          const get = () => {
            throw new DOMException("Forbidden", "SecurityError");
          };
          Object.defineProperty(window, name, { configurable: true, get });
        }
      });
      await files.plainWays(ann);
      await ann.goto("/");
      await ann.getByText("This browser lets this page keep nothing.").waitFor();
      assert.equal(await ann.getByRole("checkbox").count(), 0, "it offers to remember nothing");
      await web.createRoom(ann, { nick: "Ann" });
      await bob.goto(await web.shareLink(ann));
      await bob.getByText("此浏览器不允许此页面保存任何内容。").waitFor();
      await bob.getByLabel("你的名字").fill("Bob");
      await bob.getByRole("button", { name: "打开房间" }).click();
      await web.composer(bob).waitFor();
      await web.entered(ann, 2);
      await web.say(ann, "all the same");
      await web.sees(bob, "all the same");
      await files.choose(ann, [{ name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("kept nowhere") }]);
      await files.sendChosen(ann);
      await bob.getByText("note.txt").first().waitFor();
      await web.say(bob, "got it");
      await web.sees(ann, "got it");
      await ann.reload();
      await ann.getByText("This browser lets this page keep nothing.").waitFor();
      assert.equal(await web.composer(ann).count(), 0);
      web.assertClean(ann);
    } finally {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    }
  });
});
