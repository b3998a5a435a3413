// Native clients in calls of the product itself, with the tokens that it gives.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dispose } from "@livekit/rtc-node";
import { newRoom, until } from "./host.mjs";
import { Native } from "./native.mjs";
import { Product, Talker } from "./product.mjs";

let product;
before(async () => (product = await Product.start()));
after(async () => {
  await product?.stop();
  await dispose();
});

const key = "what the room's secret gives";

/** Somebody in a room and in its call, sending. */
async function caller(channel, nick, pass) {
  const talker = await Talker.join(product, channel, nick, pass);
  const seat = await talker.seat();
  const native = await Native.join(seat.livekitUrl, seat.token, { identity: seat.identity, key });
  await native.publish();
  return { talker, native, seat };
}

const flows = (one, other) => until(one.sees(other, "video"), `the picture of ${other.identity} at ${one.identity}'s`);
const isOut = (native) => native.events.some(([name]) => name === "Disconnected");
const leave = async (...people) => {
  for (const { native, talker } of people) {
    await native.leave();
    talker.leave();
  }
};

test("two take seats, see one another, and their room is told who is in the call until both have left", async () => {
  const channel = newRoom();
  const guest = await Talker.join(product, channel, "guest");
  guest.say({ cmd: "chat", channel, mid: "mid-000000000001", call: true, text: "E2EE:start" });
  const [ann, bob] = [await caller(channel, "ann"), await caller(channel, "bob")];
  await Promise.all([flows(ann.native, bob.native), flows(bob.native, ann.native)]);
  const named = ({ call }) =>
    call?.people
      .map((p) => p.nick)
      .sort()
      .join() === "ann,bob";
  await guest.hears("call", named);
  await ann.native.room.localParticipant.publishData(new TextEncoder().encode("hello"), { reliable: true });
  await until(() => bob.native.data.some((d) => d.text === "hello"), "a packet");
  await leave(ann, bob);
  const told = guest.frames.findLastIndex((frame) => frame.cmd === "call" && named(frame));
  await until(() => guest.frames.slice(told).some((frame) => frame.cmd === "call" && !frame.call), "its end");
  guest.leave();
});

test("whoever is kicked from the room is out of its call, and their token is worth nothing", async () => {
  const channel = newRoom();
  const [owner, ann] = [await caller(channel, "owner", "pw"), await caller(channel, "ann")];
  await flows(owner.native, ann.native);
  owner.talker.say({ cmd: "kick", channel, nick: "ann" });
  await until(() => isOut(ann.native), "ann's end in the call");
  assert.equal((await ann.talker.seat()).code, "locked");
  await assert.rejects(Native.join(ann.seat.livekitUrl, ann.seat.token, { identity: ann.seat.identity, key }));
  await leave(owner, ann);
});

test("those who keep order mute a track and put somebody out of the call; others may not", async () => {
  const channel = newRoom();
  const [owner, ann] = [await caller(channel, "owner", "pw"), await caller(channel, "ann")];
  await flows(owner.native, ann.native);
  const track = { room: channel, identity: ann.seat.identity, trackSid: ann.native.microphone.sid };
  assert.equal((await ann.talker.ask("mute", { ...track, identity: owner.seat.identity })).code, "forbidden");
  assert.deepEqual(await owner.talker.ask("mute", track), {});
  const publication = () =>
    owner.native.room.remoteParticipants.get(ann.seat.identity)?.trackPublications.get(track.trackSid);
  await until(() => publication()?.muted, "the mute");
  assert.deepEqual(await owner.talker.ask("remove", { room: channel, identity: ann.seat.identity }), {});
  await until(() => isOut(ann.native), "ann's end in the call");
  assert.ok((await ann.talker.seat()).token, "whoever is in the room may come back");
  await leave(owner, ann);
});

test("a seat of one room opens no other, and a forged one opens none", async () => {
  const [here, there] = [newRoom(), newRoom()];
  const [ann, bob] = [await caller(here, "ann"), await caller(there, "bob")];
  const [head, body, mac] = ann.seat.token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url"));
  const other = JSON.parse(Buffer.from(bob.seat.token.split(".")[1], "base64url")).video.room;
  assert.notEqual(claims.video.room, other);
  claims.video.room = other;
  const forged = `${head}.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.${mac}`;
  await assert.rejects(Native.join(ann.seat.livekitUrl, forged, { identity: "x", key }));
  assert.equal((await ann.talker.ask("token", { room: there })).code, "bad_token");
  await leave(ann, bob);
});
