import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as files from "./attach.mjs";
import { writeFilm } from "./film.mjs";
import * as web from "./harness.mjs";

const phone = { width: 320, height: 640 };
/** Pictures of what is tested are left there, where somebody wants to look. */
const shots = process.env.HCCHAT_SHOTS;

describe("how files look and read", () => {
  const { visitor } = web.stage();
  let [axe, folder] = [];
  before(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
    folder = await mkdtemp(join(tmpdir(), "hcchat-looks-"));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  /** It can be read by everybody and fits its window. */
  const sound = async (page, where) => {
    if (shots) await page.screenshot({ path: join(shots, `${where.replaceAll(" ", "-")}.png`) });
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const found = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
    assert.deepEqual(found, []);
    const wide = await page.evaluate(() =>
      [document.documentElement, document.querySelector(".timeline"), document.querySelector("dialog[open]")]
        .filter(Boolean)
        .map((one) => one.scrollWidth - one.clientWidth),
    );
    assert.ok(
      wide.every((more) => more <= 0),
      `${where} scrolls sideways`,
    );
  };

  /** One of each: a picture, three, a film, a voice, a file. */
  async function sendAll(ann, film) {
    const drawn = async (name, options) => ({
      name,
      mimeType: "image/jpeg",
      buffer: await files.picture(ann, options),
    });
    await files.choose(ann, [await drawn("garden.jpg", { w: 1200, h: 800 })]);
    await files.sendChosen(ann, "In the garden");
    await files.choose(ann, [
      await drawn("a.jpg", { colours: ["#264653", "#2a9d8f"] }),
      await drawn("b.jpg", { w: 300, h: 900, colours: ["#e9c46a", "#e76f51"] }),
      await drawn("c.jpg", { w: 900, h: 300, colours: ["#6d597a", "#b56576"] }),
      { name: "预算 2026 最终版本 名字很长很长很长很长很长.xlsx", mimeType: "", buffer: Buffer.alloc(1_234_567, 3) },
    ]);
    await files.sendChosen(ann);
    await files.choose(ann, film);
    await files.sendChosen(ann);
    await ann.getByRole("button", { name: "Voice message", exact: true }).click();
    await ann.waitForFunction(() => document.querySelector(".recorder time")?.textContent >= "0:01");
    await ann.getByRole("button", { name: "Send voice message" }).click();
  }

  for (const [name, own, others] of [
    ["wide", { colorScheme: "light" }, { colorScheme: "dark", locale: "zh-CN" }],
    ["phone", { colorScheme: "dark", viewport: phone }, { colorScheme: "light", locale: "zh-CN", viewport: phone }],
  ]) {
    test(`everybody can read them, in both themes and languages (${name})`, async () => {
      const [ann, bob] = [await visitor(own), await visitor(others)];
      for (const page of [ann, bob]) await files.plainWays(page);
      await web.createRoom(ann, { nick: "Ann" });
      await bob.goto(await web.shareLink(ann));
      await bob.locator("input").first().fill("Bob");
      await bob.keyboard.press("Enter");
      await web.composer(bob).waitFor();

      const film = join(folder, `${name}.webm`);
      await writeFilm(ann, film, { seconds: 4, bytes: 300_000 });
      await ann.getByRole("button", { name: "Attach", exact: true }).click();
      await ann.getByRole("menuitem", { name: "File", exact: true }).waitFor();
      await sound(ann, `${name} menu`);
      await ann.keyboard.press("Escape");

      const text = Buffer.from("x").toString("base64");
      const jpeg = (await files.picture(ann)).toString("base64");
      for (const page of [ann, bob]) {
        await files.give(page, "paste", [
          { name: "photo.jpg", type: "image/jpeg", base64: jpeg },
          { name: "odd.heic", type: "image/heic", base64: text },
          { name: "empty.txt", type: "text/plain", base64: "" },
        ]);
        await page.locator(".tray img").waitFor();
        await page.locator(".tray .problem").waitFor();
        await sound(page, `${name} tray ${page === ann ? "en" : "zh"}`);
        while ((await page.locator(".tray .icon-button").count()) > 0) {
          await page.locator(".tray .icon-button").first().click();
        }
      }
      await files.give(ann, "dragover", [{ name: "a.txt", type: "text/plain", base64: text }]);
      await ann.getByText("Drop to attach").waitFor();
      await sound(ann, `${name} drop`);
      await files.give(ann, "drop", []);

      await ann.getByRole("button", { name: "Voice message", exact: true }).click();
      await ann.getByRole("button", { name: "Stop and listen" }).waitFor();
      await sound(ann, `${name} recording`);
      await ann.waitForFunction(() => document.querySelector(".recorder time")?.textContent >= "0:01");
      await ann.getByRole("button", { name: "Stop and listen" }).click();
      await ann.getByRole("group", { name: "Recorded" }).waitFor();
      await sound(ann, `${name} recorded`);
      await ann.getByRole("button", { name: "Discard recording" }).click();

      await sendAll(ann, film);
      await bob.locator(".player").waitFor();
      await sound(bob, `${name} messages end`);
      for (const page of [ann, bob]) {
        await page.locator(".pictures").first().scrollIntoViewIfNeeded();
        await files.shows(page, "garden.jpg");
        await sound(page, `${name} messages ${page === ann ? "en" : "zh"}`);
      }
      await bob.locator(".pictures.single .picture-over").click();
      await files.shows(bob, "garden.jpg", bob.getByRole("dialog"));
      await sound(bob, `${name} gallery`);
    });
  }
});
