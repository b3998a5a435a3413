import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

describe("what was said stays", () => {
  const set = web.stage();
  const { visitor } = set;

  /** A page whose socket can be held: nothing of that kind gets through while `held` says so. */
  async function heldVisitor() {
    const page = await visitor();
    const hold = { out: () => false, in: () => false };
    await page.routeWebSocket(/chat-ws/, (socket) => {
      const server = socket.connectToServer();
      socket.onMessage((data) => hold.out(JSON.parse(data)) || server.send(data));
      server.onMessage((data) => hold.in(JSON.parse(data)) || socket.send(data));
    });
    return { page, hold };
  }

  /** Settles when so many messages lie on the device. */
  const kept = (page, count) =>
    page.waitForFunction(async (wanted) => {
      const open = indexedDB.open("hcchat");
      const db = await new Promise((done) => (open.onsuccess = () => done(open.result)));
      const keys = db.transaction("values").objectStore("values").getAllKeys();
      const found = await new Promise((done) => (keys.onsuccess = () => done(keys.result)));
      db.close();
      return found.filter((key) => String(key).startsWith("outbox ")).length === wanted;
    }, count);

  const texts = (page) => web.timeline(page).locator(".message .body").allInnerTexts();

  for (const [name, direction, kinds] of [
    ["before anything has reached the server", "out", ["chat"]],
    ["between the server's taking and its answer", "in", ["chat", "ack"]],
  ]) {
    test(`a reload while sending, ${name}, loses nothing and doubles nothing`, async () => {
      const { page: ann, hold } = await heldVisitor();
      const bob = await visitor();
      await web.createRoom(ann, { nick: "Ann" });
      const link = await web.shareLink(ann);
      await web.openLink(bob, link, "Bob");
      await web.sees(ann, "Bob joined");
      await web.say(ann, "before");
      await web.sent(ann);
      hold[direction] = ({ cmd }) => kinds.includes(cmd);
      const said = ["one", "two", "three"];
      for (const text of said) await web.say(ann, text);
      await kept(ann, 3);
      await ann.reload();
      hold[direction] = () => false;
      await ann.goto("about:blank");
      await ann.goto(link);
      await web.sees(ann, "three");
      await web.sees(bob, "three");
      await web.sent(ann);
      await web.allSent(ann);
      for (const page of [ann, bob]) assert.deepEqual(await texts(page), ["before", ...said]);
    });
  }

  test("what a page leaves unsent goes out from another page of the same browser, once", async () => {
    const { page: ann, hold } = await heldVisitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.openLink(bob, link, "Bob");
    const other = await ann.context().newPage();
    await other.addInitScript(() => localStorage.setItem("hcchat.nick", '"Ann_2"')); // the first page has her name
    await other.goto(link);
    await web.readyToSend(other);
    hold.out = ({ cmd }) => cmd === "chat";
    await web.say(ann, "left behind");
    await kept(ann, 1);
    await other.waitForFunction(async () => (await navigator.locks.query()).pending.length > 0); // it waits for its turn
    await ann.close({ runBeforeUnload: false });
    await web.sees(bob, "left behind");
    await web.sees(other, "left behind");
    assert.equal(await web.timeline(bob).getByText("left behind").count(), 1);
  });

  test("who comes later reads what was said before, and sees where it begins", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.say(ann, "说给以后的人听");
    await web.sent(ann);
    await web.chooseFromMenu(ann, "Leave");
    await ann.getByLabel("Your name").waitFor();
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await web.sees(bob, "说给以后的人听");
    await web.sees(bob, /History begins here/);
    await web.chooseFromMenu(bob, "History");
    await bob
      .getByRole("dialog")
      .getByText(/The server keeps the encrypted messages for 30 days/)
      .waitFor();
  });

  test("two people answer, edit, delete and react", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.say(ann, "shall we mete?");
    await web.sees(bob, "shall we mete?");
    await web.act(bob, "shall we", "❤️");
    await ann.getByRole("button", { name: "❤️ 1: Bob" }).click();
    await bob.getByRole("button", { name: "❤️ 2: Bob and Ann" }).waitFor();
    await web.act(bob, "shall we", "Reply");
    await web.say(bob, "yes");
    await web
      .row(ann, "yes")
      .getByRole("button", { name: /In reply to Ann/ })
      .waitFor();
    // The last one is edited with the arrow key.
    await web.composer(ann).focus();
    await web.composer(ann).press("ArrowUp");
    await ann.getByText("Editing:").waitFor();
    await ann.waitForFunction((text) => document.querySelector("textarea").value === text, "shall we mete?");
    await web.say(ann, "shall we meet?");
    await web.row(bob, "shall we meet?").getByText("edited").waitFor();
    await ann.getByRole("img", { name: "Read by Bob" }).waitFor();
    await web.act(ann, "shall we meet?", "Delete for everybody");
    await ann.getByRole("menuitem", { name: "Delete? Press again" }).click();
    await bob.getByText("This message was deleted.").first().waitFor();
    assert.equal(await web.timeline(bob).getByText("shall we meet?").count(), 0);
  });

  test("everything is done with the keyboard alone", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.say(ann, "first");
    await web.say(ann, "second");
    await web.sent(ann);
    await web.timeline(ann).focus();
    await ann.keyboard.press("ArrowUp");
    await ann.keyboard.press("ArrowUp");
    await ann.keyboard.press("Enter");
    await ann.getByRole("menu").waitFor();
    for (let i = 0; i < 6; i++) await ann.keyboard.press("ArrowDown");
    await ann.keyboard.press("Enter");
    await ann.getByText("Reply to Ann:").waitFor();
    await web.readyToSend(ann);
    await ann.keyboard.type("answer");
    await ann.keyboard.press("Enter");
    await web
      .row(ann, "answer")
      .getByRole("button", { name: /In reply to Ann/ })
      .waitFor();
    await ann.keyboard.press("ArrowUp");
    await ann.getByText("Editing:").waitFor();
    await ann.keyboard.press("Escape");
    await ann.getByText("Editing:").waitFor({ state: "detached" });
  });

  test("a Chinese phrase is found, and the message is shown", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    for (const text of ["周日去香山看红叶", "hello", "明天见"]) await web.say(ann, text);
    await web.sent(ann);
    await ann.keyboard.press("Control+f");
    await ann.getByRole("searchbox").fill("山看红");
    await ann.getByText("1 found, in 3 messages").waitFor();
    await ann.getByRole("button", { name: /周日去香山看红叶/ }).click();
    await ann.waitForFunction(() => document.activeElement?.textContent?.includes("周日去香山看红叶"));
    await web.act(ann, "周日去香山", "Delete for everybody");
    await ann.getByRole("menuitem", { name: "Delete? Press again" }).click();
    await ann.getByText("This message was deleted.").waitFor();
    await ann.keyboard.press("Control+f");
    await ann.getByText("0 found, in 2 messages").waitFor();
  });

  test("what is said offline goes out when the network is back, and what was missed comes", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.sees(ann, "Bob joined");
    await web.say(bob, "one");
    await web.sees(ann, "one");
    await ann.context().setOffline(true);
    await web.say(bob, "two, while you were away");
    await web.sayUnheard(ann, "three, from far away");
    await ann.context().setOffline(false);
    await web.sees(bob, "three, from far away");
    await web.sees(ann, "two, while you were away");
    assert.equal(await web.timeline(bob).getByText("three, from far away").count(), 1);
  });

  test("reading back keeps its place while older messages come", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    for (let i = 0; i < 160; i++) await web.sayAtOnce(ann, `message ${i}`);
    await web.sees(ann, "message 159");
    await web.allSent(ann);
    const bob = await visitor();
    await web.openLink(bob, link, "Bob");
    await web.sees(bob, "message 159");
    assert.equal(await web.timeline(bob).getByText("message 0", { exact: true }).count(), 0);
    // Up, until the beginning is there: the message at the top of the screen never jumps.
    const jumped = await bob.evaluate(async () => {
      const box = document.querySelector(".timeline");
      const frame = () => new Promise(requestAnimationFrame);
      let worst = 0;
      while (!document.querySelector("[data-gap=start]") || box.scrollTop > 0) {
        const rows = [...box.querySelectorAll(".message")];
        const mark = rows.find((row) => row.getBoundingClientRect().bottom > box.getBoundingClientRect().top);
        const before = mark.getBoundingClientRect().top;
        const top = box.scrollTop;
        box.scrollTop -= 40;
        const moved = top - box.scrollTop;
        await frame();
        await frame();
        if (mark.isConnected) worst = Math.max(worst, Math.abs(mark.getBoundingClientRect().top - before - moved));
      }
      return worst;
    });
    assert.ok(jumped <= 2, `it jumped by ${jumped} px`);
    await web.timeline(bob).getByText("message 0", { exact: true }).waitFor();
  });
});
