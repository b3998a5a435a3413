// The product's calls through a real relay and nothing else, with livekit-client and the credentials that it is given.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, Person } from "./browser.mjs";
import { newRoom } from "./host.mjs";
import { Product, Talker } from "./product.mjs";
import { Relay } from "./relay.mjs";

let relay, product, browser;
before(async () => {
  [relay, browser] = await Promise.all([Relay.start(), Browser.start()]);
  product = await Product.start(...relay.settings);
});
after(async () => {
  await browser?.stop();
  await product?.stop();
  await relay?.stop();
});

const succeeded = 3;
const relayed = { rtcConfig: { iceTransportPolicy: "relay" } };

/** Somebody in the room, with a seat in its call. */
async function seated(channel, nick) {
  const talker = await Talker.join(product, channel, nick);
  const { livekitUrl: url, token, identity } = await talker.seat();
  return { talker, identity, host: { url, token: async () => token } };
}

test("two who may use nothing but the relay see and hear one another, and the client's own check succeeds", async () => {
  const channel = newRoom();
  const enter = async (nick) => {
    const { talker, identity, host } = await seated(channel, nick);
    const person = await Person.join(browser, host, channel, identity, { key: "a key", connect: relayed });
    return { talker, person };
  };
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  await Promise.all([ann.person.sees(bob.person), bob.person.sees(ann.person)]);
  assert.equal(await ann.person.do(() => way()), "relay");
  await Promise.all([ann.person.leave(), bob.person.leave()]);

  const cat = await seated(channel, "cat");
  const page = await browser.page();
  const { status, logs } = await page.evaluate(
    ([url, token]) => check("checkTURN", url, token),
    [cat.host.url, await cat.host.token()],
  );
  assert.equal(status, succeeded, JSON.stringify(logs));
  for (const { talker } of [ann, bob, cat]) talker.leave();
});
