// Several people in one call: all of them decode all others, those who keep order keep it, and keys change when somebody is put out.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { button, enter, gather, leave, phone, played, plays, settings, shot, stage, tile } from "./caller.mjs";
import * as web from "./harness.mjs";

/** Remembers by which numbers the page knows keys of calls. */
function watchKeys() {
  window.epochs = {};
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    const { kind, data } = message ?? {};
    if (kind === "setKey") (window.epochs[data.participantIdentity] ??= []).push(data.keyIndex);
    return postMessage.call(this, message, ...rest);
  };
}

/** Settles when the page has the second keys of so many people, itself included. */
const rekeyed = (page, people) =>
  page.waitForFunction(
    (wanted) => Object.values(window.epochs).filter((numbers) => numbers.includes(1)).length >= wanted,
    people,
  );

/** A screen without asking: a picture that changes, and a sound. */
function shareAtOnce() {
  MediaDevices.prototype.getDisplayMedia = async () => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 640, height: 360 });
    const paper = canvas.getContext("2d");
    let step = 0;
    setInterval(() => {
      paper.fillStyle = `hsl(${(step += 5)} 60% 50%)`;
      paper.fillRect(0, 0, 640, 360);
    }, 100);
    const context = new AudioContext();
    const [tone, out] = [context.createOscillator(), context.createMediaStreamDestination()];
    tone.connect(out);
    tone.start();
    return new MediaStream([...canvas.captureStream(10).getTracks(), ...out.stream.getTracks()]);
  };
}

async function choose(page, name, what) {
  await button(page, `About ${name}`).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
}

describe("calls of several people", () => {
  const { visitor } = web.stage(...settings);

  test("a screen is seen by the others, with its sound", async () => {
    const [ann, bob] = await gather(visitor, ["ann", "bob"], { scripts: { ann: [shareAtOnce] } });
    await enter(ann, { camera: false, begin: true });
    await enter(bob, { camera: false });
    await button(ann, "Show screen").click();
    await tile(bob, "ann’s screen").locator("video").waitFor();
    await plays(bob, { pictures: 1, sounds: 2 });
    await shot(bob, "screen");
    await bob.setViewportSize(phone);
    await shot(bob, "screen-phone");
    await button(ann, "Show screen").click();
    await tile(bob, "ann’s screen").waitFor({ state: "detached" });
  });

  test("whoever keeps order mutes somebody, who alone speaks again, and puts somebody out, who may come back", async () => {
    const [ann, bob] = await gather(visitor, ["ann", "bob"], { claim: true });
    await enter(ann, { camera: false, begin: true });
    await enter(bob, { camera: false });
    await plays(ann, { pictures: 0 });
    await choose(ann, "bob", "Mute for everybody");
    await bob.getByText("Somebody who keeps order has muted you.").waitFor();
    await tile(ann, "bob").getByText("muted").waitFor({ state: "attached" });
    await shot(bob, "silenced");
    await button(bob, "Microphone").click();
    await bob.getByText("Somebody who keeps order has muted you.").waitFor({ state: "detached" });
    await plays(ann, { pictures: 0 });
    await button(ann, "About bob").click();
    await shot(ann, "menu");
    await ann.getByRole("menuitem", { name: "Put out of the call" }).click();
    await bob.getByText("Somebody who keeps order put you out of the call.").waitFor();
    await shot(bob, "put-out");
    await tile(ann, "bob").waitFor({ state: "detached" });
    await button(bob, "Try again").click();
    await button(bob.getByRole("dialog"), "Join").click();
    await stage(bob).waitFor();
    await plays(ann, { pictures: 0 });
  });

  test("when somebody is put out of the room the others change their keys and go on", async () => {
    const scripts = { ann: [watchKeys], bob: [watchKeys], cat: [watchKeys] };
    const [ann, bob, cat] = await gather(visitor, ["ann", "bob", "cat"], { claim: true, scripts });
    for (const page of [ann, bob, cat]) await enter(page, { begin: page === ann });
    await Promise.all([ann, bob, cat].map((page) => plays(page, { pictures: 2, sounds: 2 })));
    await ann.locator(".people-panel").getByRole("button", { name: /^cat/ }).click();
    await button(ann, "Put out").click();
    await button(ann, "Put out? Press again").click();
    await cat.getByText("You were removed from this room").waitFor();
    await tile(ann, "cat").waitFor({ state: "detached" });
    await Promise.all([rekeyed(ann, 2), rekeyed(bob, 2)]);
    const last = await played(cat);
    await Promise.all([plays(ann), plays(bob)]);
    assert.deepEqual(await played(cat), last);
    assert.equal(await cat.evaluate(() => Object.values(window.epochs).flat().includes(1)), false);
    await leave(bob);
  });
});
