// livekit-client's own check of a server, all of it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser } from "./browser.mjs";
import { Host, newRoom } from "./host.mjs";

let host, browser;
before(async () => ([host, browser] = await Promise.all([Host.start(), Browser.start()])));
after(async () => {
  await browser?.stop();
  await host?.stop();
});

const succeeded = 3;

for (const name of ["Websocket", "WebRTC", "Reconnect", "PublishAudio", "PublishVideo", "ConnectionProtocol"])
  test(`the check ${name} succeeds`, async () => {
    const page = await browser.page();
    const token = await host.token(newRoom(), "checker");
    const { status, logs } = await page.evaluate(
      ([name, url, token]) => check(`check${name}`, url, token),
      [name, host.url, token],
    );
    assert.equal(status, succeeded, JSON.stringify(logs));
    await page.context().close();
  });
