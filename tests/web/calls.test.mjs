// Two people call each other in the browser: what they see and hear is decrypted, and nothing else is played.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as web from "./harness.mjs";

const phone = { width: 390, height: 780 };
/** Pictures of what is tested are left there, where somebody wants to look. */
const shots = process.env.HCCHAT_SHOTS;
/** Settings for another server of calls than the built-in one. */
const settings = process.env.HCCHAT_RTC?.split(" ") ?? [];

const shot = async (page, name) => shots && page.screenshot({ path: join(shots, `call-${name}.png`) });
const button = (page, name) => page.getByRole("button", { name, exact: true });
const stage = (page) => page.getByRole("region", { name: "Call" });
const tile = (page, name) => stage(page).getByRole("listitem").filter({ hasText: name });

/** Keeps the page's connections, for their statistics. */
function watchConnections() {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.connections.push(this);
    }
  };
}

/** Makes other keys of calls than everybody else. */
function makeOtherKeys() {
  const { deriveBits } = SubtleCrypto.prototype;
  SubtleCrypto.prototype.deriveBits = async function (algorithm, ...rest) {
    const bits = await deriveBits.call(this, algorithm, ...rest);
    const ours = algorithm.salt && new TextDecoder().decode(algorithm.salt) === "hc-e2ee/2/rtc-sender";
    if (ours) new Uint8Array(bits)[0] ^= 1;
    return bits;
  };
}

/** How much was received and decoded so far: bytes, frames of video, seconds of sound that was no stopgap. */
const played = (page) =>
  page.evaluate(async () => {
    const sum = { bytes: 0, frames: 0, sound: 0 };
    for (const connection of window.connections) {
      for (const one of (await connection.getStats()).values()) {
        if (one.type !== "inbound-rtp") continue;
        sum.bytes += one.bytesReceived ?? 0;
        sum.frames += one.framesDecoded ?? 0;
        sum.sound += ((one.totalSamplesReceived ?? 0) - (one.concealedSamples ?? 0)) / 48_000;
      }
    }
    return sum;
  });

/** Settles when so much more was decoded. */
async function plays(page, { frames = 15, sound = 1 } = {}) {
  const before = await played(page);
  for (;;) {
    const now = await played(page);
    if (now.frames - before.frames >= frames && now.sound - before.sound >= sound) return now;
    await page.waitForTimeout(200);
  }
}

describe("calls", () => {
  const { visitor } = web.stage(...settings);

  /** Somebody whose connections are watched. */
  const caller = async (options = {}, ...scripts) => {
    const page = await visitor(options);
    for (const script of [watchConnections, ...scripts]) await page.addInitScript(script);
    return page;
  };
  /** Ann's room, with somebody else in it. */
  const two = async (options, ...scripts) => {
    const ann = await caller();
    await web.createRoom(ann, { title: "Kitchen", nick: "ann" });
    const link = await web.shareLink(ann);
    const bob = await caller(options, ...scripts);
    await web.openLink(bob, link, "bob");
    await web.readyToSend(bob);
    return [ann, bob];
  };
  /** Settles when somebody is in the call. Whoever did not get in tries again, as people do. */
  const comesIn = async (page) => {
    for (let tries = 1; ; tries++) {
      try {
        return await stage(page).waitFor({ timeout: 45_000 });
      } catch (error) {
        if (tries === 3) throw error;
        const into = (place) => place.getByRole("button", { name: /^(Call|Join)$/ }).first();
        const dialog = page.getByRole("dialog");
        if (!(await dialog.isVisible())) await into(page).click();
        await into(dialog).click();
      }
    }
  };
  /** Begins a call, or comes into the one that there is. */
  const enter = async (page, { camera = true, begin = false } = {}) => {
    await button(page, begin ? "Call" : "Join").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Camera on").setChecked(camera);
    await button(dialog, begin ? "Call" : "Join").click();
    await comesIn(page);
  };
  const leave = async (page) => {
    await button(page, "Leave").click();
    await stage(page).waitFor({ state: "detached" });
  };

  test("two people see and hear each other, switch off and on, and leave", async () => {
    const [ann, bob] = await two();
    await button(ann, "Call").click();
    await ann.getByLabel("Level").waitFor();
    await ann.getByRole("dialog").getByLabel("Camera on").check();
    await ann.getByLabel("How you look to the others").waitFor();
    await shot(ann, "before");
    await button(ann.getByRole("dialog"), "Call").click();
    await comesIn(ann);
    await bob.getByText("ann is calling").waitFor();
    await shot(bob, "rings");
    await enter(bob);
    await Promise.all([plays(ann), plays(bob)]);
    await stage(ann).getByText("End-to-end encrypted call").waitFor();
    await tile(ann, "bob").locator("video").waitFor();
    await shot(ann, "two");
    await web.say(ann, "can you hear me?");
    await bob.getByText("can you hear me?").waitFor();

    await button(ann, "Camera").click();
    await tile(bob, "ann").locator("video").waitFor({ state: "detached" });
    await button(ann, "Microphone").click();
    await tile(bob, "ann").getByText("muted").waitFor({ state: "attached" });
    await button(ann, "Camera").click();
    await button(ann, "Microphone").click();
    await tile(bob, "ann").locator("video").waitFor();
    await plays(bob);
    await bob.setViewportSize(phone);
    await shot(bob, "phone");

    await leave(bob);
    await tile(ann, "bob").waitFor({ state: "detached" });
    await leave(ann);
    await ann.getByText("You started a call").waitFor();
  });

  test("a call that one does not come to is missed", async () => {
    const [ann, bob] = await two();
    await enter(ann, { camera: false, begin: true });
    await bob.getByText("ann is calling").waitFor();
    await leave(ann);
    await bob.getByText("Missed call").waitFor();
    await bob.getByText("ann is calling").waitFor({ state: "detached" });
    await shot(bob, "missed");
  });

  test("whoever makes other keys decodes nothing, and is told", async () => {
    const [ann, bob] = await two({}, makeOtherKeys);
    await enter(ann, { begin: true });
    await enter(bob);
    await tile(bob, "ann").getByText("Cannot decrypt ann").waitFor();
    await tile(ann, "bob").getByText("Cannot decrypt bob").waitFor();
    await shot(bob, "other-key");
    const { frames } = await played(bob);
    assert.equal(frames, 0);
    assert.equal((await played(ann)).frames, 0);
  });
});
