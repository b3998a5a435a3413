// Two people call each other in the browser: what they see and hear is decrypted, and nothing else is played.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { button, enter, gather, leave, phone, played, plays, settings, shot, stage, tile } from "./caller.mjs";
import * as web from "./harness.mjs";

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

/** Is at keys of which nobody else has heard. */
function runAhead() {
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.kind === "setKey") message.data.keyIndex++;
    return postMessage.call(this, message, ...rest);
  };
}

describe("calls", () => {
  const { visitor } = web.stage(...settings);

  const two = (scripts) => gather(visitor, ["ann", "bob"], { scripts });

  test("two people see and hear each other, switch off and on, and leave", async () => {
    const [ann, bob] = await two();
    await button(ann, "Call").click();
    await ann.getByLabel("Level").waitFor();
    await ann.getByRole("dialog").getByLabel("Camera on").check();
    await ann.getByLabel("How you look to the others").waitFor();
    await shot(ann, "before");
    await button(ann.getByRole("dialog"), "Call").click();
    await stage(ann).waitFor();
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
    await ann.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Call");
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

  test("for whoever is at keys of which nobody has heard one waits, and is told", async () => {
    const [ann, bob] = await two({ bob: [runAhead] });
    await enter(ann, { begin: true });
    await enter(bob);
    await tile(ann, "bob").getByText("Waiting for the key of bob").waitFor();
    assert.equal((await played(ann)).frames, 0);
  });

  test("whoever makes other keys decodes nothing, and is told", async () => {
    const [ann, bob] = await two({ bob: [makeOtherKeys] });
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
