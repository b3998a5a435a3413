// livekit-client in Chromium, in both of its modes, with its own encryption.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Browser, Person } from "./browser.mjs";
import { Host, newRoom, until } from "./host.mjs";

let host, browser;
before(async () => ([host, browser] = await Promise.all([Host.start(), Browser.start()])));
after(async () => {
  await browser?.stop();
  await host?.stop();
});

const modes = { "one peer connection": {}, "two peer connections": { singlePeerConnection: false } };
const key = "what only these two know";

const leave = (...people) => Promise.all(people.map((one) => one.leave()));

async function pair(options, more = {}) {
  const room = newRoom();
  const [ann, bob] = [
    await Person.join(browser, host, room, "ann", { options, key, ...more }),
    await Person.join(browser, host, room, "bob", { options, key }),
  ];
  await Promise.all([ann.sees(bob), bob.sees(ann)]);
  return { room, ann, bob };
}

for (const [mode, options] of Object.entries(modes)) {
  test(`encrypted, with ${mode}: both decode both; a wrong key decodes nothing and is told so`, async () => {
    const { room, ann, bob } = await pair(options);
    assert.ok((await bob.of(ann, "video")).isEncrypted && (await bob.of(ann, "audio")).isEncrypted);
    const eve = await Person.join(browser, host, room, "eve", { options, key: "guessed", publishes: false });
    await until(() => eve.has("encryptionError"), "eve to be told");
    await Promise.all([ann.sees(bob), bob.sees(ann)]);
    assert.equal((await eve.of(ann, "video")).frames, 0);
    assert.equal((await eve.of(ann, "audio"))?.energy ?? 0, 0);
    await leave(ann, bob, eve);
  });

  test(`with ${mode}: whoever has no codec but H264 is seen, also by whoever comes later`, async () => {
    const room = newRoom();
    const ann = await Person.join(browser, host, room, "ann", { options, key, before: () => onlyH264() });
    const bob = await Person.join(browser, host, room, "bob", { options, key });
    const late = await Person.join(browser, host, room, "late", { options, key, publishes: false });
    await Promise.all([bob.sees(ann), late.sees(ann), late.sees(bob)]);
    assert.equal((await bob.of(ann, "video")).codec, "video/H264");
    assert.equal((await late.of(bob, "video")).codec, "video/VP8");
    await leave(ann, bob, late);
  });

  test(`with ${mode}: mute, a second picture, unpublish and publish again, unsubscribe and subscribe again, data`, async () => {
    const { ann, bob } = await pair(options);
    await ann.do(() => room.localParticipant.setMicrophoneEnabled(false));
    await until(() => bob.has("trackMuted"), "the mute");
    await ann.do(() => room.localParticipant.setMicrophoneEnabled(true));
    await until(() => bob.has("trackUnmuted"), "the end of it");

    // A picture of the page's own making stands for the screen.
    await ann.do(async () => {
      const canvas = document.createElement("canvas");
      Object.assign(canvas, { width: 640, height: 360 });
      const paint = canvas.getContext("2d");
      let hue = 0;
      setInterval(() => {
        paint.fillStyle = `hsl(${(hue += 7)} 90% 50%)`;
        paint.fillRect(0, 0, 640, 360);
      }, 100);
      const [track] = canvas.captureStream(10).getVideoTracks();
      window.second = track;
      await room.localParticipant.publishTrack(track, { source: "screen_share", simulcast: false });
    });
    const screen = () => bob.of(ann, "video", "screen_share");
    await until(async () => (await screen())?.frames > 10, "the second picture");
    await ann.do(() => room.localParticipant.unpublishTrack(window.second));
    await until(async () => !(await screen()), "its end");

    await ann.do(() => room.localParticipant.unpublishTrack(room.localParticipant.getTrackPublication("camera").track));
    await until(async () => !(await bob.of(ann, "video")), "the camera's end");
    await ann.do(() => room.localParticipant.setCameraEnabled(true));
    await bob.sees(ann);

    const subscribe = (to) =>
      bob.do((to) => room.remoteParticipants.get("ann").getTrackPublication("camera").setSubscribed(to), to);
    await subscribe(false);
    await until(async () => !(await bob.of(ann, "video")), "bob not to see ann");
    await subscribe(true);
    await bob.sees(ann);

    await ann.do(() => room.localParticipant.publishData(new TextEncoder().encode("hello"), { reliable: true }));
    await until(() => bob.has("data", "hello", "ann"), "the packet");
    await leave(ann, bob);
  });

  test(`with ${mode}: a client that loses its signalling resumes, and one that starts over is back`, async () => {
    const way = await host.way();
    const { room, ann, bob } = await pair(options, { url: way.url });
    const stay = async () => (await host.people(room)).find((p) => p.identity === "ann").sid;
    const before = await stay();
    way.cut();
    await until(
      async () =>
        (await ann.has("reconnected")) ||
        ann.do(() => room.state === "connected" && events.some((e) => e[0] === "signalReconnecting")),
      "ann to be back",
    );
    await Promise.all([ann.sees(bob), bob.sees(ann)]);
    assert.equal(await stay(), before);
    assert.ok(!(await bob.has("participantDisconnected")));
    await bob.do(() => void room.simulateScenario("full-reconnect"));
    await until(() => bob.has("reconnected"), "bob to be back");
    await Promise.all([ann.sees(bob), bob.sees(ann)]);
    await leave(ann, bob);
    way.close();
  });
}

test("layers that nobody wants are not sent", async () => {
  const { ann, bob } = await pair({ dynacast: true });
  const want = (quality) =>
    bob.do((to) => room.remoteParticipants.get("ann").getTrackPublication("camera").setVideoQuality(to), quality);
  const sent = () =>
    ann.do(() => {
      const { sender } = room.localParticipant.getTrackPublication("camera").track;
      return sender.getParameters().encodings.filter((encoding) => encoding.active).length;
    });
  await want(0);
  await until(async () => (await sent()) === 1, "the other layers to stop");
  await want(2);
  await until(async () => (await sent()) === 3, "all of them again");
  await leave(ann, bob);
});

test("a track that is not encrypted is refused where calls must be, and never arrives", async () => {
  const own = await Host.start({ encrypted: true });
  const room = newRoom();
  const bob = await Person.join(browser, own, room, "bob", { key });
  const ann = await Person.join(browser, own, room, "ann", { publishes: false });
  await ann.do(
    () => void room.localParticipant.setMicrophoneEnabled(true).catch((e) => events.push(["refused", e.message])),
  );
  await until(() => ann.has("refused"), "ann's client to give up");
  assert.deepEqual((await own.people(room)).find((p) => p.identity === "ann").tracks, []);
  assert.equal(await bob.of(ann, "audio"), undefined);
  await leave(ann, bob);
  await own.stop();
});

test("without UDP the call goes by TCP", async () => {
  const own = await Host.start({ udp: false });
  const room = newRoom();
  const ann = await Person.join(browser, own, room, "ann", { key });
  const bob = await Person.join(browser, own, room, "bob", { key });
  await Promise.all([ann.sees(bob), bob.sees(ann)]);
  assert.equal(await ann.do(() => protocol()), "tcp");
  await leave(ann, bob);
  await own.stop();
});
