import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as web from "./harness.mjs";

describe("when the server goes away", () => {
  let server;
  let browser;

  before(async () => {
    server = await web.startServer();
    browser = await web.startBrowser();
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  test("a banner says so, and what is typed meanwhile arrives after the restart", async () => {
    const ann = await web.visitor(browser, server);
    const bob = await web.visitor(browser, server);
    await web.createRoom(ann.page, { nick: "Ann" });
    await web.openLink(bob.page, await web.shareLink(ann.page), "Bob");
    await web.say(ann.page, "before");
    await web.sees(bob.page, "before");

    await server.kill();
    await ann.page.getByText("Connection lost.").waitFor();
    await ann.page.getByText(/Trying again in \d+ s/).waitFor();
    await web.say(ann.page, "written while it was away");
    await ann.page.getByRole("img", { name: "Sending" }).first().waitFor();
    await web.composer(ann.page).fill("still a draft");

    // Bob is back first: rooms keep no messages for those who come later.
    await ann.context.setOffline(true);
    await server.start();
    await bob.page.getByText("Connection lost.").waitFor({ state: "detached", timeout: 60_000 });
    await web.sees(ann.page, "written while it was away");
    await ann.page.getByRole("button", { name: "Try now" }).click();
    // Back on the network, the page tries by itself.
    await ann.context.setOffline(false);

    await web.sees(bob.page, "written while it was away");
    await ann.page.getByText("Connection lost.").waitFor({ state: "detached" });
    await web.allSent(ann.page);
    assert.equal(await web.composer(ann.page).inputValue(), "still a draft");
    assert.equal(await web.timeline(bob.page).getByText("written while it was away").count(), 1);
    await web.say(bob.page, "welcome back");
    await web.sees(ann.page, "welcome back");

    for (const { page } of [ann, bob]) web.assertClean(page, { lostServer: true });
    await ann.context.close();
    await bob.context.close();
  });

  test("who loads the page again after a restart is still who one was", async () => {
    const ann = await web.visitor(browser, server);
    const bob = await web.visitor(browser, server);
    await web.createRoom(ann.page, { nick: "Ann" });
    await web.openLink(bob.page, await web.shareLink(ann.page), "Bob");
    await web.readyToSend(bob.page);
    await web.say(ann.page, "before");
    await web.sees(bob.page, "before");
    await web.sent(ann.page);
    await server.kill();
    await ann.page.getByText("Connection lost.").waitFor();
    await web.sayUnheard(ann.page, "meanwhile");
    // Gone before the server is there again, so that the page itself does not come back a moment before it is loaded anew.
    const address = ann.page.url();
    await ann.page.goto("about:blank");
    await server.start();
    await ann.page.goto(address);
    await web.sees(bob.page, "meanwhile");
    await web.act(ann.page, "before", "Edit");
    await web.composer(ann.page).fill("after");
    await web.composer(ann.page).press("Enter");
    await web.sees(bob.page, "after");
    assert.equal(await web.timeline(bob.page).getByText("meanwhile").count(), 1);
    assert.equal(
      await web
        .timeline(bob.page)
        .getByText(/joined|left/)
        .count(),
      0,
    );
    for (const { page } of [ann, bob]) web.assertClean(page, { lostServer: true });
    await ann.context.close();
    await bob.context.close();
  });

  test("a server that was never reached is said to be so, and what is said waits", async () => {
    const ann = await web.visitor(browser, server);
    await ann.page.routeWebSocket(/chat-ws/, (socket) => socket.close());
    await web.createRoom(ann.page, { nick: "Ann" });
    await ann.page.getByRole("status").getByText("Cannot reach the server.").waitFor();
    assert.equal(await ann.page.getByText("Connection lost.").count(), 0);
    await web.sayUnheard(ann.page, "is anybody there");
    await web.row(ann.page, "is anybody there").getByRole("img", { name: "Sending" }).first().waitFor();
    assert.equal(await web.composer(ann.page).inputValue(), "");
    web.assertClean(ann.page, { lostServer: true });
    await ann.context.close();
  });

  test("a server that stops on purpose announces its restart", async () => {
    const ann = await web.visitor(browser, server);
    await web.createRoom(ann.page, { nick: "Ann" });
    await web.readyToSend(ann.page);
    await server.kill("SIGTERM");
    await ann.page.getByText("The server is restarting.").waitFor();
    await server.start();
    await web.say(ann.page, "here again");
    await web.sent(ann.page, { timeout: 60_000 });
    web.assertClean(ann.page, { lostServer: true });
    await ann.context.close();
  });
});
