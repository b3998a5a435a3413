// What one shows to the others in a call, and what those who keep order do in it.
import { describe, test } from "node:test";
import { button, enter, gather, phone, plays, settings, shot, stage, tile } from "./caller.mjs";
import * as web from "./harness.mjs";

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

describe("in a call", () => {
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

  test("one chooses devices, how loud somebody is, and a small window over all others", async () => {
    const [ann, bob] = await gather(visitor, ["ann", "bob"]);
    await enter(ann, { begin: true });
    await enter(bob);
    await Promise.all([plays(ann), plays(bob)]);
    await button(ann, "About bob").click();
    await ann.getByRole("slider").fill("20");
    await ann.waitForFunction(() => document.querySelector("audio").volume === 0.2);
    await ann.keyboard.press("Escape");

    await button(ann, "Devices").click();
    const dialog = ann.getByRole("dialog", { name: "Devices" });
    await dialog.getByRole("combobox", { name: "Microphone" }).selectOption("Fake Audio Input 2");
    await dialog.getByLabel("Take background noise out").uncheck();
    await ann.waitForFunction(() => {
      const tracks = window.connections.flatMap((one) => one.getSenders().map(({ track }) => track));
      const microphone = tracks.find((track) => track?.kind === "audio");
      return microphone?.label === "Fake Audio Input 2" && !microphone.getSettings().noiseSuppression;
    });
    await ann.keyboard.press("Escape");
    await plays(bob);

    const opened = ann.context().waitForEvent("page");
    await button(ann, "Small window over all others").click();
    const small = await opened;
    await small.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
    await small.close();
    await plays(ann);
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
});
