// Two people with native WebRTC in the built-in calls.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dispose } from "@livekit/rtc-node";
import { Host, newRoom, until } from "./host.mjs";
import { Native } from "./native.mjs";

let host;
before(async () => (host = await Host.start()));
after(async () => {
  await host?.stop();
  await dispose();
});

const enter = async (room, identity, { url = host.url, key } = {}) =>
  Native.join(url, await host.token(room, identity), { identity, key });

/** Two who see and hear one another. */
async function pair({ key, url } = {}) {
  const room = newRoom();
  const ann = await enter(room, "ann", { key, url });
  const bob = await enter(room, "bob", { key });
  await Promise.all([ann.publish(), bob.publish()]);
  await flowing(ann, bob);
  return { room, ann, bob };
}

/** More pictures and sounds come, both ways. */
async function flowing(ann, bob) {
  const all = [ann.sees(bob, "video"), ann.sees(bob, "audio"), bob.sees(ann, "video"), bob.sees(ann, "audio")];
  await until(
    () => all.every((comes) => comes()),
    () =>
      `pictures and sounds both ways, ann ${JSON.stringify([...ann.frames])} bob ${JSON.stringify([...bob.frames])}`,
  );
}

const leave = (...people) => Promise.all(people.map((one) => one.leave()));
const publicationOf = (one, of, sid) => one.room.remoteParticipants.get(of.identity)?.trackPublications.get(sid);

test("two see and hear one another, each at full loudness, and are told who speaks", async () => {
  const { ann, bob } = await pair();
  await until(() => (bob.loudness.get("ann") ?? 0) > 6_000, "ann's tone");
  await until(() => bob.speakers.has("ann") && ann.speakers.has("bob"), "word of who speaks");
  await leave(ann, bob);
});

test("what is encrypted between them is decrypted by whoever has the key", async () => {
  const { room, ann, bob } = await pair({ key: "the key of these two" });
  const eve = await enter(room, "eve", { key: "another key" });
  await until(() => eve.room.remoteParticipants.get("ann")?.trackPublications.size === 2, "ann's tracks at eve's");
  assert.ok(
    [...eve.room.remoteParticipants.get("ann").trackPublications.values()].every((p) => p.encryptionType !== 0),
  );
  await flowing(ann, bob);
  assert.equal(eve.count(ann, "video"), 0);
  await leave(ann, bob, eve);
});

test("data goes to all, or to those whom it is for, under the name of who sent it", async () => {
  const { room, ann, bob } = await pair();
  const cat = await enter(room, "cat");
  const send = (from, text, options) => from.room.localParticipant.publishData(new TextEncoder().encode(text), options);
  const long = "long ".repeat(8_000);
  await send(ann, "to all", { reliable: true, topic: "t" });
  await send(bob, "back", { reliable: true });
  await send(ann, long, { reliable: true });
  await send(ann, "for cat", { reliable: true, destination_identities: ["cat"] });
  await send(ann, "last", { reliable: true });
  await until(() => bob.data.some((d) => d.text === "last"), "ann's last word at bob's");
  await until(() => cat.data.some((d) => d.text === "last") && ann.data.length > 0, "everything");
  assert.deepEqual(
    bob.data.map((d) => d.text),
    ["to all", long, "last"],
  );
  assert.deepEqual(
    cat.data.filter((d) => d.from === "ann").map((d) => d.text),
    ["to all", long, "for cat", "last"],
  );
  assert.deepEqual(
    ann.data.map((d) => [d.text, d.from]),
    [["back", "bob"]],
  );
  assert.deepEqual(bob.data[0], { text: "to all", from: "ann", topic: "t" });
  // What may get lost is said until it has come through.
  await until(async () => {
    await send(bob, "lossy", { reliable: false });
    return ann.data.some((d) => d.text === "lossy" && d.from === "bob");
  }, "a packet that may get lost");
  await leave(ann, bob, cat);
});

test("whoever may not send data or tracks sends none", async () => {
  const room = newRoom();
  const bob = await enter(room, "bob");
  const grant = { canPublish: false, canPublishData: false };
  const ann = await Native.join(host.url, await host.token(room, "ann", { grant }), { identity: "ann" });
  await bob.publish();
  await until(ann.sees(bob, "video"), "bob's picture at ann's");
  await ann.room.localParticipant.publishData(new TextEncoder().encode("not allowed"), { reliable: true });
  await bob.room.localParticipant.publishData(new TextEncoder().encode("allowed"), { reliable: true });
  await until(() => ann.data.length === 1, "bob's word");
  assert.deepEqual(bob.data, []);
  const people = await host.people(room);
  assert.deepEqual(people.map((p) => [p.identity, p.tracks.length]).sort(), [
    ["ann", 0],
    ["bob", 2],
  ]);
  await leave(ann, bob);
});

test("a track that the server mutes is muted at its publisher's and everywhere", async () => {
  const { room, ann, bob } = await pair();
  assert.equal(await host.post(`mute/${room}/${ann.microphone.sid}`), true);
  await until(() => publicationOf(bob, ann, ann.microphone.sid)?.muted, "the mute at bob's");
  assert.equal(await host.post(`mute/${room}/TR_unknown`), false);
  await leave(ann, bob);
});

test("a track is unpublished and another one published in its place", async () => {
  const { ann, bob } = await pair();
  const first = ann.camera.sid;
  await ann.room.localParticipant.unpublishTrack(first);
  await until(() => !publicationOf(bob, ann, first), "its end at bob's");
  await ann.publishVideo();
  assert.notEqual(ann.camera.sid, first);
  await until(() => publicationOf(bob, ann, ann.camera.sid), "the new one at bob's");
  await until(bob.sees(ann, "video"), "the new picture");
  await until(bob.sees(ann, "audio"), "sound all the while");
  await leave(ann, bob);
});

test("whoever comes late sees and hears everybody at once", async () => {
  const { room, ann, bob } = await pair();
  const cat = await enter(room, "cat");
  const all = [cat.sees(ann, "video"), cat.sees(ann, "audio"), cat.sees(bob, "video"), cat.sees(bob, "audio")];
  await until(() => all.every((comes) => comes()), "all four");
  await leave(ann, bob, cat);
});

test("a client whose WebSocket is cut resumes: it is the same stay, and nobody has left", async () => {
  const way = await host.way();
  const { room, ann, bob } = await pair({ url: way.url });
  const stay = (await host.people(room)).find((p) => p.identity === "ann").sid;
  way.cut();
  await until(
    () => ann.events.some(([name]) => name === "Reconnected"),
    () => `ann to be back: ${JSON.stringify(ann.events)}`,
  );
  await flowing(ann, bob);
  assert.equal((await host.people(room)).find((p) => p.identity === "ann").sid, stay);
  assert.ok(!bob.events.some(([name]) => name === "ParticipantDisconnected"), JSON.stringify(bob.events));
  await ann.room.localParticipant.publishData(new TextEncoder().encode("still here"), { reliable: true });
  await until(() => bob.data.some((d) => d.text === "still here"), "data after that");
  await leave(ann, bob);
  way.close();
});

test("the second of an identity puts the first one out", async () => {
  const { room, ann, bob } = await pair();
  const again = await enter(room, "ann");
  await until(() => ann.events.some(([name]) => name === "Disconnected"), "the end of the first");
  await again.publish();
  await until(bob.sees(again, "video"), "the second one's picture");
  assert.equal((await host.people(room)).length, 2);
  await leave(ann, bob, again);
});

test("whoever is put out is out, and does not get in again", async () => {
  const { room, ann, bob } = await pair();
  assert.equal(await host.post(`remove/${room}/bob`), true);
  await until(() => bob.events.some(([name]) => name === "Disconnected"), "bob's end");
  await until(
    () => ann.events.some(([name, who]) => name === "ParticipantDisconnected" && who === "bob"),
    "word of it",
  );
  await assert.rejects(enter(room, "bob"));
  await leave(ann, bob);
});

test("when the server is started anew everybody comes back by themselves", async () => {
  const own = await Host.start();
  const room = newRoom();
  const join = async (identity) => Native.join(own.url, await own.token(room, identity), { identity });
  const [ann, bob] = [await join("ann"), await join("bob")];
  await Promise.all([ann.publish(), bob.publish()]);
  await flowing(ann, bob);
  await own.restart();
  await until(
    () => [ann, bob].every((one) => one.events.some(([name]) => name === "Reconnected")),
    () => `both to be back: ${JSON.stringify([ann.events, bob.events])}`,
  );
  await flowing(ann, bob);
  await leave(ann, bob);
  await own.stop();
});
