import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";
import * as member from "./member.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("how it looks and reads", () => {
  const set = web.stage();
  const { visitor } = set;

  const accessible = async (page, where) => {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const short = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
    assert.deepEqual(short, []);
  };

  const fits = async (page, where) => {
    const { scroll, client } = await page.evaluate(() => {
      const dialog = document.querySelector("dialog[open]");
      const wide = [document.documentElement, ...(dialog ? [dialog] : [])];
      return {
        scroll: Math.max(...wide.map((e) => e.scrollWidth - e.clientWidth)),
        client: document.documentElement.clientWidth,
      };
    });
    assert.equal(scroll, 0, `${where} scrolls sideways`);
    assert.equal(client, 320);
  };

  const dialogs = async (page, buttons, check) => {
    for (const [name, title] of buttons) {
      if (typeof name === "function") await name(page);
      else await page.getByRole("button", { name }).first().click();
      await page.getByRole("dialog", { name: title }).waitFor();
      await check(title);
      await page.keyboard.press("Escape");
      await page.getByRole("dialog").waitFor({ state: "detached" });
    }
  };

  /** Somebody with the key writes twice under another's name: unsigned, and signed with a key of his own. */
  const forge = async (link, nick) => {
    const mallory = await member.enter(set.server, member.roomOf(link), "Mallory");
    await mallory.say(member.content({ nick, body: "not signed" }));
    await mallory.say(member.content({ nick, body: "signed otherwise" }), { by: member.newIdentity() });
    mallory.close();
  };

  for (const colorScheme of ["light", "dark"]) {
    test(`axe finds nothing to object to in the ${colorScheme} theme`, async () => {
      const page = await visitor({ colorScheme });
      await page.goto("/");
      await page.getByLabel("Your name").waitFor();
      await accessible(page, "start page");
      await page.getByRole("tab", { name: "Open a room" }).click();
      await page.locator("summary", { hasText: "Other clients" }).click();
      await page.getByRole("button", { name: "Open room" }).click();
      await accessible(page, "open form with its problems");
      await page.getByLabel("Without encryption, for hack.chat clients").check();
      await accessible(page, "open form, plain");

      await web.createRoom(page, { title: "Garden", nick: "Ann" });
      await web.readyToSend(page);
      await accessible(page, "empty room");
      const bob = await visitor({ colorScheme });
      const link = await web.shareLink(page);
      await web.openLink(bob, link, "阿丽");
      await web.readyToSend(bob);
      await web.say(bob, "**Bold** `code` @Ann https://a.example\n> quote\n- list\n```\ncode\n```");
      await web.say(bob, "/me waves");
      await web.say(bob, "/whisper Ann secret");
      await web.say(page, "mine");
      await web.sees(page, "secret");
      await web.act(page, "Bold", "👍");
      await web.act(page, "Bold", "Reply");
      await web.say(page, "an answer");
      await web.sees(bob, "an answer");
      await page.getByRole("button", { name: "阿丽", exact: true }).click();
      await forge(link, "阿丽");
      await web.sees(page, "signed otherwise");
      await accessible(page, "room");
      for (const which of [0, 1]) {
        await page.getByRole("log").getByRole("button", { name: "Check" }).nth(which).click();
        await page.getByRole("dialog", { name: "阿丽" }).locator(".fingerprint", { hasText: /\S/ }).first().waitFor();
        await accessible(page, `about a doubtful person ${which}`);
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "detached" });
      }
      await web.row(page, "Bold").hover();
      await web.row(page, "Bold").getByRole("button", { name: "Actions for this message" }).click();
      await page.getByRole("menu").waitFor();
      await accessible(page, "menu of a message");
      await page.keyboard.press("Escape");
      await dialogs(
        page,
        [
          ["Share", "Invite people"],
          ["End-to-end encrypted", "Encryption"],
          [(p) => web.chooseFromMenu(p, "Settings"), "Settings"],
          [(p) => web.chooseFromMenu(p, "History"), "History"],
          ["Search", "Search"],
        ],
        (title) => accessible(page, title),
      );
      await web.chooseFromMenu(page, "Settings");
      for (const name of ["Forget", "Use on another device", "Bring from another device"]) {
        await page.getByRole("button", { name }).click();
        await accessible(page, name);
      }
      await page.keyboard.press("Escape");
      await web.say(page, "/help");
      await page.getByRole("dialog", { name: "Commands" }).waitFor();
      await accessible(page, "help");
      await page.keyboard.press("Escape");

      const plain = await visitor({ colorScheme, viewport: { width: 320, height: 640 } });
      await web.openPlain(plain, { room: "lounge", nick: `Cleo_${colorScheme}` });
      await accessible(plain, "plain room");
      await plain.getByRole("button", { name: /^People/ }).click();
      await accessible(plain, "people drawer");

      const door = await visitor({ colorScheme });
      await door.goto("/#/r/lounge");
      await door.getByLabel("Your name").waitFor();
      await accessible(door, "before a room");
    });
  }

  test("nothing scrolls sideways at 320 px", async () => {
    const page = await visitor({ viewport: { width: 320, height: 640 }, hasTouch: true });
    const long = "x".repeat(400);
    await page.goto("/");
    await page.getByLabel("Your name").waitFor();
    await fits(page, "start page");
    await page.getByRole("tab", { name: "Open a room" }).click();
    await page.locator("summary", { hasText: "Other clients" }).click();
    await fits(page, "open form");
    await web.createRoom(page, {
      title: "A title that is far too long for a phone",
      nick: "Anastasia_of_the_Mountain".slice(0, 24),
    });
    await web.say(page, `${long}\nhttps://a.example/${long}\n\`${long}\`\n\`\`\`\n${long}\n\`\`\``);
    await web.sees(page, "https://a.example/");
    await fits(page, "room");
    const bob = await visitor();
    const link = await web.shareLink(page);
    await web.openLink(bob, link, "Bob");
    await web.say(bob, "hello");
    await web.sees(page, "hello");
    await forge(link, "Bob");
    await web.sees(page, "signed otherwise");
    await fits(page, "room with a doubtful person");
    const check = (p) => p.getByRole("log").getByRole("button", { name: "Check" }).last().tap();
    await dialogs(page, [[check, "Bob"]], async (title) => {
      await page.locator(".fingerprint", { hasText: /\S/ }).first().waitFor();
      const heights = await page.locator(".fingerprint").evaluateAll((all) => all.map((one) => one.offsetHeight));
      assert.ok(Math.max(...heights) < 40, "a fingerprint stands in one line");
      await fits(page, title);
    });
    await dialogs(
      page,
      [
        ["Share", "Invite people"],
        ["End-to-end encrypted", "Encryption"],
        [(p) => web.chooseFromMenu(p, "Settings"), "Settings"],
        [(p) => web.chooseFromMenu(p, "History"), "History"],
        ["Search", "Search"],
        [/^People/, "People"],
      ],
      (title) => fits(page, title),
    );
  });

  test("a finger finds what can be done with a message beside its tick, its text beside both", async () => {
    const page = await visitor({ viewport: { width: 360, height: 640 }, hasTouch: true, isMobile: true });
    await web.createRoom(page, { nick: "Ann" });
    for (const text of [
      "short",
      "about as wide as the screen is",
      "one that goes over more than one line of the screen",
    ]) {
      await web.say(page, text);
      await web.sent(page);
      const message = web.row(page, text);
      const range = await message.locator(".body").boundingBox();
      const menu = await message.locator(".message-more .icon").boundingBox();
      const tick = await message.locator(".send-mark").boundingBox();
      assert.ok(range.x + range.width <= menu.x, `${text}: ${range.x + range.width} and ${menu.x}`);
      assert.ok(menu.x + menu.width <= tick.x, `${text}: ${menu.x + menu.width} and ${tick.x}`);
    }
  });

  test("where the browser does not encrypt, the form says why its button is off", async () => {
    // Not watched: the page is reached by a name that is not this machine's own.
    const context = await set.browser.newContext({ locale: "en-US" });
    const page = await context.newPage();
    await page.goto(`http://plain-http.test:${new URL(set.server.url).port}/#/r/tea?e=1`);
    const open = page.getByRole("button", { name: "Open room" });
    await open.waitFor();
    assert.ok(await open.isDisabled());
    const reason = await open.getAttribute("aria-describedby");
    assert.match(await page.locator(`[id="${reason}"]`).innerText(), /not loaded over HTTPS/);
    await page.goto(page.url().replace(/#.*/, "#/"));
    await page.getByText("not loaded over HTTPS").waitFor();
    await context.close();
  });

  test("a Chinese browser gets a Chinese page, and one may switch", async () => {
    const page = await visitor({ locale: "zh-CN" });
    await page.goto("/");
    await page.getByRole("button", { name: "创建房间" }).waitFor();
    assert.equal(await page.locator("html").getAttribute("lang"), "zh-CN");
    await page.getByLabel("标题").fill("茶馆");
    await page.getByLabel("你的名字").fill("小明");
    await page.getByRole("button", { name: "创建房间" }).click();
    await web.readyToSend(page);
    await page.getByRole("button", { name: "端到端加密" }).waitFor();
    await web.say(page, "大家好 😀");
    await page.getByRole("img", { name: "已发送" }).waitFor();
    await web.chooseFromMenu(page, "设置", "房间菜单");
    await page.getByRole("radio", { name: "English" }).check();
    await page.getByRole("dialog", { name: "Settings" }).waitFor();
    await page.getByRole("radio", { name: "Dark" }).check();
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), "dark");
    await page.keyboard.press("Escape");
    await page.reload();
    await page.getByRole("button", { name: "End-to-end encrypted" }).waitFor();
  });
});
