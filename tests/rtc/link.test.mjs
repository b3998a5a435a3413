// livekit-client in Chromium on ways that lose packets, or carry little.
import { after, before, test } from "node:test";
import { Browser, Person } from "./browser.mjs";
import { newRoom, until } from "./host.mjs";
import { Link } from "./link.mjs";

const good = { loss: 0, down: Infinity, queueMs: 0 };
const lossy = { ...good, loss: 0.05 };
const narrow = { ...good, down: 300_000, queueMs: 400 };

let link, browser;
before(async () => ([link, browser] = await Promise.all([Link.start(), Browser.start()])));
after(async () => {
  await browser?.stop();
  await link?.stop();
});

/** Somebody who comes on such a way. */
async function come(quality, room, identity, publishes) {
  link.quality = quality;
  return Person.join(browser, link.host, room, identity, { publishes });
}

const leave = (...people) => Promise.all(people.map((one) => one.leave()));

test("a twentieth of all packets is lost both ways: they come again, and picture and sound go on", async () => {
  const room = newRoom();
  const [ann, bob] = [await come(lossy, room, "ann", true), await come(lossy, room, "bob", true)];
  await Promise.all([ann.sees(bob), bob.sees(ann)]);
  // Upwards the calls ask and the browser sends again; downwards it is the other way round.
  await until(async () => {
    const [up, down] = [await ann.do(() => repeated()), await bob.of(ann, "video")];
    return up.asked > 0 && up.sent > 0 && down.asked > 0 && down.repeated > 0;
  }, "packets to come again both ways");
  await Promise.all([ann.sees(bob), bob.sees(ann)]);
  await leave(ann, bob);
});

test("300 kbit/s: the lower layer and sound without holes, and nobody else's picture becomes less", async () => {
  const room = newRoom();
  const ann = await come(good, room, "ann", false);
  await ann.do(() => publishTurmoil());
  const eve = await come(good, room, "eve", false);
  const sees = async (one, kind) => (await one.of(ann, kind)) ?? {};
  await until(async () => (await sees(eve, "video")).width === 640, "the higher layer at eve's");
  const bob = await come(narrow, room, "bob", false);

  // Five seconds of sound, one in twenty of its samples made up at most, while both see what they are to see. What is amiss begins them anew.
  let [from, seen] = [];
  const now = async () => ({
    sound: await sees(bob, "audio"),
    low: await sees(bob, "video"),
    high: await sees(eve, "video"),
  });
  await until(
    async () => {
      seen = await now();
      from ??= seen;
      const [real, madeUp] = ["samples", "madeUp"].map((name) => seen.sound[name] - from.sound[name]);
      const isRight = seen.low.width === 320 && seen.high.width === 640;
      if (!isRight || !(madeUp <= Math.max(4_800, real / 20))) from = undefined;
      else
        return real >= 240_000 && seen.low.frames >= from.low.frames + 10 && seen.high.frames >= from.high.frames + 10;
    },
    () => `the lower layer and sound at bob's: ${JSON.stringify({ from, seen })}`,
    120_000,
  );
  await leave(ann, bob, eve);
});
