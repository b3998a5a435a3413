import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

describe("what a room is set to", () => {
  const set = web.stage();
  const { visitor } = set;

  test("the timer of an encrypted room is known to whoever comes long after it was set, and after a reload", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.chooseFromMenu(ann, "Disappearing messages");
    await ann.getByRole("dialog").getByLabel("After 1 hour").check();
    await ann.keyboard.press("Escape");
    await ann.getByRole("button", { name: "Messages disappear after 1 hour" }).waitFor();
    for (let i = 0; i < 130; i++) await web.sayAtOnce(ann, `message ${i}`);
    await web.sees(ann, "message 129");
    await web.allSent(ann);
    const bob = await visitor();
    const sent = [];
    bob.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(JSON.parse(String(payload)))));
    const chats = () => sent.filter(({ cmd }) => cmd === "chat");
    await web.openLink(bob, link, "Bob");
    await bob.getByRole("button", { name: "Messages disappear after 1 hour" }).waitFor();
    await web.say(bob, "under it");
    await web.sees(ann, "under it");
    await bob.goto("about:blank");
    await bob.goto(link);
    await web.sayUnheard(bob, "at once");
    await web.sees(ann, "at once");
    assert.deepEqual(
      chats().map(({ ttl }) => ttl),
      [3600, 3600],
    );
  });

  for (const kind of ["plain", "encrypted"]) {
    test(`what is sent before the room is joined after a reload goes out then (${kind})`, async () => {
      const [ann, bob] = [await visitor(), await visitor()];
      const room = `early-${Math.random().toString(36).slice(2)}`;
      let hold = false;
      const held = [];
      await ann.routeWebSocket(/chat-ws/, (socket) => {
        const server = socket.connectToServer();
        server.onMessage((data) => (hold ? held.push(() => socket.send(data)) : socket.send(data)));
      });
      if (kind === "plain") {
        for (const [page, nick] of [
          [bob, "Bob"],
          [ann, "Ann"],
        ])
          await web.openPlain(page, { room, nick });
      } else {
        await web.createRoom(ann, { nick: "Ann" });
        await web.openLink(bob, await web.shareLink(ann), "Bob");
      }
      await web.say(ann, "before");
      await web.sent(ann);
      hold = true;
      await ann.reload();
      await web.sayUnheard(ann, "early");
      assert.equal(await web.composer(ann).inputValue(), "");
      await web.row(ann, "early").getByRole("img", { name: "Sending" }).first().waitFor();
      hold = false;
      for (const pass of held) pass();
      await web.sees(bob, "early");
      await web.row(ann, "early").getByRole("img", { name: "Sending" }).waitFor({ state: "detached" });
      assert.equal(await web.timeline(bob).getByText("early").count(), 1);
    });
  }

  test("a reload of an encrypted room asks for nothing, a copy of the tab and whoever has left are asked", async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    const room = `r-${Math.random().toString(36).slice(2)}`;
    const cid = await visitor();
    await web.openByPassphrase(cid, { room, passphrase: "correct horse battery staple 42", nick: "Cid" });
    for (const page of [bob, cid]) {
      await page.waitForFunction(() => JSON.stringify({ ...sessionStorage }).includes("secrets"));
      await page.reload();
      await web.readyToSend(page);
      await page.reload();
      await web.sayUnheard(page, "still here");
      await web.sent(page);
    }
    await web.sees(ann, "still here");
    await bob.getByRole("heading", { name: "Tea" }).waitFor();
    const kept = await bob.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /Tea/);
    const [copy] = await Promise.all([
      bob.context().waitForEvent("page"),
      bob.evaluate(() => void open(location.href)),
    ]);
    await copy.getByText("This device does not have the key of this room.").waitFor();
    const address = bob.url();
    await web.chooseFromMenu(bob, "Leave");
    await bob.getByLabel("Your name").waitFor();
    await bob.goto("about:blank"); // a page's own way back asks for nothing
    await bob.goto(address);
    await bob.getByText("This device does not have the key of this room.").waitFor();
  });

  /** The dialog with what the room is set to, or with what is kept of it. */
  async function settings(page, name = "History") {
    await web.chooseFromMenu(page, name);
    return page.getByRole("dialog", { name });
  }

  /** The room becomes the page's own, by its pass. */
  async function claim(page) {
    const own = await settings(page, "Room settings");
    await own.getByRole("button", { name: "Claim this room" }).click();
    await own.getByText("This room is yours: you decide about it.").waitFor();
    await page.keyboard.press("Escape");
    await own.waitFor({ state: "detached" });
  }

  test("whoever claims a room says what is kept of it, and what the server refuses springs back", async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    const room = `own-${Math.random().toString(36).slice(2)}`;
    await web.openPlain(ann, { room, nick: "Ann", pass: "a secret" });
    await web.openPlain(bob, { room, nick: "Bob" });
    const others = await settings(bob);
    await others.getByText(/Only moderators can change this/).waitFor();
    assert.equal(await others.getByLabel("After 1 hour").isDisabled(), true);
    await bob.keyboard.press("Escape");
    const whose = await settings(bob, "Room settings");
    assert.equal(await whose.getByRole("button", { name: "Close this room" }).count(), 0);
    await whose.getByRole("button", { name: "Claim this room" }).click();
    await whose.getByText(/Only whoever opened a new room can claim it\.$/).waitFor();
    await claim(ann);
    await whose.getByText("This room belongs to somebody.", { exact: true }).waitFor();
    await bob.keyboard.press("Escape");
    await settings(bob);

    const own = await settings(ann);
    await own.getByLabel("Everything, also what it can read").check();
    await own.getByLabel("Days", { exact: true }).fill("7");
    await own.getByRole("button", { name: "Save" }).click();
    await own.getByText(/The server keeps all messages for 7 days/).waitFor();
    await others.getByText(/The server keeps all messages for 7 days/).waitFor();
    await own.getByLabel("After 1 hour").check();
    await others.locator("input:checked + span", { hasText: "After 1 hour" }).waitFor();
    await own.getByLabel("Days", { exact: true }).fill("9999");
    await own.getByRole("button", { name: "Save" }).click();
    await own.getByText(/The server does not take these values/).waitFor();
    assert.equal(await own.getByLabel("Days", { exact: true }).inputValue(), "7");

    await ann.keyboard.press("Escape");
    const end = await settings(ann, "Room settings");
    await end.getByRole("button", { name: "Close this room" }).click();
    await end.getByText(/is deleted for everybody/).waitFor();
    await end.getByRole("button", { name: "Delete everything" }).click();
    for (const page of [ann, bob]) await page.getByText("This room was closed").waitFor();
    assert.equal(await ann.getByRole("dialog").count(), 0);
  });

  test("a control that was refused shows what is in force", async () => {
    const ann = await visitor();
    await ann.routeWebSocket(/chat-ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((data) => {
        const { cmd, channel, mid } = JSON.parse(data);
        if (cmd !== "sethistory") return server.send(data);
        socket.send(JSON.stringify({ cmd: "nack", channel, mid, code: "forbidden", text: "no", time: Date.now() }));
      });
    });
    const room = `own-${Math.random().toString(36).slice(2)}`;
    await web.openPlain(ann, { room, nick: "Ann", pass: "a secret" });
    await claim(ann);
    const own = await settings(ann);
    await own.getByLabel("After 5 minutes").click();
    await own.getByText("You are not allowed to do this.").waitFor();
    assert.equal(await own.getByLabel("Never").isChecked(), true);
  });
});
