import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, describe, test } from "node:test";
import * as web from "./harness.mjs";
import { startProvider } from "./provider.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const password = "correct horse";

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

const loggedIn = (page, name) => page.getByText(`Logged in as ${name}`).waitFor();
const form = (page) => page.getByRole("heading", { name: "Log in", exact: true }).waitFor();

/** What the browser asks of the login API, in order. */
function watch(page) {
  const calls = [];
  page.on("response", async (response) => {
    const path = new URL(response.url()).pathname;
    if (path.startsWith("/api/auth/") && path !== "/api/auth/methods")
      calls.push(`${path.slice(10)} ${response.status()}`);
  });
  return calls;
}

describe("a server for people with an account", () => {
  const set = web.stage("--Auth:Mode=accounts");
  let count = 0;
  /** An account of its own for each test. */
  const person = async (...options) => {
    const name = `person${++count}`;
    await set.server.operate(["user", "add", name, ...options], password);
    return name;
  };
  /** Refusals are told in the console, too. */
  const visitor = async (options) => {
    const one = await set.visitor(options);
    return one;
  };

  test("asks for the login first, keeps it over a reload, and forgets it when one logs out", async () => {
    const name = await person();
    const page = await visitor();
    const calls = watch(page);
    await page.goto("/");
    await form(page);
    assert.equal(await page.getByLabel("Name", { exact: true }).getAttribute("autocomplete"), "username");
    assert.equal(await page.getByLabel("Password", { exact: true }).getAttribute("autocomplete"), "current-password");
    await logIn(page, name);
    await loggedIn(page, name);
    await page.reload();
    await loggedIn(page, name);
    await web.createRoom(page, { title: "Tea", nick: "Ann" });
    await web.readyToSend(page);
    await web.say(page, "said as somebody");
    await web.sent(page);
    await page.reload();
    await web.sees(page, "said as somebody");
    const kept = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /eyJ|refresh/);
    await web.chooseFromMenu(page, "Leave");
    await loggedIn(page, name);
    await page.getByRole("button", { name: "Log out" }).click();
    await form(page);
    await page.reload();
    await form(page);
    assert.ok(
      calls.every((call) => /^(login|refresh) 200$|^logout 204$/.test(call)),
      calls.join(),
    );
    assert.equal(calls.at(-1), "logout 204");
  });

  test("lets nobody in who has no account, and a link leads into its room once one has logged in", async () => {
    const [first, second] = [await person(), await person()];
    const ann = await visitor();
    await ann.goto("/");
    await logIn(ann, first);
    await loggedIn(ann, first);
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    await web.readyToSend(ann);
    const link = await web.shareLink(ann);
    const bob = await visitor();
    await bob.goto(link);
    await form(bob);
    await bob.getByText("Log in to enter the room.").waitFor();
    assert.doesNotMatch(bob.url(), /k=/);
    await logIn(bob, second);
    await web.readyToSend(bob); // under the account's name, without being asked
    await web.say(bob, "here I am");
    await web.sees(ann, "here I am");
    assert.equal(await web.timeline(ann).getByText(second).count(), 2);
  });

  test("says that the name or the password is wrong, and one may try again", async () => {
    const name = await person();
    // Not watched: the console tells of each refusal.
    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    const page = await context.newPage();
    await page.goto("/");
    await form(page);
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await page.getByText("Enter your name.").waitFor();
    await logIn(page, name, "wrong horse");
    await page.getByText("The name or the password is wrong").waitFor();
    assert.equal(await page.getByLabel("Name", { exact: true }).inputValue(), name);
    await accessible(page, "a wrong password");
    await page.getByLabel("Password", { exact: true }).fill(password);
    await page.keyboard.press("Enter");
    await loggedIn(page, name);
    await context.close();
  });

  test("goes on in two tabs that both need a token at once, and in both after many reloads", async () => {
    const name = await person();
    const one = await visitor();
    await one.goto("/");
    await logIn(one, name);
    await loggedIn(one, name);
    await web.createRoom(one, { title: "Tea", nick: "Ann" });
    await web.readyToSend(one);
    const link = await web.shareLink(one);
    const two = await web.watchedPage(one.context(), set.server);
    const calls = [watch(one), watch(two)];
    await two.goto(link);
    await two.getByLabel("Your name").fill("Ann_2");
    await two.getByLabel("Remember on this device").check();
    await two.getByRole("button", { name: "Open room" }).click();
    await web.readyToSend(two);
    for (let i = 0; i < 3; i++) {
      // The first reload may go while its token is being exchanged.
      await Promise.all([one.reload({ waitUntil: "commit" }), two.reload({ waitUntil: "commit" })]);
      await Promise.all([web.reloadAgain(one), web.reloadAgain(two)]);
      await Promise.all([web.readyToSend(one), web.readyToSend(two)]);
    }
    await web.say(one, "from the first tab");
    await web.sees(two, "from the first tab");
    await web.say(two, "from the second tab");
    await web.sees(one, "from the second tab");
    assert.deepEqual(
      calls.flat().filter((call) => call !== "refresh 200"),
      [],
    );
    web.assertClean(two);
  });

  test("puts an account that is shut out before the login at once, and keeps what was typed", async () => {
    const name = await person();
    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    const page = await context.newPage();
    let held = false;
    await page.routeWebSocket(/chat-ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((frame) => (held && /"cmd":"chat"/.test(String(frame))) || server.send(frame));
    });
    await page.goto("/");
    await logIn(page, name);
    await loggedIn(page, name);
    await web.createRoom(page, { title: "Tea", nick: "Ann" });
    await web.readyToSend(page);
    await web.say(page, "said before");
    await web.sent(page);
    held = true;
    await web.say(page, "waits to go out");
    await page.getByRole("img", { name: "Sending" }).first().waitFor();
    await web.composer(page).fill("half a sent");
    await set.server.operate(["user", "disable", name]);
    await form(page);
    await page.getByText("Your login has ended").waitFor();
    await page.getByText("What you have typed, and what waits to be sent, is still here.").waitFor();
    await accessible(page, "an ended login");
    await logIn(page, name);
    await page.getByText("The name or the password is wrong").waitFor();
    await set.server.operate(["user", "enable", name]);
    held = false;
    await page.getByRole("button", { name: "Log in", exact: true }).click();
    await web.readyToSend(page);
    assert.equal(await web.composer(page).inputValue(), "half a sent");
    await web.composer(page).press("Enter");
    await web.sent(page);
    await web.sees(page, "said before");
    await web.sees(page, "half a sent");
    await web.allSent(page);
    assert.equal(await web.timeline(page).getByText("waits to go out").count(), 1);
    await context.close();
  });

  test("ends the login of other tabs with one's own", async () => {
    const name = await person();
    const one = await visitor();
    await one.goto("/");
    await logIn(one, name);
    await loggedIn(one, name);
    const two = await web.watchedPage(one.context(), set.server);
    await web.createRoom(two, { title: "Tea", nick: "Ann" });
    await web.readyToSend(two);
    await one.getByRole("button", { name: "Log out" }).click();
    await form(one);
    await form(two);
    await two.getByText("You have logged out in another tab.").waitFor();
    await logIn(two, name);
    await web.readyToSend(two);
    await loggedIn(one, name);
    web.assertClean(two);
  });

  test("takes whoever brings an invitation to make an account, once", async () => {
    const [{ invite }] = await set.server.operate(["user", "invite"]);
    const page = await visitor();
    await page.goto(`/#/register/${invite}`);
    await page.getByRole("heading", { name: "Make an account" }).waitFor();
    assert.doesNotMatch(page.url(), new RegExp(invite));
    await accessible(page, "an invitation");
    await page.getByLabel("Name", { exact: true }).fill("new one");
    await page.getByLabel("Choose a password").fill("short");
    await page.getByRole("button", { name: "Make the account" }).click();
    await page.getByText("only; 32 at most").waitFor();
    await page.getByText("At least 8 characters.").first().waitFor();
    await page.getByLabel("Name", { exact: true }).fill("newcomer");
    await page.getByLabel("Choose a password").fill(password);
    assert.equal(await page.getByLabel("Choose a password").getAttribute("autocomplete"), "new-password");
    await page.keyboard.press("Enter");
    await loggedIn(page, "newcomer");
    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    const late = await context.newPage();
    await late.goto(`/#/register/${invite}`);
    await late.getByLabel("Name", { exact: true }).fill("latecomer");
    await late.getByLabel("Choose a password").fill(password);
    await late.keyboard.press("Enter");
    await late.getByText("This invitation is no longer good").waitFor();
    await context.close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`reads well in the ${colorScheme} theme and fits a telephone`, async () => {
      const page = await visitor({ colorScheme, viewport: { width: 320, height: 640 } });
      await page.goto("/");
      await form(page);
      await accessible(page, "login");
      const wide = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      assert.equal(wide, 0);
    });
  }

  test("speaks Chinese", async () => {
    const name = await person();
    const page = await visitor({ locale: "zh-CN" });
    await page.goto("/");
    await page.getByLabel("账号名").fill(name);
    await page.getByLabel("密码", { exact: true }).fill(password);
    await page.getByRole("button", { name: "登录", exact: true }).click();
    await page.getByText(`已登录： ${name}`).waitFor();
  });
});

describe("a server for everybody", () => {
  const set = web.stage();

  test("offers to log in and asks nobody to", async () => {
    await set.server.operate(["user", "add", "ann"], password);
    const page = await set.visitor();
    await page.goto("/");
    await page.getByLabel("Your name").waitFor();
    await page.getByRole("link", { name: "Log in" }).click();
    await form(page);
    await accessible(page, "login");
    await page.getByRole("button", { name: "Back" }).click();
    await page.getByLabel("Your name").waitFor();
    await page.getByRole("link", { name: "Log in" }).click();
    await page.goBack();
    await page.getByLabel("Your name").waitFor();
    await page.goForward();
    await logIn(page, "ann");
    await loggedIn(page, "ann");
    await accessible(page, "start page of somebody");
    // The account is known where one goes in.
    await web.createRoom(page, { title: "Tea", nick: "Ann" });
    await web.readyToSend(page);
    const [{ room, owned }] = await set.server.operate(["room", "list"]);
    assert.equal(owned, false);
    const [{ identity }] = await set.server.operate(["user", "list"]);
    await set.server.operate(["room", "owner", room, identity]);
    await page.reload();
    await web.readyToSend(page);
    await web.chooseFromMenu(page, "Room settings");
    await page.getByText("This room is yours").waitFor();
    await page.keyboard.press("Escape");
    // Logged out in another tab: in the room one is asked, and may go on as a guest; nobody else is asked.
    const other = await web.watchedPage(page.context(), set.server);
    await other.goto("/");
    await other.getByRole("button", { name: "Log out" }).click();
    await other.getByRole("link", { name: "Log in" }).waitFor();
    await page.getByText("You have logged out in another tab.").waitFor();
    await page.getByRole("button", { name: "Go on without an account" }).click();
    await web.readyToSend(page);
    await web.say(page, "as a guest");
    await web.sent(page);
    web.assertClean(other);
  });
});

const provider = await startProvider();
after(() => provider.close());

describe("a server whose people log in elsewhere", () => {
  const set = web.stage("--Auth:Mode=oidc", "--Oidc:Name=Example", ...provider.settings);

  /** Not watched: on the way they are at another origin. */
  const visitor = async () => {
    const context = await set.browser.newContext({ locale: "en-US", baseURL: set.server.url });
    after(() => context.close());
    return context.newPage();
  };

  test("sends them there and back into the room whose link they opened", async () => {
    const first = await visitor();
    await first.goto("/");
    await form(first);
    assert.equal(await first.getByLabel("Password", { exact: true }).count(), 0);
    await first.getByRole("button", { name: "Log in with Example" }).click();
    await loggedIn(first, "ann");
    assert.equal(new URL(first.url()).hash, "#/");
    await web.createRoom(first, { title: "Tea", nick: "Host" });
    await web.readyToSend(first);
    await web.say(first, "come in");
    await web.sent(first);
    const link = await web.shareLink(first);

    const second = await visitor();
    await second.goto(link);
    await second.getByRole("button", { name: "Log in with Example" }).click();
    await web.readyToSend(second);
    await web.sees(second, "come in");
    const kept = await second.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /verifier":"[\w-]/);
    await second.reload();
    await web.sees(second, "come in");
  });

  test("says why somebody has come back with nothing, and one may try again", async () => {
    const page = await visitor();
    await page.goto("/");
    provider.refuses = true;
    await page.getByRole("button", { name: "Log in with Example" }).click();
    await page.getByText("The login was broken off").waitFor();
    assert.doesNotMatch(page.url(), /error/);
    await accessible(page, "a login that was broken off");
    provider.refuses = false;
    await page.getByRole("button", { name: "Log in with Example" }).click();
    await loggedIn(page, "ann");
  });

  test("takes nobody for who brings somebody else's code", async () => {
    const page = await visitor();
    await page.goto(`/#/login/${"a".repeat(43)}`);
    await page.getByText("This login was begun in another tab").waitFor();
    assert.doesNotMatch(page.url(), /aaaa/);
  });

  test("lets an operator into the page of operators, and nobody else", async () => {
    const page = await visitor();
    await page.goto("/admin");
    await page.getByRole("button", { name: "Log in with Example" }).click();
    await page.getByText("“ann” is not an operator’s account").waitFor();
    await set.server.operate(["user", "promote", "ann"]);
    await page.getByRole("button", { name: "Log in with Example" }).click();
    await page.getByText("Logged in as ann").waitFor();
    assert.equal(new URL(page.url()).pathname, "/admin");
    await page.reload();
    await page.getByText("Logged in as ann").waitFor();
  });
});
