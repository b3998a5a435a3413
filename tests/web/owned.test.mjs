import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe("a room that belongs to somebody", () => {
  const set = web.stage();
  const { visitor } = set;

  /** What a page says to the server from now on. */
  function listen(page) {
    const sent = [];
    page.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(JSON.parse(String(payload)))));
    return (cmd) => sent.filter((frame) => frame.cmd === cmd);
  }

  const dialog = (page) => page.getByRole("dialog");

  async function settings(page, tab) {
    await web.chooseFromMenu(page, "Room settings");
    await page.getByRole("dialog", { name: "Room settings" }).waitFor();
    if (tab) await page.getByRole("tab", { name: tab }).click();
    return dialog(page);
  }

  async function closeDialog(page) {
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });
  }

  /** A room of Ann's, with its link. */
  async function ownRoom({ access, knock } = {}, options) {
    const ann = await visitor(options);
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    const link = await web.shareLink(ann);
    const own = await settings(ann);
    await own.getByRole("button", { name: "Claim this room" }).click();
    await own.getByText("This room is yours: you decide about it.").waitFor();
    if (access) await choose(own, access);
    if (knock) {
      await own.getByLabel("Those outside may knock").check();
      await own.getByText("Done.", { exact: true }).waitFor();
    }
    await closeDialog(ann);
    return { ann, link };
  }

  async function choose(own, access) {
    await own.getByLabel(access).check();
    await own.getByText("Done.", { exact: true }).waitFor();
  }

  const byInvitation = "Members, and whoever has an invitation";

  /** Somebody stands before the room of a link. */
  async function stand(link, nick, options) {
    const page = await visitor(options);
    await ask(page, link, nick);
    return page;
  }

  /** Follows a link under the name of before, as from elsewhere: a page's own way back would know how it was opened. */
  async function again(page, link) {
    await page.goto("about:blank");
    await page.goto(link);
  }

  async function ask(page, link, nick) {
    await page.goto(link);
    await page.getByLabel("Your name").fill(nick);
    await page.getByRole("button", { name: "Open room" }).click();
  }

  const shut = (page) => page.getByText("This door is shut.").waitFor();

  async function invite(ann, uses = "Once") {
    const own = await settings(ann, "Invites");
    await own.getByLabel("How often").selectOption({ label: uses });
    await own.getByRole("button", { name: "Make an invitation" }).click();
    const link = await own.getByLabel("Invitation link", { exact: true }).inputValue();
    await closeDialog(ann);
    return link;
  }

  /** The card of somebody who is there. */
  async function card(page, nick) {
    await page.locator("aside").getByRole("button", { name: nick, exact: true }).click();
    await page.locator("aside").getByRole("button", { name: "Manage" }).click();
    const shown = page.getByRole("dialog", { name: nick });
    await shown.getByRole("heading", { name: "Keeping order" }).waitFor();
    return shown;
  }

  const person = (page, nick) => page.locator("aside .person").filter({ hasText: nick });

  /** How much on a page is wrong for those who cannot see it, or see it small. */
  async function accessible(page, where) {
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
    const short = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
    assert.deepEqual(short, []);
    const wide = await page.evaluate(() => {
      const open = document.querySelector("dialog[open]");
      return Math.max(...[document.documentElement, ...(open ? [open] : [])].map((e) => e.scrollWidth - e.clientWidth));
    });
    assert.equal(wide, 0, `${where} scrolls sideways`);
  }

  test("is claimed by the key alone, and its own wherever one comes from; others prove nothing", async () => {
    const { ann, link } = await ownRoom();
    const said = listen(ann);
    await ann.reload();
    await web.readyToSend(ann);
    await person(ann, "Ann").getByText("owner").waitFor();
    assert.deepEqual(said("identify"), []); // the session has it
    await web.chooseFromMenu(ann, "Leave");
    await ann.getByRole("button", { name: /Tea/ }).first().click();
    await person(ann, "Ann").getByText("owner").waitFor();
    assert.equal(said("identify").length, 1);
    const bob = await visitor();
    const bobSaid = listen(bob);
    await web.openLink(bob, link, "Bob");
    await person(bob, "Ann").getByText("owner").waitFor();
    const others = await settings(bob);
    await others.getByText("This room belongs to somebody.").waitFor();
    assert.equal(await others.getByRole("radio", { name: "Everybody" }).isDisabled(), true);
    assert.equal(await others.getByRole("tab").count(), 0);
    assert.equal(await others.getByRole("button", { name: "Close this room" }).count(), 0);
    assert.deepEqual(bobSaid("identify"), []);
  });

  test("lets in who brings an invitation, and knows them again; one that was revoked opens nothing", async () => {
    const { ann, link } = await ownRoom({ access: byInvitation });
    const invitation = await invite(ann);
    assert.match(invitation, /[?&]k=.*&i=[\w-]{20,}&/);
    const bob = await stand(link, "Bob");
    await shut(bob);
    await bob.locator("summary", { hasText: "I have an invitation" }).click();
    await bob.getByLabel("Invitation link").fill(link);
    await bob.getByRole("button", { name: "Enter" }).last().click();
    await bob.getByText("This is no invitation to this room.").waitFor();
    await bob.getByLabel("Invitation link").fill(invitation);
    await bob.getByRole("button", { name: "Enter" }).last().click();
    await web.say(bob, "thank you");
    await web.sees(ann, "thank you");
    assert.doesNotMatch(bob.url(), /[?&][ki]=/);
    assert.doesNotMatch(await web.shareLink(bob), /[?&]i=/);
    await bob.reload();
    await web.readyToSend(bob);
    await web.chooseFromMenu(bob, "Leave");
    await bob.getByLabel("Your name").waitFor();
    await again(bob, link); // a member now
    await web.say(bob, "here again");
    await web.sees(ann, "here again");

    const eve = await stand(invitation, "Eve"); // it was for one
    await shut(eve);
    await eve.getByText(/The invitation did not open it/).waitFor();
    const second = await invite(ann, "5 times");
    const own = await settings(ann, "Invites");
    await own.getByRole("button", { name: /^Revoke: 5 times/ }).click();
    await own.getByText("There are none.").waitFor();
    await closeDialog(ann);
    await again(eve, second);
    await shut(eve);
    const third = await invite(ann, "5 times");
    await eve.goto(third); // straight through the link, from before the door
    await web.readyToSend(eve);
    assert.doesNotMatch(eve.url(), /[?&][ki]=/);
    await web.sees(ann, "Eve joined");
    await web.chooseFromMenu(ann, "Room settings");
    await choose(dialog(ann), "Members only");
    await ann.getByRole("tab", { name: "Invites" }).click();
    await dialog(ann)
      .getByText(/Only members may enter at present/)
      .waitFor();
    await dialog(ann)
      .getByText(/^4 times, until/)
      .waitFor();
  });

  test("opens by its password, and says no more when it is wrong", async () => {
    const { ann, link } = await ownRoom();
    const own = await settings(ann);
    await own.getByLabel("New password").fill("sesame");
    await own.getByRole("button", { name: "Set password" }).click();
    await own.getByText(/The room has a password/).waitFor();
    await own.getByLabel("Everybody who knows the password, and members").waitFor();
    await closeDialog(ann);
    const bob = await stand(link, "Bob");
    await shut(bob);
    await bob.getByRole("button", { name: "Enter" }).first().click();
    await bob.getByText("Enter the password of the room.").waitFor();
    await bob.getByLabel("Room password").fill("simsim");
    await bob.getByRole("button", { name: "Enter" }).first().click();
    await bob.getByText("That did not open it.").waitFor();
    await bob.getByLabel("Room password").fill("sesame");
    await bob.getByRole("button", { name: "Enter" }).first().click();
    await web.say(bob, "I knew it");
    await web.sees(ann, "I knew it");
    await bob.reload();
    await web.say(bob, "still in");
    await web.sees(ann, "still in");
    const again = await settings(ann);
    await again.getByRole("button", { name: "Remove password" }).click();
    await again.getByText(/The room has no password/).waitFor();
  });

  test("hears who knocks, in a dialog too, and lets in or turns away", async () => {
    const { ann, link } = await ownRoom({ access: byInvitation, knock: true });
    const eve = await stand(link, "Eve");
    await eve.getByLabel(/Who you are/).fill("It is me");
    await eve.getByRole("button", { name: "Knock" }).click();
    await eve.getByText(/You have knocked/).waitFor();
    const banner = ann.getByRole("main").getByRole("alert").filter({ hasText: "Eve knocks" });
    await banner.getByText("“It is me”").waitFor();
    await banner.getByText(/^Key \S{5} \S{5} \S{5} \S{5}$/).waitFor();
    await accessible(ann, "somebody knocks");
    await accessible(eve, "knocking");
    await settings(ann);
    await dialog(ann).getByRole("button", { name: "Turn away: Eve" }).click();
    await banner.waitFor({ state: "detached" });
    await closeDialog(ann);
    await eve.getByText(/You have knocked/).waitFor(); // she is not told

    const bob = await stand(link, "Bob");
    await bob.getByRole("button", { name: "Knock" }).click();
    await ann.getByRole("button", { name: "Let in: Bob" }).click();
    await web.say(bob, "thank you");
    await web.sees(ann, "thank you");
    await bob.reload();
    await web.say(bob, "still in");
    await web.sees(ann, "still in");
    await eve.getByRole("button", { name: "Stop knocking" }).click();
    await eve.getByRole("button", { name: "Knock" }).waitFor();
  });

  test("gives roles by the card of a person, and takes them", async () => {
    const { ann } = await ownRoom({ access: byInvitation });
    const bob = await visitor();
    await web.openLink(bob, await invite(ann), "Bob");
    await web.say(bob, "hello");
    await web.sees(ann, "hello");
    const shown = await card(ann, "Bob");
    await shown.getByLabel("Role").selectOption({ label: "Moderator" });
    await shown.getByText("Done.", { exact: true }).waitFor();
    await closeDialog(ann);
    await person(bob, "Bob").getByText("moderator").waitFor();
    await person(ann, "Bob").getByText("moderator").waitFor();
    await bob.reload();
    await web.readyToSend(bob);
    const theirs = await settings(bob);
    await theirs.getByText("This room belongs to somebody, and you are a moderator.").waitFor();
    await theirs.getByLabel("Slow mode").selectOption({ label: "One message every 5 seconds" });
    await theirs.getByText("Done.", { exact: true }).waitFor();
    assert.equal(await theirs.getByLabel("New password").count(), 0);
    await bob.getByRole("tab", { name: "Roles" }).click();
    await theirs.getByText("Owner", { exact: true }).waitFor();
    await closeDialog(bob);
    const own = await settings(ann, "Roles");
    await own.getByLabel("Role of Bob").selectOption({ label: "No role" });
    await own.getByLabel("Role of Bob").waitFor({ state: "detached" });
    await closeDialog(ann);
    await person(bob, "Bob").getByText("moderator").waitFor({ state: "detached" });
  });

  test("gives a role to whoever has proven nothing by the key that signs, and it counts once that is shown", async () => {
    const { ann, link } = await ownRoom();
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await web.say(bob, "hello");
    await web.sees(ann, "hello");
    const shown = await card(ann, "Bob");
    await shown.getByLabel("Role").selectOption({ label: "Moderator" });
    await shown.getByRole("button", { name: "Tell Bob" }).click();
    await dialog(ann).waitFor({ state: "detached" });
    await web.composer(ann).press("Enter");
    await web.sees(bob, /You have a role here now \(Moderator\)/);
    const theirs = await settings(bob);
    await theirs.getByRole("button", { name: "Show my key" }).click();
    await theirs.getByText("This room belongs to somebody, and you are a moderator.").waitFor();
    await closeDialog(bob);
    await person(ann, "Bob").getByText("moderator").waitFor();
    await web.chooseFromMenu(bob, "Leave");
    await bob.getByLabel("Your name").waitFor();
    await again(bob, link); // the device knows that it has a role here
    await person(bob, "Bob").getByText("moderator").waitFor();
  });

  test("puts out, and whoever was put out comes back by the open door", async () => {
    const { ann, link } = await ownRoom();
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await web.sees(ann, "Bob joined");
    const shown = await card(ann, "Bob");
    await shown.getByRole("button", { name: "Put out" }).click();
    await shown.getByRole("button", { name: "Put out? Press again" }).click();
    await bob.getByText("You were removed from this room").waitFor();
    await accessible(bob, "put out");
    await dialog(ann).waitFor({ state: "detached" });
    await person(ann, "Bob").waitFor({ state: "detached" });
    await web.sees(ann, "Ann put Bob out");
    await bob.getByRole("button", { name: "Enter again" }).click();
    await web.say(bob, "sorry");
    await web.sees(ann, "sorry");
  });

  test("bans for a time, lists it, and lifts it", async () => {
    const { ann, link } = await ownRoom();
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await web.sees(ann, "Bob joined");
    const shown = await card(ann, "Bob");
    await shown.getByLabel("For how long").selectOption({ label: "1 week" });
    await shown.getByRole("button", { name: "Ban", exact: true }).click();
    await shown.getByRole("button", { name: "Ban? Press again" }).click();
    await bob.getByText("You were removed from this room").waitFor();
    await web.sees(ann, /Ann banned Bob until/);
    await bob.getByRole("button", { name: "Enter again" }).click();
    await bob.getByText(/You are banned from this room/).waitFor();
    await accessible(bob, "banned");
    await ann.reload();
    await web.readyToSend(ann);
    const own = await settings(ann, "Bans");
    await own.getByText(/^Banned until/).waitFor();
    await accessible(ann, "bans");
    await own.getByRole("button", { name: "Lift: Bob" }).click();
    await own.getByText("Nobody is banned or muted.").waitFor();
    await closeDialog(ann);
    await bob.getByRole("button", { name: "Open room" }).click();
    await web.say(bob, "thank you");
    await web.sees(ann, "thank you");
  });

  test("mutes for a time, which nobody is told who is muted", async () => {
    const { ann } = await ownRoom({ access: byInvitation });
    const [bob, cid] = [await visitor(), await visitor()];
    await web.openLink(bob, await invite(ann), "Bob");
    await web.openLink(cid, await invite(ann), "Cid");
    await web.sees(ann, /Cid joined/);
    const shown = await card(ann, "Bob");
    await shown.getByRole("button", { name: "Mute" }).click();
    await shown.getByText("Nobody hears Bob now.").waitFor();
    await closeDialog(ann);
    await web.say(bob, "can you hear me?");
    await web.sent(bob);
    await web.say(ann, "quiet today");
    await web.sees(cid, "quiet today");
    assert.equal(await web.timeline(cid).getByText("can you hear me?").count(), 0);
    const own = await settings(ann, "Bans");
    await own.getByText(/^Muted until/).waitFor();
    await own.getByRole("button", { name: "Lift: Bob" }).click();
    await own.getByText("Nobody is banned or muted.").waitFor();
    await web.say(bob, "and now?");
    await web.sees(cid, "and now?");
  });

  test("has a pace and a message of the day, and is given back", async () => {
    const { ann, link } = await ownRoom();
    const own = await settings(ann);
    await own.getByLabel("Slow mode").selectOption({ label: "One message every 1 hour" });
    await own.getByText("Done.", { exact: true }).waitFor();
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await own.getByLabel("Message of the day").fill("Scones at five");
    await own.getByRole("button", { name: "Save message" }).click();
    await web.sees(bob, "Scones at five");
    await web.say(bob, "one");
    await web.say(bob, "two");
    await bob.getByText("This room is slow. Your message waits here and goes out by itself.").waitFor();
    assert.equal(await web.timeline(ann).getByText("two").count(), 0);
    await own.getByLabel("Slow mode").selectOption({ label: "One message every 5 seconds" });
    await web.sees(ann, "two");
    await bob.getByText(/Your message waits here/).waitFor({ state: "detached" });
    await own.getByLabel("On the public list").check();
    await closeDialog(ann);
    await ann.reload();
    await web.readyToSend(ann);
    const again = await settings(ann);
    assert.equal(await again.getByLabel("Message of the day").inputValue(), "Scones at five");
    assert.equal(await again.getByLabel("Slow mode").inputValue(), "5");
    assert.equal(await again.getByLabel("On the public list").isChecked(), true);
    await again.getByRole("button", { name: "Give the room back" }).click();
    await again.getByRole("button", { name: "Give back", exact: true }).click();
    await again.getByText(/This room belongs to nobody/).waitFor();
    assert.equal(await again.getByLabel("Slow mode").count(), 0);
  });

  test("shows what is in force when the server refuses a change", async () => {
    const ann = await visitor();
    await ann.routeWebSocket(/chat-ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        const { cmd, channel, mid } = JSON.parse(data);
        if (cmd !== "setroom") return server.send(data);
        socket.send(JSON.stringify({ cmd: "nack", channel, mid, code: "forbidden", text: "no", time: Date.now() }));
      });
    });
    await web.createRoom(ann, { nick: "Ann" });
    const own = await settings(ann);
    await own.getByRole("button", { name: "Claim this room" }).click();
    for (const [label, kind] of [
      ["Members only", "radio"],
      ["Those outside may knock", "checkbox"],
      ["On the public list", "checkbox"],
    ]) {
      await own.getByRole(kind, { name: label }).click();
      await own.getByText("Your role here does not allow this.").first().waitFor();
      assert.equal(await own.getByRole(kind, { name: label }).isChecked(), false, label);
    }
    assert.equal(await own.getByRole("radio", { name: "Everybody" }).isChecked(), true);
    await own.getByLabel("Slow mode").selectOption({ label: "One message every 1 hour" });
    await ann.waitForFunction(() => document.querySelector("dialog select").value === "0");
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`is in order for axe and on a small screen (${colorScheme})`, async () => {
      const small = { colorScheme, viewport: { width: 320, height: 640 } };
      const ann = await visitor(small);
      await web.createRoom(ann, { title: "Tea", nick: "Ann" });
      const link = await web.shareLink(ann);
      const own = await settings(ann);
      await accessible(ann, "unclaimed");
      await own.getByRole("button", { name: "Claim this room" }).click();
      await own.getByText("This room is yours: you decide about it.").waitFor();
      await accessible(ann, "room settings");
      await own.getByRole("button", { name: "Close this room" }).click();
      await accessible(ann, "closing");
      await choose(own, byInvitation);
      await own.getByLabel("Those outside may knock").check();
      await own.getByText("Done.", { exact: true }).waitFor();
      await ann.getByRole("tab", { name: "Invites" }).click();
      await own.getByRole("button", { name: "Make an invitation" }).click();
      const invitation = await own.getByLabel("Invitation link", { exact: true }).inputValue();
      await own.getByRole("button", { name: /^Revoke/ }).waitFor();
      await accessible(ann, "invitations");
      await ann.keyboard.press("Escape");
      await ann.getByRole("button", { name: "Share", exact: true }).click();
      await dialog(ann)
        .getByText(/This room is not open to everybody/)
        .waitFor();
      await accessible(ann, "share");
      await dialog(ann).getByRole("button", { name: "Make an invitation" }).click();
      await ann.getByRole("tab", { name: "Invites", selected: true }).focus();
      await ann.keyboard.press("ArrowLeft");
      await ann.getByRole("tab", { name: "Roles", selected: true }).waitFor();
      await own.getByLabel("Role of Ann").waitFor();
      await accessible(ann, "roles");
      await closeDialog(ann);

      const bob = await visitor(small);
      await ask(bob, link, "Bob");
      await shut(bob);
      await bob.locator("summary", { hasText: "I have an invitation" }).click();
      await bob.locator("summary", { hasText: "I belong to this room" }).click();
      await accessible(bob, "door");
      await bob.getByRole("button", { name: "Show my key" }).click();
      await shut(bob);
      await again(bob, invitation);
      await web.sees(ann, "Bob joined");
      await ann.getByRole("button", { name: /^People/ }).click();
      await dialog(ann).getByRole("button", { name: "Bob", exact: true }).click();
      await accessible(ann, "people");
      await dialog(ann).getByRole("button", { name: "Manage" }).click();
      await ann.getByRole("heading", { name: "Keeping order" }).waitFor();
      await accessible(ann, "person");
    });
  }

  test("reads in Chinese, too", async () => {
    const { ann, link } = await ownRoom({ access: byInvitation, knock: true });
    const bob = await visitor({ locale: "zh-CN" });
    await bob.goto(link);
    await bob.getByLabel("你的名字").fill("阿丽");
    await bob.getByRole("button", { name: "打开房间" }).click();
    await bob.getByText("这扇门关着。").waitFor();
    await bob.getByRole("button", { name: "敲门" }).click();
    await ann.getByRole("button", { name: "Let in: 阿丽" }).click();
    await bob.locator("textarea").waitFor();
    await web.chooseFromMenu(bob, "房间设置", "房间菜单");
    const shown = bob.getByRole("dialog", { name: "房间设置" });
    await shown.getByText("这个房间有主人。").waitFor();
    await shown.getByText("谁可以进入").waitFor();
    const latin = await shown.innerText();
    assert.doesNotMatch(latin, /[A-Za-z]{3,}/);
  });
});
