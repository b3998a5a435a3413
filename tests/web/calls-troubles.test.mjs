// What stands in the way of a call: devices that are refused or slow, networks, and those who do not come. It is said, and one gets in.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import { askToEnter, button, enter, gather, leave, phone, plays, settings, shot, stage, tile } from "./caller.mjs";
import * as web from "./harness.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

async function accessible(page, where) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  const short = violations.map((v) => `${where}: ${v.id}: ${v.nodes.map((n) => n.target.join(" ")).join(", ")}`);
  assert.deepEqual(short, []);
}

/** Devices answer when the page is told to let them. */
function keepDevicesWaiting() {
  const gate = new Promise((resolve) => (window.allowDevices = resolve));
  const { getUserMedia } = MediaDevices.prototype;
  MediaDevices.prototype.getUserMedia = async function (wanted) {
    await gate;
    return getUserMedia.call(this, wanted);
  };
}

function refuseDevices() {
  MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("no", "NotAllowedError"));
}

/** Counts what is sounding in the page by itself. */
function listenToSounds() {
  window.sounding = 0;
  const { start, stop } = AudioScheduledSourceNode.prototype;
  const own = AudioBufferSourceNode.prototype.start;
  AudioBufferSourceNode.prototype.start = function (...given) {
    if (this.loop) window.sounding++;
    return (own ?? start).apply(this, given);
  };
  AudioScheduledSourceNode.prototype.stop = function (...given) {
    if (this.loop) window.sounding--;
    return stop.apply(this, given);
  };
}

const sounding = (page, count) => page.waitForFunction((wanted) => window.sounding === wanted, count);

describe("calls that are not easy", () => {
  const set = web.stage(...settings);
  const two = (scripts) => gather(set.visitor, ["ann", "bob"], { scripts });

  test("what comes late in the dialog does not push the button away from under the finger", async () => {
    const [ann] = await gather(set.visitor, ["ann"], { scripts: { ann: [keepDevicesWaiting] } });
    const dialog = await askToEnter(ann, { begin: true });
    const { x, y, width, height } = await button(dialog, "Call").boundingBox();
    await ann.mouse.move(x + width / 2, y + height / 2);
    await ann.mouse.down();
    await ann.evaluate(() => window.allowDevices());
    await ann.waitForFunction(() => document.querySelector("dialog video").videoWidth > 0);
    await ann.mouse.up();
    await stage(ann).waitFor();
  });

  test("whoever is still asked for devices is in the call already", async () => {
    const [ann, bob] = await two({ bob: [keepDevicesWaiting] });
    await enter(ann, { begin: true });
    await enter(bob);
    await plays(bob);
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
    await bob.evaluate(() => window.allowDevices());
    await plays(ann);
  });

  test("whoever may not use camera and microphone is told so, and listens", async () => {
    const [ann, bob] = await two({ bob: [refuseDevices] });
    await enter(ann, { begin: true });
    const dialog = await askToEnter(bob);
    await dialog.getByText("Camera: The browser does not allow it.").waitFor();
    await dialog.getByText("Microphone: The browser does not allow it.").waitFor();
    await accessible(bob, "no devices");
    await shot(bob, "denied");
    await button(dialog, "Test devices and connection").click();
    const outcomes = dialog.getByRole("listitem"); // the notes above say much the same
    await outcomes.getByText("Microphone: the browser does not allow it").waitFor();
    await outcomes.getByText("Sound and pictures: works by").waitFor();
    await outcomes.getByText("Relay: the operator has none").waitFor();
    await shot(bob, "test");
    await button(dialog, "Join").click();
    await stage(bob).getByText("The camera cannot be used.").waitFor();
    await stage(bob).getByText("The microphone cannot be used.").waitFor();
    await plays(bob);
    await accessible(bob, "in the call");
    await shot(bob, "listening");
  });

  test("a room without a key for calls says why there are none", async () => {
    const ann = await set.visitor({ viewport: phone });
    await web.openPlain(ann, { room: `plain-${Math.random().toString(36).slice(2)}`, nick: "ann" });
    await button(ann, "Call").click();
    const dialog = ann.getByRole("dialog", { name: "No calls in this room" });
    await dialog.getByText("has no key for calls").waitFor();
    await shot(ann, "no-key");
    await button(dialog, "Dismiss").click();
    await dialog.waitFor({ state: "detached" });
  });

  test("a way in that does not work is tried again, and then said", async () => {
    const [ann] = await gather(set.visitor, ["ann"]);
    let refused = 0;
    await ann.route("**/api/rtc/token", (route) => {
      if (++refused > 1) return route.continue();
      return route.fulfill({ status: 503, json: { code: "calls_away", text: "" } });
    });
    await enter(ann, { begin: true });
    assert.equal(refused, 2);
    await leave(ann);

    await ann.unroute("**/api/rtc/token");
    await ann.route("**/api/rtc/token", (route) =>
      route.fulfill({ status: 403, json: { code: "forbidden", text: "" } }),
    );
    await button(await askToEnter(ann, { begin: true }), "Call").click();
    await button(ann.getByRole("dialog"), "Try again").waitFor();
    await shot(ann, "refused");
    await accessible(ann, "refused");
    await ann.unroute("**/api/rtc/token");
    await button(ann.getByRole("dialog"), "Try again").click();
    await stage(ann).waitFor();
    web.forgive(ann); // the console tells of what was refused
  });

  test("after the server was started anew all are back by themselves, and whoever was silent still is", async () => {
    const [ann, bob] = await two();
    await enter(ann, { begin: true });
    await enter(bob);
    await Promise.all([plays(ann), plays(bob)]);
    await button(bob, "Microphone").click();
    await set.server.kill();
    await ann.getByText("The connection to the call is lost. Coming back…").waitFor();
    await set.server.start();
    await Promise.all([ann, bob].map((page) => page.getByText("2 in the call").waitFor()));
    await Promise.all([plays(ann, { sounds: 0 }), plays(bob)]);
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
    assert.equal(await ann.getByText("A call is going on").count(), 1); // a new one, which both are in
    for (const page of [ann, bob]) web.forgive(page); // the console tells of the server that was not there
  });

  test("a call rings until it is answered, silenced, declined or over; one's own never", async () => {
    const scripts = [listenToSounds];
    const [ann, bob] = await two({ ann: scripts, bob: scripts });
    await enter(ann, { camera: false, begin: true });
    await sounding(bob, 1);
    await accessible(bob, "ringing");
    await button(bob, "Ring when somebody calls").click();
    await sounding(bob, 0);
    await button(bob, "Ring when somebody calls").click();
    await sounding(bob, 1);
    await button(bob, "Decline").click();
    await sounding(bob, 0);
    await leave(ann);
    await bob.getByText("A call is going on.").waitFor({ state: "detached" });
    assert.equal(await ann.evaluate(() => window.sounding), 0);

    await enter(bob, { camera: false, begin: true });
    await sounding(ann, 1);
    await enter(ann, { camera: false });
    await sounding(ann, 0);
    assert.equal(await bob.evaluate(() => window.sounding), 0);
  });

  test("whoever pushes to talk is heard while the space bar is held", async () => {
    const [ann, bob] = await two();
    await enter(ann, { camera: false, begin: true });
    const dialog = await askToEnter(bob, { camera: false });
    await dialog.getByText("Devices", { exact: true }).click();
    await dialog.getByLabel("Push to talk").check();
    await button(dialog, "Join").click();
    await stage(bob).getByText("Hold space to talk").waitFor();
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
    await bob.keyboard.down(" ");
    await tile(ann, "bob").getByText("muted").waitFor({ state: "detached" });
    await plays(ann, { pictures: 0 });
    await bob.keyboard.up(" ");
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
    await web.say(bob, "with spaces in it");
    await web.sees(ann, "with spaces in it");
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
  });
});
