import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { before, describe, test } from "node:test";
import * as web from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const password = "correct horse";
const sections = ["Status", "Rooms", "Accounts", "Bans", "Reports", "Storage and limits", "Audit log"];

async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const short = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(short, []);
}

async function logIn(page, name, secret = password) {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Log in", exact: true }).click();
}

async function open(page, name) {
  await page.getByRole("navigation", { name: "Sections" }).getByRole("button", { name, exact: true }).click();
  await page.locator('section[aria-busy="false"]').getByRole("heading", { name, exact: true }).waitFor();
}

/** Confirms what the dialog asks. @param named what is typed to name its object */
async function confirm(page, button, named) {
  const dialog = page.getByRole("dialog");
  if (named) await dialog.getByLabel("To confirm, type that name").fill(named);
  await dialog.getByRole("button", { name: button, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

const row = (page, text) => page.getByRole("row").filter({ hasText: text });

describe("the page of operators", () => {
  const set = web.stage(
    "--Moderation:AdminTrip=Pz6LSM",
    "--Compat:TripSalt=compat-test-salt",
    "--Gateway:TrustedProxies=127.0.0.1",
  );
  before(async () => {
    await set.server.operate(["user", "add", "root", "--operator"], password);
    await set.server.operate(["user", "add", "ann"], password);
  });
  const { visitor } = set;

  /** The page with an operator before it. */
  const console_ = async (options) => {
    const page = await visitor(options);
    await page.goto("/admin");
    await logIn(page, "root");
    await page.getByRole("heading", { name: "Status", exact: true }).waitFor();
    return page;
  };
  const room = () => `room-${Math.random().toString(36).slice(2)}`;
  const login = (name, secret = password) =>
    fetch(`${set.server.url}/api/auth/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ name, password: secret }),
    });

  test("is served under the strict policy, framed by nobody and found by no search engine", async () => {
    for (const path of ["/admin", "/admin.html"]) {
      const answer = await fetch(`${set.server.url}${path}`);
      assert.equal(answer.status, 200);
      assert.match(await answer.text(), /src="\.\/assets\/admin\//);
      assert.equal(answer.headers.get("X-Robots-Tag"), "noindex, nofollow");
      assert.equal(answer.headers.get("X-Frame-Options"), "DENY");
      const policy = answer.headers.get("Content-Security-Policy");
      for (const part of ["default-src 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"])
        assert.ok(policy.includes(part), part);
      assert.equal(answer.headers.get("Cache-Control"), "no-cache");
    }
    const slash = await fetch(`${set.server.url}/admin/`, { redirect: "manual" });
    assert.deepEqual([slash.status, slash.headers.get("Location")], [302, "../admin"]);
  });

  test("keeps everybody else out, and the server does, too", async () => {
    // Not watched: the console tells of each refusal.
    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    const page = await context.newPage();
    await page.goto("/admin");
    await page.getByText("hcchat admin user add NAME --operator").waitFor();
    await accessible(page, "login");
    await logIn(page, "root", "wrong horse");
    await page.getByText("The name or the password is wrong").waitFor();
    await logIn(page, "ann");
    await page.getByText("“ann” is not an operator’s account").waitFor();
    await accessible(page, "refused");
    await page.reload();
    await page.getByLabel("Name", { exact: true }).waitFor();
    assert.equal(await page.getByText("ann").count(), 0); // no login is left behind
    await context.close();
    const { accessToken } = await (await login("ann")).json();
    const paths = ["status", "rooms", "accounts", "bans", "reports", "storage", "limits", "audit"];
    for (const [token, status] of [
      [undefined, 401],
      ["nonsense", 401],
      [accessToken, 403],
    ]) {
      const headers = token ? { Authorization: `Bearer ${token}` } : {};
      for (const path of paths)
        assert.equal((await fetch(`${set.server.url}/api/admin/${path}`, { headers })).status, status, path);
      const act = await fetch(`${set.server.url}/api/admin/accounts/disable`, {
        method: "POST",
        headers: { ...headers, "Content-Type": "application/json" },
        body: JSON.stringify({ name: "root" }),
      });
      assert.equal(act.status, status);
    }
  });

  test("keeps its login over a reload, apart from the one of the chat, until one logs out", async () => {
    const page = await console_();
    await page.reload();
    await page.getByRole("heading", { name: "Status", exact: true }).waitFor();
    await page.getByText("Logged in as root").waitFor();
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /eyJ|root/);
    const chat = await web.watchedPage(page.context(), set.server);
    await chat.goto("/");
    await chat.getByRole("link", { name: "Log in" }).waitFor();
    web.assertClean(chat);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByLabel("Password", { exact: true }).waitFor();
    await page.reload();
    await page.getByLabel("Password", { exact: true }).waitFor();
  });

  test("closes a room, gives it to somebody and takes it down, and the people in it notice", async () => {
    const channel = room();
    const bob = await visitor();
    await web.openPlain(bob, { room: channel, nick: "Bob" });
    const page = await console_();
    await open(page, "Rooms");
    await page.getByLabel("Search").fill(channel);
    assert.equal(await row(page, channel).count(), 1);

    await page.getByRole("button", { name: `Give to somebody: ${channel}` }).click();
    await page.getByLabel("To whom").fill("ann");
    await confirm(page, "Give to somebody", channel);
    await row(page, channel).getByText("yes").waitFor();

    await page.getByRole("button", { name: `Close: ${channel}` }).click();
    await accessible(page, "confirming");
    await page.getByLabel("To confirm, type that name").press("Enter");
    await page.getByText("What you typed is not that name.").waitFor(); // nothing was done
    await confirm(page, "Cancel");
    await web.say(bob, "still here");
    await web.sent(bob);
    await page.getByRole("button", { name: `Close: ${channel}` }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("To confirm, type that name").fill(channel);
    await dialog.locator("button[type=submit]").click();
    await dialog.waitFor({ state: "detached" });
    await bob.getByText("This room was closed").first().waitFor();
    await page.getByText("Nothing matches.").waitFor();

    // Nobody is in it any more.
    await page.getByLabel("Another room, by its name").fill(channel);
    await page.getByRole("button", { name: `Take down: ${channel}` }).click();
    await confirm(page, "Take down", channel);
    const late = await visitor();
    await web.fillPlain(late, { room: channel, nick: "Late" });
    await late.getByText("This door is shut.").waitFor();
  });

  test("makes accounts, shuts them out at once, lets them in again, and gives them another password", async () => {
    const page = await console_();
    await open(page, "Accounts");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Name", { exact: true }).fill("carol");
    await dialog.getByLabel("Password", { exact: true }).fill("short");
    await dialog.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByText("A password has at least 8 characters.").waitFor();
    await accessible(page, "adding an account");
    await dialog.getByLabel("Password", { exact: true }).fill(password);
    await confirm(page, "Add");
    await row(page, "carol").waitFor();
    assert.equal((await login("carol")).status, 200);

    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    const carol = await context.newPage();
    await carol.goto("/#/login");
    await logIn(carol, "carol");
    await carol.getByText("Logged in as carol").waitFor();
    await web.createRoom(carol, { nick: "Carol" });
    await web.readyToSend(carol);
    await page.getByRole("button", { name: "Shut out: carol" }).click();
    await confirm(page, "Shut out", "carol");
    await row(page, "carol").getByText("shut out").waitFor();
    await carol.getByText("Your login has ended").waitFor();
    assert.equal((await login("carol")).status, 401);
    await context.close();

    await page.getByRole("button", { name: "Let in again: carol" }).click();
    await confirm(page, "Let in again");
    await page.getByRole("button", { name: "Shut out: carol" }).waitFor();
    await page.getByRole("button", { name: "New password: carol" }).click();
    await page.getByRole("dialog").getByLabel("Password", { exact: true }).fill("battery staple");
    await confirm(page, "New password", "carol");
    assert.equal((await login("carol")).status, 401);
    assert.equal((await login("carol", "battery staple")).status, 200);
  });

  test("makes an invitation that leads to an account", async () => {
    const page = await console_();
    await open(page, "Accounts");
    await page.getByRole("button", { name: "Invite", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Invite", exact: true }).click();
    const link = await page.getByLabel("Invitation", { exact: true }).inputValue();
    await accessible(page, "an invitation");
    const guest = await visitor();
    await guest.goto(link);
    await guest.getByLabel("Name", { exact: true }).fill("dora");
    await guest.getByLabel("Choose a password").fill(password);
    await guest.getByRole("button", { name: "Make the account" }).click();
    await guest.getByText("Logged in as dora").waitFor();
    await page.keyboard.press("Escape");
    await row(page, "dora").waitFor();
  });

  test("lifts a ban, and whoever was banned comes in again", async () => {
    const channel = room();
    const moderator = await web.stockClient(set.server, channel, "Mod", "pw");
    const eve = await web.stockClient(set.server, channel, "Eve", undefined, "203.0.113.7");
    moderator.send({ cmd: "ban", nick: "Eve" });
    await moderator.frame((f) => f.cmd === "onlineRemove" && f.nick === "Eve");
    const [{ nick, expires }] = await set.server.operate(["ban", "list"]);
    assert.equal(nick, "Eve");
    assert.ok(expires > Date.now());
    const page = await console_();
    await open(page, "Bans");
    await page.getByRole("button", { name: "Lift the ban of Eve" }).click();
    await confirm(page, "Lift");
    await page.getByText("Nobody is banned.").waitFor();
    const again = await web.stockClient(set.server, channel, "Eve", undefined, "203.0.113.7");
    for (const one of [moderator, eve, again]) one.close();
  });

  test("shows what was reported by its id, and takes it down or puts it away", async () => {
    const channels = [room(), room()];
    for (const channel of channels) {
      const body = JSON.stringify({ room: channel, mid: "0123456789abcdef", reason: `about ${channel}` });
      const headers = { "Content-Type": "application/json" };
      const answer = await fetch(`${set.server.url}/api/reports`, { method: "POST", headers, body });
      assert.equal(answer.status, 204);
    }
    const page = await console_();
    await open(page, "Reports");
    await row(page, channels[0]).getByText("0123456789abcdef").waitFor();
    await page.getByRole("button", { name: `Take down: ${channels[0]}` }).click();
    await confirm(page, "Take down", channels[0]);
    for (const channel of channels) {
      await page.getByRole("button", { name: `Done: ${channel}` }).click();
      await confirm(page, "Done");
      await row(page, channel).waitFor({ state: "detached" });
    }
    const late = await visitor();
    await web.fillPlain(late, { room: channels[0], nick: "Late" });
    await late.getByText("This door is shut.").waitFor();
    await open(page, "Audit log");
    await row(page, channels[0]).getByText("Took a room down").waitFor();
    await row(page, channels[0]).getByText("root", { exact: true }).waitFor();
  });

  test("shows what is kept and every limit", async () => {
    const page = await console_();
    await open(page, "Storage and limits");
    await page.getByText("SQLite").waitFor();
    await page.getByLabel("Search").fill("maxframe");
    await row(page, "MaxFrame").getByText("65,536").waitFor();
  });

  test("sets the raid mode", async () => {
    const page = await console_();
    const pressed = (name) => page.getByRole("button", { name, exact: true, pressed: true }).waitFor();
    await pressed("When needed");
    for (const [name, mode] of [
      ["Always", "on"],
      ["When needed", "auto"],
    ]) {
      await page.getByRole("main").getByRole("button", { name, exact: true }).click();
      await confirm(page, name);
      await pressed(name);
      const [{ raid }] = await set.server.operate(["status"]);
      assert.equal(raid, mode);
    }
  });

  test("searches and turns the pages of a long list", async () => {
    const page = await visitor();
    const many = Array.from({ length: 120 }, (_, i) => ({
      name: `person${i}`,
      identity: `account:${i}`,
      operator: false,
      disabled: false,
      created: 0,
    }));
    await page.route("**/api/admin/accounts", (route) => route.fulfill({ json: many }));
    await page.goto("/admin");
    await logIn(page, "root");
    await open(page, "Accounts");
    await page.getByText("1–50 of 120").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("51–100 of 120").waitFor();
    await page.getByRole("button", { name: "Next" }).click();
    await page.getByText("101–120 of 120").waitFor();
    assert.ok(await page.getByRole("button", { name: "Next" }).isDisabled());
    await page.getByLabel("Search").fill("PERSON11");
    await page.getByText("1–11 of 11").waitFor();
  });

  test("works by keyboard", async () => {
    const page = await visitor();
    await page.goto("/admin");
    await page.getByLabel("Name", { exact: true }).waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
    await page.keyboard.type("root");
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Status", exact: true }).waitFor();
    await page.getByRole("button", { name: "Accounts", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Shut out: ann" }).press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.waitForFunction(() => document.activeElement?.tagName === "INPUT");
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Shut out: ann");
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`has nothing that axe objects to in the ${colorScheme} theme`, async () => {
      await web.stockClient(set.server, room(), "Somebody");
      const page = await console_({ colorScheme });
      for (const name of sections) {
        await open(page, name);
        await accessible(page, name);
      }
    });
  }

  test("fits a telephone, each row a card", async () => {
    const channel = `${room()}-${"x".repeat(60)}`;
    await web.stockClient(set.server, channel, "Somebody");
    const page = await console_({ viewport: { width: 320, height: 640 }, hasTouch: true });
    for (const name of sections) {
      await open(page, name);
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(wide, 0, `${name} scrolls sideways`);
      await accessible(page, name);
    }
  });

  test("speaks Chinese", async () => {
    const page = await visitor({ locale: "zh-CN" });
    await page.goto("/admin");
    await page.getByLabel("账号名").fill("root");
    await page.getByLabel("密码", { exact: true }).fill(password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.getByRole("heading", { name: "概况" }).waitFor();
    await page.getByRole("button", { name: "操作记录" }).click();
    await page.getByText("最近 1,000 条管理操作").waitFor();
    assert.equal(await page.title(), "服务器管理 · HCChat");
  });
});
