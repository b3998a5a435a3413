import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

describe("a page that is loaded again", () => {
  const set = web.stage("--Compat:TripSalt=compat-test-salt");
  const { visitor } = set;

  /** Ann and Bob in a room. */
  async function meet(encrypted) {
    const [ann, bob] = [await visitor(), await visitor()];
    if (encrypted) {
      await web.createRoom(ann, { title: "Tea", nick: "Ann" });
      await web.openLink(bob, await web.shareLink(ann), "Bob");
    } else {
      const room = `reload-${Math.random().toString(36).slice(2)}`;
      await web.openPlain(ann, { room, nick: "Ann" });
      await web.openPlain(bob, { room, nick: "Bob" });
    }
    await web.readyToSend(bob);
    return [ann, bob];
  }

  async function reload(page) {
    await page.reload();
    await web.readyToSend(page);
  }

  const gone = (page, text) => web.timeline(page).getByText(text).waitFor({ state: "detached" });

  for (const [kind, encrypted] of [
    ["an encrypted", true],
    ["a plain", false],
  ]) {
    test(`in ${kind} room one's own messages can be changed, and the other person sees it`, async () => {
      const [ann, bob] = await meet(encrypted);
      await web.say(ann, "to be edited");
      await web.say(ann, "to be deleted");
      await web.sees(bob, "to be deleted");
      for (const [from, to] of [
        ["to be edited", "edited once"],
        ["edited once", "edited twice"],
      ]) {
        await reload(ann);
        await web.sees(ann, from);
        await web.act(ann, from, "Edit");
        await web.composer(ann).fill(to);
        await web.composer(ann).press("Enter");
        await web.sees(bob, to);
      }
      await web.act(ann, "to be deleted", "Delete for everybody");
      await ann.getByRole("menuitem", { name: "Delete? Press again" }).click();
      await gone(bob, "to be deleted");
      await web.say(ann, "said after the reload");
      await web.sees(bob, "said after the reload");
      await web.say(bob, "heard");
      await web.sees(ann, "heard");
      assert.equal(await web.timeline(bob).getByText("said after the reload").count(), 1);
    });
  }

  test("in a plain room what is being sent meanwhile is neither lost nor doubled", async () => {
    const room = `sending-${Math.random().toString(36).slice(2)}`;
    const ann = await visitor();
    // One of ours would not show a repetition.
    const bob = await web.stockClient(set.server, room, "Bob");
    const heard = (text) => bob.frame((frame) => frame.cmd === "chat" && frame.text === text);
    await web.openPlain(ann, { room, nick: "Ann" });
    // What the server answers does not reach the page: it cannot know what has arrived.
    let deaf = false;
    await ann.routeWebSocket(/chat-ws/, (socket) => {
      const server = socket.connectToServer();
      server.onMessage((frame) => {
        if (!deaf || !/"cmd":"(ack|chat)"/.test(String(frame))) socket.send(frame);
      });
    });
    await reload(ann); // through the route from now on
    deaf = true;
    for (let i = 1; i <= 5; i++) await web.say(ann, `number ${i}`);
    await heard("number 5");
    assert.equal(await ann.getByRole("img", { name: "Sending" }).count(), 5);
    deaf = false;
    await reload(ann);
    await web.say(ann, "number 6");
    await heard("number 6");
    await web.allSent(ann);
    const said = [1, 2, 3, 4, 5, 6].map((i) => `number ${i}`);
    assert.deepEqual((await web.timeline(ann).innerText()).match(/number \d/g), said);
    const chats = bob.frames.filter(({ cmd }) => cmd === "chat");
    assert.deepEqual(
      chats.map(({ text }) => text),
      said,
    );
    bob.close();
  });

  test("a copy of the tab is somebody else, and leaves the first one alone", async () => {
    const [ann, bob] = await meet(true);
    await web.say(ann, "from the first");
    await web.sees(bob, "from the first");
    const [copy] = await Promise.all([
      ann.context().waitForEvent("page"),
      ann.evaluate(() => void open(location.href)),
    ]);
    assert.equal(await copy.evaluate(() => sessionStorage.getItem("hcchat.nick")), '"Ann"');
    // The name is taken, for this is not the one who has it.
    await copy.getByLabel("Your name").fill("Ann_2");
    await copy.getByRole("button", { name: "Open room" }).click();
    await web.readyToSend(copy);
    await web.say(copy, "from the copy");
    await web.sees(ann, "from the copy");
    await web.say(ann, "the first again");
    await web.sees(bob, "the first again");
    await web.sees(copy, "the first again");
    await bob.getByText("3 people").waitFor();
    await reload(ann);
    await reload(copy);
    await web.act(ann, "from the first", "Edit");
    await web.composer(ann).fill("from the first, edited");
    await web.composer(ann).press("Enter");
    await web.sees(bob, "from the first, edited");
    await bob.getByText("3 people").waitFor();
  });

  test("a trip code is still there", async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    const room = `trip-${Math.random().toString(36).slice(2)}`;
    await web.openPlain(bob, { room, nick: "Bob" });
    await web.openPlain(ann, { room, nick: "Ann", pass: "a secret" });
    await web.say(ann, "before");
    const trip = await web.timeline(bob).locator(".trip").first().innerText();
    assert.match(trip, /^\S{6}$/);
    await reload(ann);
    await web.say(ann, "after");
    await web.sees(bob, "after");
    const head = web.timeline(bob).locator("article").filter({ hasText: "after" });
    assert.equal(await head.locator(".trip").innerText({ timeout: 5_000 }), trip);
    const kept = await ann.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(kept, /a secret/);
  });

  test("whispers of one's absence come, and one can whisper to whoever is away", async () => {
    const [ann, bob] = [await visitor(), await visitor()];
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.openLink(bob, link, "Bob", "a secret");
    await web.say(bob, "see you");
    await web.sees(ann, "see you");
    await bob.goto("about:blank");
    await web.sees(ann, "Bob left");
    await web.act(ann, "see you", "Whisper");
    await web.composer(ann).pressSequentially("psst");
    await web.composer(ann).press("Enter");
    await web.sent(ann);
    await ann.getByText("You whisper to Bob").waitFor();
    // In another tab, with the same password: whoever has that is Bob.
    const other = await visitor();
    await web.openLink(other, link, "Bob", "a secret");
    await web.sees(other, "psst");
    await other.getByText("Ann whispers to you").waitFor();
    // A session has an inbox, too.
    const cid = await visitor();
    await web.openLink(cid, link, "Cid");
    await web.say(cid, "back in a minute");
    await web.sees(ann, "back in a minute");
    await cid.goto("about:blank");
    await web.sees(ann, "Cid left");
    await web.say(ann, "/w Cid psst, too");
    await web.sent(ann);
    await cid.goto(link);
    await web.sees(cid, "psst, too");
  });

  test("nothing of a session lies in the tab once the room was left", async () => {
    const [ann] = await meet(true);
    const kept = () => ann.evaluate(() => Object.entries({ ...sessionStorage }).join());
    assert.match(await kept(), /token/);
    await web.chooseFromMenu(ann, "Leave");
    assert.doesNotMatch(await kept(), /token|sid/);
    await ann.reload();
    await ann.getByLabel("Your name").waitFor();
    assert.doesNotMatch(await kept(), /token|sid/);
  });
});
