import assert from "node:assert/strict";
import { describe, test } from "node:test";
import WebSocket from "ws";
import * as web from "./harness.mjs";

describe("people talk", () => {
  const set = web.stage("--Compat:TripSalt=compat-test-salt", "--Moderation:AdminTrip=AuMPLk");
  const { visitor } = set;

  test("two people meet by a link and talk in Chinese and emoji", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { title: "周末爬山 ⛰️", nick: "小明" });
    const link = await web.shareLink(ann);
    await web.openLink(bob, link, "Bob");
    await bob.getByRole("heading", { name: "周末爬山 ⛰️" }).waitFor();
    await web.sees(ann, "Bob joined");
    await web.say(ann, "周日去**香山**怎么样？👋🏽");
    await web.sees(bob, /周日去.*香山.*怎么样？👋🏽/);
    assert.equal(await web.timeline(bob).locator("strong").innerText(), "香山");
    await web.say(bob, "好啊 🥖\n八点见");
    await web.sees(ann, "八点见");
    await web.sent(ann);
    await ann.getByText("2 people").waitFor();
  });

  test("the server is sent no word of it", async () => {
    const ann = await visitor();
    const sent = [];
    ann.on("websocket", (socket) => socket.on("framesent", ({ payload }) => sent.push(String(payload))));
    await web.createRoom(ann, { title: "Canary title", nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.say(ann, "canary words");
    await web.sent(ann);
    const key = new URLSearchParams(link.split("?")[1]).get("k");
    assert.ok(sent.some((frame) => frame.includes("E2EE:")));
    for (const frame of sent)
      for (const secret of ["canary words", "Canary title", key]) assert.ok(!frame.includes(secret));
  });

  test("the secret leaves the address bar, and no history entry of the page keeps it", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    assert.match(link, /[?&]k=[\w-]{43}/);
    await bob.goto(link);
    await bob.getByLabel("Your name").waitFor();
    assert.doesNotMatch(bob.url(), /k=|s=|t=/);
    await bob.getByLabel("Your name").fill("Bob");
    await bob.getByRole("button", { name: "Open room" }).click();
    await web.composer(bob).waitFor();
    assert.match(bob.url(), /#\/r\/[\w-]+\?e=1$/);
    await web.chooseFromMenu(bob, "Leave");
    await bob.getByLabel("Your name").waitFor();
    // The page that was in the room still knows it, and opens it again for whoever goes back; the next page does not.
    await bob.reload();
    await bob.getByLabel("Your name").waitFor();
    await bob.goBack();
    await bob.waitForURL(/#\/r\//);
    await bob.getByText("This device does not have the key of this room.").waitFor();
  });

  test("a link without the key asks for it, and takes the full link", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    const full = await web.shareLink(ann);
    const bare = await web.shareLink(ann, "Link without the key");
    assert.doesNotMatch(bare, /k=|t=/);
    await bob.goto(bare);
    await bob.getByLabel("Your name").fill("Bob");
    await bob.getByRole("button", { name: "Open room" }).click();
    await bob.getByText("Enter the passphrase, or paste the link").waitFor();
    await bob.getByLabel("Link or passphrase").fill(full);
    await bob.getByRole("button", { name: "Open room" }).click();
    await web.readyToSend(bob);
    await web.say(bob, "with the full link");
    await web.sees(ann, "with the full link");
  });

  test("an encrypted room that is not to be remembered leaves neither title nor name on the device", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { title: "Surprise party", nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.readyToSend(bob);
    const kept = () => bob.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.doesNotMatch(await kept(), /Surprise/);
    // The tab knows where it is as long as it is there, as its address bar does.
    assert.doesNotMatch(await bob.evaluate(() => JSON.stringify({ ...localStorage })), /channel/);
    await web.chooseFromMenu(bob, "Leave");
    await bob.getByLabel("Your name").waitFor();
    assert.doesNotMatch(await kept(), /Surprise|channel/);
    assert.match(await kept(), /Bob/);
    assert.equal(await bob.getByRole("heading", { name: "Recent rooms" }).count(), 0);
  });

  test("a remembered room opens again after a reload without its link", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { title: "Kept", nick: "Ann" });
    await web.readyToSend(ann);
    await ann.reload();
    await web.readyToSend(ann);
    await ann.getByRole("heading", { name: "Kept" }).waitFor();
    await web.chooseFromMenu(ann, "Leave");
    await ann.getByRole("button", { name: "Forget Kept" }).click();
    await ann.getByRole("heading", { name: "Recent rooms" }).waitFor({ state: "detached" });
  });

  test("coming back to a room in the same visit asks for nothing", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.readyToSend(bob);
    await web.chooseFromMenu(bob, "Leave");
    await web.sees(ann, "Bob left");
    await bob.goBack();
    await web.readyToSend(bob);
    await web.say(bob, "back again");
    await web.sees(ann, "back again");
  });

  test("a link with another key, opened in the room, changes the key", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    const wrong = link.replace(/k=[\w-]{43}/, `k=${"A".repeat(43)}`);
    await web.openLink(bob, wrong, "Bob");
    await web.readyToSend(bob);
    await web.say(ann, "can you read this");
    const alert = bob.getByRole("alert", { name: "Others in this room use a different key" });
    await alert.waitFor();
    assert.doesNotMatch(await alert.innerText(), /passphrase/i);
    await alert.getByLabel("Link with the key").fill("not a link");
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.getByText("Paste the link that carries the key.").waitFor();
    await bob.evaluate((address) => (location.href = address), link);
    await bob.getByRole("alert", { name: "Others in this room use a different key" }).waitFor({ state: "detached" });
    assert.doesNotMatch(bob.url(), /k=/);
    await web.say(ann, "and now");
    await web.sees(bob, "and now");
  });

  test("two people open a room by its name and passphrase, whatever width the characters have", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.openByPassphrase(ann, { room: "teahouse", passphrase: "密码 123ABC", nick: "Ann" });
    await web.openByPassphrase(bob, { room: "teahouse", passphrase: "密码　１２３ＡＢＣ", nick: "Bob" });
    await web.say(ann, "the kettle is on");
    await web.sees(bob, "the kettle is on");
    await bob.getByRole("button", { name: "End-to-end encrypted" }).click();
    await bob.getByText("Your key is the one the others use.").waitFor();
  });

  test("a wrong passphrase is said at once and can be put right", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.openByPassphrase(ann, { room: "cellar", passphrase: "correct horse", nick: "Ann" });
    await web.openByPassphrase(bob, { room: "cellar", passphrase: "wrong horse", nick: "Bob" });
    await web.say(ann, "can you read this");
    const alert = bob.getByRole("alert", { name: "Others in this room use a different passphrase" });
    await alert.waitFor();
    await web.sees(bob, "This message could not be opened.");
    await web.composer(bob).fill("half a thought");
    await alert.getByLabel("Passphrase", { exact: true }).fill("correct horse");
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.waitFor({ state: "detached" });
    await web.readyToSend(bob);
    assert.equal(await web.composer(bob).inputValue(), "half a thought");
    await web.composer(bob).press("Enter");
    await web.sees(ann, "half a thought");
    await web.say(ann, "now it works");
    await web.sees(bob, "now it works");
  });

  test("a name that is taken or unfit is said in the form, which offers a free one", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.readyToSend(ann);
    const link = await web.shareLink(ann);
    await bob.goto(link);
    await bob.getByLabel("Your name").fill("two words");
    await bob.getByRole("button", { name: "Open room" }).click();
    await bob.getByText("without blanks").waitFor();
    await bob.getByLabel("Your name").fill("ann");
    await bob.getByRole("button", { name: "Open room" }).click();
    await bob.getByText("Somebody in the room has this name already.").waitFor();
    await bob.getByText("It may be you, in another tab.").waitFor();
    assert.equal(await bob.getByLabel("Your name").inputValue(), "ann_2");
    await bob.getByRole("button", { name: "Open room" }).click();
    await web.sees(ann, "ann_2 joined");
  });

  test("whispers stay between two, emotes and new names are seen by all", async () => {
    const [ann, bob, eve] = await Promise.all([visitor(), visitor(), visitor()]);
    await web.createRoom(ann, { nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.openLink(bob, link, "Bob");
    await web.openLink(eve, link, "Eve");
    await web.sees(ann, "Eve joined");
    await ann.getByRole("button", { name: "Bob" }).click();
    await ann.getByRole("button", { name: "Whisper" }).click();
    await ann.getByText("Only Bob will see this").waitFor();
    await web.readyToSend(ann);
    await ann.keyboard.type("just for you");
    await ann.keyboard.press("Enter");
    await web.sees(ann, "You whisper to Bob");
    await web.sees(bob, "just for you");
    await web.sees(bob, "Ann whispers to you");
    await web.say(ann, "/me waves");
    await web.sees(eve, "waves");
    assert.equal(await web.timeline(eve).getByText("just for you").count(), 0);
    await web.say(bob, "/nick Robert");
    await web.sees(eve, "Bob is now Robert");
    await web.say(eve, "/frobnicate");
    await eve.getByText("There is no command /frobnicate").waitFor();
    assert.equal(await web.composer(eve).inputValue(), "/frobnicate");
    await web.say(eve, "/leave");
    await web.sees(ann, "Eve left");
  });

  test("typing is shown to the others", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.readyToSend(bob);
    await web.composer(bob).pressSequentially("hm");
    await ann.getByText("Bob is typing").waitFor();
  });

  test("a plain room is marked and talks with a hack.chat client", async () => {
    const ann = await visitor();
    const stock = await web.stockClient(set.server, "lounge", "stock");
    await web.openPlain(ann, { room: "lounge", nick: "Ann" });
    await ann.getByRole("button", { name: "Not encrypted" }).waitFor();
    await ann.getByText("The server and everybody on the way can read this room.").waitFor();
    stock.send({ cmd: "chat", text: "E2EE:bm90IGFuIGVudmVsb3Bl" });
    await web.sees(ann, "It is encrypted for another room or key.");
    stock.send({ cmd: "chat", text: "hello from *2015*, see ?programming" });
    await web.sees(ann, "hello from");
    assert.equal(await ann.getByRole("link", { name: "?programming" }).getAttribute("href"), "#/r/programming");
    await web.say(ann, "hello back 👋");
    assert.equal((await stock.frame((f) => f.cmd === "chat" && f.nick === "Ann")).text, "hello back 👋");
    stock.close();
    await web.sees(ann, "stock left");
    assert.match(ann.url(), /\?e=0$/);
  });

  test("a bare room name in the address bar opens nothing plain by itself", async () => {
    const ann = await visitor();
    await ann.goto("/#/r/lounge");
    await ann.getByText("does not say how the room is protected").waitFor();
    await ann.getByLabel("Your name").fill("Ann");
    await ann.getByRole("button", { name: "Open room" }).click();
    await ann.getByText("Enter the passphrase").waitFor();
    assert.equal(await web.composer(ann).count(), 0);
  });

  test("plain text in an encrypted room is marked as possibly forged", async () => {
    const ann = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    const channel = decodeURIComponent(/#\/r\/([^?]+)/.exec(ann.url())[1]);
    const stranger = await web.stockClient(set.server, channel, "stranger");
    stranger.send({ cmd: "chat", text: "trust me" });
    await web.sees(ann, "Not encrypted: may be forged by the server");
    stranger.send({ cmd: "chat", text: "E2EE:bm90IGFuIGVudmVsb3Bl" });
    await web.sees(ann, "It arrived damaged.");
    stranger.close();
  });

  test("a room that was encrypted here is not opened in clear, unless it is taken off the device first", async () => {
    const ann = await visitor();
    await web.openByPassphrase(ann, { room: "attic", passphrase: "correct horse", nick: "Ann" });
    await web.chooseFromMenu(ann, "Leave");
    await web.fillPlain(ann, { room: "attic", nick: "Ann" });
    await ann.getByText("so it is not opened unencrypted").waitFor();
    assert.equal(await web.composer(ann).count(), 0);
    await ann.getByRole("button", { name: "Take it off this device" }).click();
    await ann.getByRole("heading", { name: "HCChat" }).waitFor();
    await web.openPlain(ann, { room: "attic", nick: "Ann" });
    await ann.getByRole("button", { name: "Not encrypted" }).waitFor();
  });

  test("a room in HChat compatibility is read with the app's encryption", async () => {
    const ann = await visitor();
    const bob = await visitor();
    for (const [page, nick] of [
      [ann, "Ann"],
      [bob, "Bob"],
    ]) {
      await web.fillOpenForm(page, { room: "old-app", nick });
      await page.getByLabel("Passphrase", { exact: true }).fill("one of its own");
      await page.locator("summary", { hasText: "Other clients" }).click();
      await page.getByLabel("HChat compatibility").check();
      await page.getByRole("button", { name: "Open room" }).click();
      await web.readyToSend(page);
    }
    await web.say(ann, "旧式加密");
    await web.sees(bob, "旧式加密");
    await bob.getByRole("button", { name: "HChat compatibility" }).waitFor();
  });

  test("a damaged link says so", async () => {
    const ann = await visitor();
    await ann.goto("/#/r/tea?k=damaged");
    await ann.getByText("The key in this link is damaged.").waitFor();
    assert.match(ann.url(), /#\/$/);
  });

  test("a refused message says why and can be sent again", async () => {
    const ann = await visitor();
    let refusing = true;
    await ann.routeWebSocket(/chat-ws/, (socket) => {
      const up = socket.connectToServer();
      socket.onMessage((text) => {
        const frame = JSON.parse(text);
        if (frame.cmd !== "chat" || !refusing) return up.send(text);
        const { mid, channel } = frame;
        socket.send(JSON.stringify({ cmd: "nack", mid, channel, code: "forbidden", text: "No.", time: Date.now() }));
      });
    });
    await web.createRoom(ann, { nick: "Ann" });
    await web.readyToSend(ann);
    await web.say(ann, "may I?");
    await web.sees(ann, "Not sent: You are not allowed to do this.");
    refusing = false;
    await web.timeline(ann).getByRole("button", { name: "Try again" }).click();
    await web.sent(ann);
    await ann.getByText("Not sent").waitFor({ state: "detached" });
  });

  test("who is kicked is told so, and the page does not come back by itself", async () => {
    const ann = await visitor();
    await web.openPlain(ann, { room: "strict", nick: "Ann" });
    const moderator = await web.stockClient(set.server, "strict", "Boss", "secret");
    moderator.send({ cmd: "kick", nick: "Ann" });
    await ann.getByRole("heading", { name: "You were removed from this room" }).waitFor();
    assert.equal(await web.composer(ann).count(), 0);
    await ann.getByRole("button", { name: "To the start page" }).click();
    await ann.getByRole("heading", { name: "HCChat" }).waitFor();
    moderator.close();
  });

  test("whose room is closed is told so", async () => {
    const ann = await visitor();
    await web.openPlain(ann, { room: "closing", nick: "Ann" });
    const moderator = await web.stockClient(set.server, "closing", "Boss", "secret");
    moderator.send({ cmd: "closeroom" });
    await ann.getByRole("heading", { name: "This room was closed" }).waitFor();
    assert.equal(await web.composer(ann).count(), 0);
    moderator.close();
  });

  test("a session that continues elsewhere says so and stops", async () => {
    const ann = await visitor();
    const given = new Promise((resolve) =>
      ann.on("websocket", (socket) =>
        socket.on("framereceived", ({ payload }) => {
          const { cmd, token } = JSON.parse(String(payload));
          if (cmd === "session" && token) resolve(token);
        }),
      ),
    );
    await web.openPlain(ann, { room: "double", nick: "Ann" });
    const token = await given;
    const other = new WebSocket(set.server.socketUrl);
    other.on("open", () => other.send(JSON.stringify({ cmd: "session", proto: 3, token })));
    await ann.getByRole("heading", { name: "This session continues in another window" }).waitFor();
    other.terminate();
  });
});
