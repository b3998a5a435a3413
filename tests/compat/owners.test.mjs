// hack.chat's commands for those whose channel it is, by stock clients of both generations.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Hcchat, Legacy, V2, newRoom } from "./clients.mjs";
import { assertFrame, assertFrames } from "./match.mjs";
import { joinMod, server, trip } from "./staff.mjs";

const OWNER = 99_999;
const OWNER_TRIP = trip("owner-pass");

/** A channel that its opener has claimed, and a witness. */
async function estate(Generation = Legacy) {
  const room = newRoom();
  const owner = await Generation.join(server.url, room, "owner", { pass: "owner-pass" });
  const witness = await Legacy.join(server.url, room, "witness");
  await owner.settle();
  const claimed = await owner.exchange({ cmd: "claimchannel" }, witness);
  return { room, owner, witness, claimed };
}

const info = (room) => ({ cmd: "info", id: 1217, channel: room });
const warn = (room, id) => ({ cmd: "warn", id, channel: room });

for (const Generation of [Legacy, V2])
  describe(`${Generation.name}: a channel of one's own`, () => {
    test("is claimed by whoever opened it with a trip, and everybody sees it", async () => {
      const { room, owner, witness, claimed } = await estate(Generation);
      for (const frames of claimed)
        assertFrames(frames, [
          {
            cmd: "updateUser",
            channel: room,
            nick: "owner",
            trip: OWNER_TRIP,
            uType: "user",
            level: OWNER,
            flair: "👑",
            color: "dd8800",
          },
          info(room),
        ]);
      assertFrames(await owner.exchange({ cmd: "claimchannel" }), [warn(room, 82)]);
      assertFrames(await witness.exchange({ cmd: "claimchannel" }), [warn(room, 15)]);
      const late = await Legacy.join(server.url, room, "late", { pass: "late-pass" });
      assertFrames(await late.exchange({ cmd: "claimchannel" }), [warn(room, 82)]);
      const seen = late.joined.find((frame) => frame.cmd === "onlineSet").users.find((user) => user.nick === "owner");
      assertFrame(seen, { level: OWNER, uType: "user", flair: "👑" });
    });

    test("is the owner's again under the same trip, and nobody's once it is given back", async () => {
      const { room, owner, witness } = await estate(Generation);
      assertFrames(await owner.exchange({ cmd: "renewclaim" }), [info(room)]);
      owner.drop();
      await witness.until((frame) => frame.cmd === "onlineRemove");
      const back = await Generation.join(server.url, room, "owner", { pass: "owner-pass" });
      assertFrame(back.me, { level: OWNER });
      const late = await Legacy.join(server.url, room, "late", { pass: "late-pass" });
      assertFrames(await late.exchange({ cmd: "renewclaim" }), [warn(room, 112)]);
      assertFrames(await late.exchange({ cmd: "unclaimchannel" }), [warn(room, 142)]);
      await back.settle();
      const frames = await back.exchange({ cmd: "chat", text: "/unclaimchannel" });
      assertFrames(frames, [{ cmd: "updateUser", nick: "owner", level: 100 }, info(room)]);
      assertFrames(await back.exchange({ cmd: "unclaimchannel" }), [warn(room, 141)]);
    });

    test("is listed and unlisted", async () => {
      const { room, owner, witness } = await estate(Generation);
      const isListed = async () => {
        owner.send({ cmd: "getchannels" });
        const list = (await owner.until((frame) => frame.cmd === "publicchannels")).at(-1).list;
        return list.some((channel) => channel.name === room);
      };
      assertFrames(await owner.exchange({ cmd: "makeprivate" }), [warn(room, 92)]);
      assertFrames(await owner.exchange({ cmd: "makepublic" }), [info(room)]);
      assert.equal(await isListed(), true);
      assertFrames(await owner.exchange({ cmd: "chat", text: "/makepublic" }), [warn(room, 102)]);
      assertFrames(await owner.exchange({ cmd: "chat", text: "/makeprivate" }), [info(room)]);
      assert.equal(await isListed(), false);
      assertFrames(await witness.exchange({ cmd: "makepublic" }), [warn(room, 15)]);
      const late = await Legacy.join(server.url, room, "late", { pass: "late-pass" });
      assertFrames(await late.exchange({ cmd: "makepublic" }), [warn(room, 101)]);
      assertFrames(await late.exchange({ cmd: "makeprivate" }), [warn(room, 91)]);
    });

    test("has people of a level, here or not", async () => {
      const { room, owner, witness } = await estate(Generation);
      const late = await Legacy.join(server.url, room, "late", { pass: "late-pass" });
      await owner.settle();
      await witness.settle();
      const set = { cmd: "setlevel", trip: trip("late-pass"), level: "channelModerator" };
      const [told, , seen] = await owner.exchange(set, late, witness);
      for (const frames of [told, seen])
        assertFrames(frames, [
          { cmd: "updateUser", nick: "late", level: 9_999, uType: "user", flair: "💫", color: "2fa1ee" },
          info(room),
        ]);
      assertFrames(await late.exchange({ cmd: "lockroom" }), [{ cmd: "info", id: 1206 }]);
      await late.exchange({ cmd: "unlockroom" });
      const trusted = `/setlevel ${trip("away-pass")} channelTrusted`;
      assertFrames(await late.exchange({ cmd: "chat", text: trusted }), [info(room)]);
      const away = await Legacy.join(server.url, room, "away", { pass: "away-pass" });
      assertFrame(away.me, { level: 8_999 });
      assert.deepEqual(await away.exchange(set), []); // no moderator: not answered
      await late.settle();
      assertFrames(await late.exchange(set), [warn(room, 123)]);
      await owner.settle();
      assertFrames(await owner.exchange({ ...set, trip: "short" }), [warn(room, 121)]);
      assertFrames(await owner.exchange({ ...set, level: "king" }), [warn(room, 122)]);
      assertFrames(await owner.exchange({ ...set, level: "channelOwner" }), [warn(room, 123)]);
      assertFrames(await owner.exchange({ ...set, level: "trustedUser" }), [warn(room, 124)]);
      assertFrames(await owner.exchange({ cmd: "chat", text: "/setlevel" }), [warn(room, 121)]);
      const reset = await owner.exchange({ ...set, level: "default" });
      assertFrames(reset, [{ cmd: "updateUser", nick: "late", level: 100 }, info(room)]);
    });

    test("keeps its message of the day", async () => {
      const { room, owner, witness } = await estate(Generation);
      const [told] = await owner.exchange({ cmd: "setmotd", motd: "welcome home" }, witness);
      assertFrames(told, [
        { cmd: "info", id: 1111 },
        { cmd: "info", id: 1304, text: "welcome home" },
      ]);
      for (const peer of [owner, witness]) peer.drop();
      await server.restart();
      const back = await Generation.join(server.url, room, "owner", { pass: "owner-pass" });
      assertFrame(back.me, { level: OWNER });
      assertFrame(
        back.joined.find((frame) => frame.id === 1304),
        { text: "welcome home" },
      );
    });
  });

test("a channel with a past, and one of the server's moderators, are claimed by nobody", async () => {
  const room = newRoom();
  await Legacy.join(server.url, room, "first");
  const late = await Legacy.join(server.url, room, "late", { pass: "late-pass" });
  assertFrames(await late.exchange({ cmd: "claimchannel" }), [warn(room, 81)]);
  assertFrames(await late.exchange({ cmd: "unclaimchannel" }), [warn(room, 141)]);
  const mod = await joinMod(room);
  assertFrames(await mod.exchange({ cmd: "claimchannel" }), [warn(room, 81)]);
  assertFrames(await mod.exchange({ cmd: "renewclaim" }), [warn(room, 111)]);
});

test("our clients see the same owners, and theirs see ours", async () => {
  const { room, witness } = await estate();
  const own = await Hcchat.join(server.url, room, "own");
  const users = own.joined.find((frame) => frame.cmd === "onlineSet");
  assertFrame(users, { room: { owned: true } });
  own.send({ cmd: "setroom", channel: room, slow: 1 });
  await own.until((frame) => frame.cmd === "warn" && frame.code === "forbidden");
  const other = newRoom();
  const opener = await Hcchat.join(server.url, other, "opener", { pass: "owner-pass" });
  await witness.settle();
  const guest = await Legacy.join(server.url, other, "guest");
  await opener.settle();
  opener.send({ cmd: "claim", channel: other });
  await opener.until((frame) => frame.cmd === "roomInfo");
  assertFrames(await guest.settle(), [{ cmd: "updateUser", nick: "opener", level: OWNER }, info(other)]);
});
