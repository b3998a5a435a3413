import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import * as web from "./harness.mjs";

describe("voice messages", () => {
  const { visitor } = web.stage();

  const recorder = (page) => page.getByRole("group", { name: "Voice message" });
  const press = (within, name) => within.getByRole("button", { name, exact: true }).click();

  /** Begins to record, and settles when that many seconds were. */
  async function record(page, seconds) {
    await press(page, "Voice message");
    await recorded(page, seconds);
  }

  const recorded = (page, seconds) =>
    page.waitForFunction((time) => document.querySelector(".recorder time")?.textContent >= time, `0:0${seconds}`);

  /** Sends what is recorded; settles when the recorder is gone. */
  async function send(page) {
    await press(recorder(page), "Send voice message");
    await page.locator(".recorder").waitFor({ state: "detached" });
  }

  /** Lets whatever plays begin again at its end, so that a slow machine does not come too late. What played last is `heard`. */
  const hear = (page, endless) =>
    page.evaluate((loop) => {
      const { play } = HTMLMediaElement.prototype;
      HTMLMediaElement.prototype.play = function () {
        window.heard = this;
        this.loop = loop;
        return play.call(this);
      };
    }, endless);
  const reaches = (page, at) =>
    page.waitForFunction((least) => +document.querySelector(".wave input").value >= least, at);

  test("what is spoken is heard by the others, with its wave, from wherever they like and faster", async () => {
    const { ann, bob } = await files.pair(visitor);
    await record(ann, 3);
    await send(ann);
    const player = bob.getByRole("group", { name: "Voice message" });
    await player.getByText(/^0:0[3-9]$/).waitFor();
    const wave = await player.locator(".wave path").first().getAttribute("d");
    assert.ok(new Set(wave.match(/v[\d.]+/g)).size > 1, "it is not flat: the microphone beeps");
    await hear(bob, false);
    await player.getByRole("slider", { name: "Position" }).focus();
    for (let i = 0; i < 2; i++) await bob.keyboard.press("ArrowRight");
    await reaches(bob, 2);
    await press(player, "Speed 1×");
    await player.getByRole("button", { name: "Speed 1.5×" }).waitFor();
    await press(player, "Play");
    await bob.waitForFunction(() => window.heard?.ended && +document.querySelector(".wave input").value === 0);
    await player.getByRole("button", { name: "Play", exact: true }).waitFor();
    const heard = await bob.evaluate(() => {
      const { played, duration, playbackRate } = window.heard;
      return { from: played.start(0), left: duration - played.end(played.length - 1), playbackRate };
    });
    assert.ok(heard.from >= 1.9 && heard.left < 0.5, JSON.stringify(heard));
    assert.equal(heard.playbackRate, 1.5);
  });

  test("a recording is paused, gone on with, listened to, and only then sent", async () => {
    const { ann, bob } = await files.pair(visitor);
    await hear(ann, true);
    await record(ann, 1);
    await press(recorder(ann), "Pause");
    await recorder(ann).getByText("Recording paused").waitFor({ state: "attached" });
    await press(recorder(ann), "Go on");
    await recorded(ann, 3);
    await press(recorder(ann), "Stop and listen");
    await press(recorder(ann), "Play");
    await reaches(ann, 0.3);
    await press(recorder(ann), "Pause");
    await recorder(ann).getByRole("button", { name: "Play", exact: true }).waitFor();
    assert.equal(await bob.locator(".files").count(), 0);
    await send(ann);
    await bob
      .getByRole("group", { name: "Voice message" })
      .getByText(/^0:0[3-9]$/)
      .waitFor();
  });

  test("a recording that is discarded goes nowhere, and the microphone is let go", async () => {
    const { ann, bob } = await files.pair(visitor);
    await ann.evaluate(() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (what) => (window.given = await ask(what));
    });
    await record(ann, 1);
    await press(recorder(ann), "Discard recording");
    await recorder(ann).waitFor({ state: "detached" });
    await ann.waitForFunction(() => window.given.getTracks().every(({ readyState }) => readyState === "ended"));
    await web.say(ann, "nothing to hear");
    await web.sees(bob, "nothing to hear");
    assert.equal(await bob.locator(".files").count(), 0);
  });

  test("when the microphone is pulled out, what was spoken until then is there and as long as it was", async () => {
    const { ann, bob } = await files.pair(visitor);
    await ann.evaluate(() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (what) => (window.given = await ask(what));
    });
    await record(ann, 2);
    await ann.evaluate(() => window.given.getTracks().forEach((track) => track.stop()));
    await recorder(ann)
      .getByText(/^0:0[2-9]$/)
      .waitFor();
    await send(ann);
    await bob
      .getByRole("group", { name: "Voice message" })
      .getByText(/^0:0[2-9]$/)
      .waitFor();
  });

  test("a recorder that breaks leaves what was spoken until then", async () => {
    const { ann } = await files.pair(visitor);
    await ann.evaluate(() => {
      const { start } = MediaRecorder.prototype;
      MediaRecorder.prototype.start = function (every) {
        window.recorder = this;
        start.call(this, every);
      };
    });
    await record(ann, 2);
    await ann.evaluate(() => window.recorder.dispatchEvent(new Event("error")));
    await recorder(ann)
      .getByText(/^0:0[2-9]$/)
      .waitFor();
    assert.equal(await ann.evaluate(() => window.recorder.state), "inactive");
  });

  test("where nothing was recorded that is said, and not that the browser cannot", async () => {
    const { ann } = await files.pair(visitor);
    await ann.evaluate(() => {
      Object.defineProperty(BlobEvent.prototype, "data", { get: () => new Blob([]) });
    });
    await record(ann, 1);
    await press(recorder(ann), "Stop and listen");
    await recorder(ann).getByRole("alert").getByText("Nothing was recorded. Try once more.").waitFor();
  });

  test("what is spoken is lost by no key, no menu and no way out of the room", async () => {
    const { ann, bob } = await files.pair(visitor);
    await ann.evaluate(() => {
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (what) => (window.given = await ask(what));
    });
    await record(ann, 2);
    assert.equal(await ann.getByRole("button", { name: "Attach", exact: true }).isDisabled(), true);
    await recorder(ann).getByRole("button", { name: "Pause", exact: true }).focus();
    await ann.keyboard.press("Escape");
    await recorder(ann).getByRole("button", { name: "Play", exact: true }).waitFor();
    await ann.keyboard.press("Escape");
    await press(recorder(ann), "Discard recording");
    await record(ann, 2);
    await ann.goBack();
    await ann.getByRole("button", { name: "Create room" }).waitFor();
    await ann.waitForFunction(() => window.given.getTracks().every(({ readyState }) => readyState === "ended"));
    await ann.goForward();
    await recorder(ann)
      .getByText(/^0:0[2-9]$/)
      .waitFor();
    await send(ann);
    await bob.getByRole("group", { name: "Voice message" }).waitFor();
  });

  test("what is spoken without a connection is kept and waits for one, though nothing was sent before", async () => {
    const { ann, bob } = await files.pair(visitor);
    await ann.waitForFunction(() =>
      performance.getEntriesByType("resource").some(({ name }) => /assets\/desk-[^/]*js/.test(name)),
    );
    await ann.context().setOffline(true);
    await record(ann, 1);
    await send(ann);
    await ann.getByRole("progressbar", { name: /^Sending voice-/ }).waitFor();
    assert.equal(await ann.getByText("Not sent").count(), 0);
    await ann.context().setOffline(false);
    await bob.getByRole("group", { name: "Voice message" }).waitFor();
    web.forgive(ann); // what could not be fetched is told in the console
  });

  test("nothing is recorded later than it was asked for: without a connection that is said", async () => {
    const { ann } = await files.pair(visitor);
    await ann.route(/assets\/files-[^/]*js/, (route) => route.abort());
    await ann.reload();
    await web.composer(ann).waitFor();
    await ann.evaluate(() => (navigator.mediaDevices.getUserMedia = () => (window.asked = true)));
    await web.entered(ann, 2);
    await press(ann, "Voice message");
    await ann.getByRole("alert").getByText("There is no connection.").waitFor();
    await ann.unrouteAll();
    await files.choose(ann, [{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("a") }]);
    await files.tray(ann).waitFor();
    assert.equal(await ann.evaluate(() => window.asked), undefined);
    assert.equal(await recorder(ann).count(), 0);
    web.forgive(ann); // what could not be fetched is told in the console
  });

  test("a microphone that is refused is said in words", async () => {
    const ann = await visitor();
    await ann.addInitScript(() => {
      const refuse = async () => {
        throw new DOMException("no", "NotAllowedError");
      };
      Object.defineProperty(navigator.mediaDevices, "getUserMedia", { value: refuse });
    });
    await web.createRoom(ann, { nick: "Ann" });
    await press(ann, "Voice message");
    await recorder(ann)
      .getByRole("alert")
      .getByText(/does not let this page use the microphone/)
      .waitFor();
    await ann.keyboard.press("Escape");
    await recorder(ann).waitFor({ state: "detached" });
  });

  test("one thing is heard at a time", async () => {
    const { ann, bob } = await files.pair(visitor);
    const players = bob.getByRole("group", { name: "Voice message" });
    for (const at of [0, 1]) {
      await record(ann, 1);
      await send(ann);
      await players.nth(at).waitFor();
    }
    await hear(bob, true);
    const pausing = (at) => players.nth(at).getByRole("button", { name: "Pause", exact: true });
    await press(players.nth(1), "Play");
    await pausing(1).waitFor();
    await press(players.nth(0), "Play");
    await pausing(0).waitFor();
    await pausing(1).waitFor({ state: "detached" });
  });
});
