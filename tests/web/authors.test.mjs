import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import * as files from "./attach.mjs";
import { standBetween } from "./between.mjs";
import * as web from "./harness.mjs";
import * as member from "./member.mjs";

const group = (page, text) => page.locator(".group").filter({ has: page.locator(".body", { hasText: text }) });
const warning = (page, text) => group(page, text).locator(".remark.danger, .remark.warns");
const texts = (page) => page.locator(".message .body").allInnerTexts();
const grouped = (fingerprint) => fingerprint.match(/.{5}/g).join(" ");

/** Opens the person card of a message's author, as with a mouse. */
async function about(page, text) {
  await group(page, text).locator("button.nick").click();
  return page.getByRole("dialog");
}

async function closeDialog(page) {
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
}

describe("a member who speaks in others' names", () => {
  const set = web.stage();
  const { visitor } = set;

  /** Ann and bob talk; mallory has the key too. */
  async function talk() {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { title: "Tea", nick: "Ann" });
    const link = await web.shareLink(ann);
    await web.openLink(bob, link, "Bob");
    await web.say(bob, "it is me");
    await web.sees(ann, "it is me");
    const room = member.roomOf(link);
    const mallory = await member.enter(set.server, room, "Mallory");
    return { ann, bob, link, room, mallory, close: () => mallory.close() };
  }

  test("is warned of, whether he signs or not, and in whatever spelling", async () => {
    const { ann, mallory, close } = await talk();
    const identity = member.newIdentity();
    await mallory.say(member.content({ nick: "Bob", body: "not signed" }));
    await mallory.say(member.content({ nick: "Bob", body: "signed otherwise" }), { by: identity });
    await mallory.say(member.content({ nick: "ＢＯＢ", body: "full width" }));
    await mallory.say(member.content({ nick: "Mallory", body: "as himself" }), { by: identity });
    await web.sees(ann, "as himself");
    await warning(ann, "not signed")
      .getByText(/Not signed, although Bob signs/)
      .waitFor();
    await warning(ann, "signed otherwise")
      .getByText(/not the identity key that Bob had/)
      .waitFor();
    await warning(ann, "full width")
      .getByText(/Not signed, although ＢＯＢ signs/)
      .waitFor();
    await warning(ann, "not signed").getByText("The server calls this sender “Mallory”").waitFor();
    assert.equal(await warning(ann, "it is me").count(), 0);
    assert.equal(await warning(ann, "as himself").count(), 0);
    const labels = await ann
      .getByRole("article")
      .evaluateAll((all) => all.map((one) => one.getAttribute("aria-label")));
    assert.deepEqual(
      labels.map((label) => /Doubtful/.test(label)),
      [false, true, true, true, false],
    );
    close();
  });

  test("is warned of under the very nick, and also to whoever comes later and reads", async () => {
    const { ann, bob, link, room, close } = await talk();
    await web.chooseFromMenu(bob, "Leave");
    await web.sees(ann, "Bob left");
    const impostor = await member.enter(set.server, room, "Bob");
    await impostor.say(member.content({ nick: "Bob", body: "still me" }));
    await warning(ann, "still me")
      .getByText(/although Bob signs/)
      .waitFor();
    const carl = await visitor();
    await web.openLink(carl, link, "Carl");
    await warning(carl, "still me")
      .getByText(/although Bob signs/)
      .waitFor();
    await ann.reload();
    await warning(ann, "still me")
      .getByText(/although Bob signs/)
      .waitFor();
    impostor.close();
    close();
  });

  test("changes nothing that others have said, and gives no sign for them", async () => {
    const { ann, bob, room, mallory, close } = await talk();
    await web.say(bob, "a promise");
    const { mid, text } = await mallory.heard("a promise");
    const { sid, n } = member.read(room, text);
    const by = member.newIdentity();
    for (const signed of [{}, { by }]) {
      await mallory.say(member.content({ t: "edit", nick: "Bob", sid, n: 40, target: mid, body: "a lie" }), signed);
      await mallory.say(member.content({ t: "delete", nick: "Bob", sid, n: 41, target: mid }), signed);
      await mallory.say(member.content({ t: "react", nick: "Bob", sid, n: 42, target: mid, key: "💩" }), signed);
      await mallory.say(member.content({ t: "timer", nick: "Bob", sid, n: 43, ttl: 5 }), signed);
      await mallory.say(member.content({ nick: "Bob", sid, n: n + 1, body: "taking his number" }), signed);
    }
    await web.say(bob, "the next thing");
    await web.sees(ann, "the next thing");
    assert.deepEqual(
      (await texts(ann)).filter((one) => one !== "taking his number"),
      ["it is me", "a promise", "the next thing"],
    );
    assert.equal(await web.row(ann, "a promise").locator(".reactions").count(), 0);
    assert.equal(await ann.locator(".badge.timer").count(), 0);
    assert.equal(await ann.getByText(/disappear after/).count(), 0);
    close();
  });

  test("cannot pass himself off as the reader, nor a message of two readings off as one", async () => {
    const { ann, bob, room, mallory, close } = await talk();
    await web.say(ann, "mine");
    const { text } = await mallory.heard("mine");
    const { sid } = member.read(room, text);
    await mallory.say(member.content({ nick: "Ann", sid, n: 50, body: "not mine" }));
    await warning(ann, "not mine")
      .getByText(/although Ann signs/)
      .waitFor();
    assert.equal(await group(ann, "not mine").and(ann.locator(".own")).count(), 0);
    const twice = member.content({ nick: "Bob", body: "first" });
    const json = JSON.stringify(twice).replace('"body":"first"', '"body":"first","body":"second"');
    await mallory.say(member.seal(room, json), { mid: twice.id });
    const half = member.content({ nick: "Bob", body: "x" });
    await mallory.say(member.seal(room, JSON.stringify(half).replace('"x"', '"\\ud800"')), { mid: half.id });
    await bob.getByText("2 messages could not be opened. It arrived damaged.").waitFor();
    close();
  });

  test("a new key is accepted, compared and then trusted, and the page remembers it", async () => {
    const { ann, bob, mallory, close } = await talk();
    const fresh = member.newIdentity();
    await mallory.say(member.content({ nick: "Bob", body: "from my new phone" }), { by: fresh });
    await group(ann, "from my new phone").getByRole("button", { name: "Check" }).click();
    const dialog = ann.getByRole("dialog", { name: "Bob" });
    await dialog.getByText(grouped(fresh.fingerprint)).waitFor();
    await dialog.getByRole("button", { name: "Accept new key" }).click();
    await dialog.getByRole("button", { name: /mark as verified/ }).click();
    await dialog.getByText("Verified: you have compared").waitFor();
    await closeDialog(ann);
    await group(ann, "from my new phone").getByRole("img", { name: "Verified" }).waitFor();
    assert.equal(
      await warning(ann, "from my new phone")
        .getByText(/identity key/)
        .count(),
      0,
    );
    await warning(ann, "it is me")
      .getByText(/not the identity key that Bob had/)
      .waitFor();
    await ann.reload();
    await group(ann, "from my new phone").getByRole("img", { name: "Verified" }).waitFor();
    await web.readyToSend(bob);
    close();
  });
});

describe("people know one another by their keys", () => {
  const set = web.stage("--Compat:TripSalt=compat-test-salt");
  const { visitor } = set;

  test("a fingerprint is compared, from the list of people and by keyboard", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.say(bob, "hello");
    await web.sees(ann, "hello");
    await web.timeline(ann).focus();
    await ann.keyboard.press("ArrowUp");
    await ann.keyboard.press("Enter");
    await ann.getByRole("menuitem", { name: "About Bob" }).press("Enter");
    const dialog = ann.getByRole("dialog", { name: "Bob" });
    const seen = await dialog.locator(".fingerprint", { hasText: /\S/ }).innerText();
    await bob.getByRole("button", { name: "Bob", exact: false }).filter({ hasText: "you" }).first().click();
    const own = bob.getByRole("dialog", { name: "Bob" });
    await own.locator(".fingerprint").getByText(seen, { exact: true }).waitFor();
    await dialog.getByRole("button", { name: /mark as verified/ }).press("Enter");
    await closeDialog(ann);
    await ann.getByRole("article", { name: /^Bob, Verified/ }).waitFor();
    await ann.getByRole("button", { name: "Bob", exact: true }).and(ann.locator(".person")).click();
    await ann.getByRole("button", { name: "Check", exact: true }).click();
    await dialog.getByText("The list of people is the server’s word").waitFor();
  });

  test("one is the same on another device with one's key, and changes there what one has said", async () => {
    const laptop = await visitor();
    const phone = await visitor();
    const bob = await visitor();
    await web.createRoom(bob, { nick: "Bob" });
    const link = await web.shareLink(bob);
    await web.openLink(laptop, link, "Ann", "a pass");
    await web.say(laptop, "from the latpop");
    await web.sees(bob, "from the latpop");
    await web.chooseFromMenu(laptop, "Settings");
    await laptop.getByRole("button", { name: "Use on another device" }).click();
    let key = "";
    while (!key) key = await laptop.getByLabel("Identity key", { exact: true }).inputValue(); // it is unsealed first
    assert.match(key, /^hcid1-[\w-]{48}$/);
    await closeDialog(laptop);
    await web.chooseFromMenu(laptop, "Leave");

    await phone.goto("/");
    await phone.getByRole("button", { name: "Settings" }).click();
    await phone.getByText("It is made when you first open an encrypted room.").waitFor();
    await phone.getByRole("button", { name: "Bring from another device" }).click();
    await phone.getByLabel("Identity key", { exact: true }).fill(key.slice(0, -1));
    await phone.getByRole("button", { name: "Use this key" }).click();
    await phone.getByText("This is no complete identity key.").waitFor();
    await phone.getByLabel("Identity key", { exact: true }).fill(key);
    await phone.getByRole("button", { name: "Use this key" }).click();
    await phone.locator(".fingerprint").waitFor();
    await closeDialog(phone);

    await web.openLink(phone, link, "Ann", "a pass");
    await web.say(phone, "and now from the phone");
    await web.sees(bob, "and now from the phone");
    await web.act(phone, "from the latpop", "Edit");
    await web.composer(phone).fill("from the laptop");
    await web.composer(phone).press("Enter");
    await web.sees(bob, "from the laptop");
    assert.equal(await bob.locator(".remark.danger").count(), 0);
  });

  test("two windows of one browser are one person and know the same", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(bob, { nick: "Bob" });
    const link = await web.shareLink(bob);
    await web.openLink(ann, link, "Ann");
    await web.say(ann, "from one window");
    const other = await web.watchedPage(ann.context(), set.server);
    await other.goto(link);
    await other.getByText("has this name already").waitFor();
    await other.getByLabel("Your name").fill("Anna");
    await other.getByRole("button", { name: "Open room" }).click();
    await web.say(other, "from another");
    await web.say(bob, "hello, both");
    await web.sees(other, "hello, both");
    await (await about(ann, "hello, both")).getByRole("button", { name: /mark as verified/ }).click();
    await closeDialog(ann);
    await group(other, "hello, both").getByRole("img", { name: "Verified" }).waitFor();
    assert.equal(await bob.locator(".remark.danger").count(), 0);
    await (await about(bob, "from another")).getByText("Also known as Ann").waitFor();
    assert.equal(await group(ann, "from another").and(ann.locator(".own")).count(), 1);
    web.assertClean(other);
  });

  test("what the server no longer takes for one's own is refused with a reason, and stays as it was", async () => {
    const before = await visitor();
    const bob = await visitor();
    await web.createRoom(before, { nick: "Ann" });
    const link = await web.shareLink(before);
    await web.openLink(bob, link, "Bob");
    await web.say(before, "yesterday");
    await web.sent(before);
    await web.chooseFromMenu(before, "Leave");
    await before.evaluate(() => sessionStorage.clear());
    await before.goto(link); // who one was is known
    await web.readyToSend(before);
    await web.act(before, "yesterday", "Edit");
    await web.composer(before).fill("today");
    await web.composer(before).press("Enter");
    await before.getByText("it no longer knows you as the author").waitFor();
    await web.sees(before, "yesterday");
    await web.sees(bob, "yesterday");
  });

  test("whoever forgets the key is somebody else", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.say(ann, "before");
    await web.sees(bob, "before");
    await web.chooseFromMenu(ann, "Settings");
    const fingerprint = await ann.locator(".fingerprint").innerText();
    await ann.getByRole("button", { name: "Forget" }).click();
    await ann.getByText("You will have another key.").waitFor();
    await ann.getByRole("button", { name: /Press again/ }).click();
    await ann.waitForFunction((old) => {
      const now = document.querySelector(".fingerprint")?.textContent;
      return now && now !== old;
    }, fingerprint);
    await closeDialog(ann);
    await web.say(ann, "after");
    await warning(bob, "after")
      .getByText(/not the identity key that Ann had/)
      .waitFor();
  });

  test("keys that cannot be read any more are told of, and noted anew when one wants it", async () => {
    const ann = await visitor();
    const bob = await visitor();
    await web.createRoom(ann, { nick: "Ann" });
    await web.openLink(bob, await web.shareLink(ann), "Bob");
    await web.say(bob, "hello");
    await web.sees(ann, "hello");
    // Noted they are a moment after the message shows.
    await ann.waitForFunction(async () => {
      const open = indexedDB.open("hcchat");
      await new Promise((resolve) => (open.onsuccess = resolve));
      const spoiling = open.result.transaction("values", "readwrite");
      const done = new Promise((resolve) => (spoiling.oncomplete = resolve));
      const values = spoiling.objectStore("values");
      const keys = values.getAllKeys();
      await new Promise((resolve) => (keys.onsuccess = resolve));
      const pins = keys.result.filter((key) => String(key).startsWith("pins "));
      for (const key of pins) values.put({ iv: new Uint8Array(12), data: new Uint8Array(64) }, key);
      await done;
      open.result.close();
      return pins.length > 0;
    });
    await ann.reload();
    await ann.getByText("had noted here cannot be read any more").waitFor();
    await ann.getByRole("button", { name: "Begin anew" }).click();
    await ann.getByText("had noted here cannot be read any more").waitFor({ state: "detached" });
  });
});

describe("a hostile server", () => {
  const set = web.stage();
  let between;
  const open = [];
  before(async () => (between = await standBetween(set.server)));
  after(() => between.close());

  /** Bob talks straight to the server, ann through the one that lies. */
  async function talk() {
    between.down = (frame) => [frame];
    const bob = await set.visitor();
    await web.createRoom(bob, { title: "Tea", nick: "Bob" });
    const link = await web.shareLink(bob);
    await web.say(bob, "true");
    const ann = await web.visitor(set.browser, between);
    open.push(ann);
    await web.openLink(ann.page, link.replace(set.server.url, between.url), "Ann");
    await web.sees(ann.page, "true");
    return { ann: ann.page, bob, link, room: member.roomOf(link) };
  }

  /** What ann is given in place of bob's messages. */
  const lie = (change) => {
    between.down = (frame) => (frame.cmd === "chat" && frame.nick === "Bob" ? [change(frame)].flat() : [frame]);
  };
  const changed = (frame, members) => ({
    ...frame,
    text: member.envelope({ ...member.opened(frame.text), ...members }),
  });

  after(async () => {
    for (const { page, context } of open) {
      web.assertClean(page);
      await context.close();
    }
  });

  test("re-attributes a message: the sender's word stands, and the server's beside it", async () => {
    const { ann, bob } = await talk();
    lie((frame) => ({ ...frame, nick: "Eve", userid: 999, trip: "abcdef" }));
    await web.say(bob, "whose is it");
    await warning(ann, "whose is it").getByText("The server calls this sender “Eve”").waitFor();
    await group(ann, "whose is it").locator(".nick").getByText("Bob", { exact: true }).waitFor();
  });

  test("strips the signature, downgrades or changes the envelope: nothing is shown", async () => {
    const { ann, bob } = await talk();
    lie((frame) => changed(frame, { alg: "AES-GCM" }));
    await web.say(bob, "stripped");
    await ann.getByText("This message could not be opened. It was changed on the way").waitFor();
    lie((frame) => changed(frame, { v: 1 }));
    await web.say(bob, "downgraded");
    await ann.getByText("It was sent in the other mode").waitFor();
    lie((frame) => {
      const { ct } = member.opened(frame.text);
      const bytes = Buffer.from(ct, "base64");
      bytes[40] ^= 1;
      return changed(frame, { ct: bytes.toString("base64") });
    });
    await web.say(bob, "changed");
    await ann
      .getByText("2 messages could not be opened")
      .or(ann.getByText(/changed on the way/).nth(1))
      .first()
      .waitFor();
    lie((frame) => ({ ...frame, text: "in clear" }));
    await web.say(bob, "replaced");
    await warning(ann, "in clear").getByText("Not encrypted: may be forged by the server").waitFor();
    between.down = (frame) => [frame];
    await web.say(bob, "the end");
    await web.sees(ann, "the end");
    assert.deepEqual(await texts(ann), ["true", "in clear", "the end"]);
  });

  test("says a message again, under its own id or another: once is all", async () => {
    const { ann, bob } = await talk();
    const again = [];
    lie((frame) => (again.push(frame), frame));
    await web.say(bob, "once");
    await web.sees(ann, "once");
    let seq = 0;
    lie((frame) => {
      seq = frame.seq;
      return [
        { ...frame, text: again[0].text, mid: again[0].mid },
        { ...frame, seq: seq + 1, text: again[0].text, mid: frame.mid },
        { ...frame, seq: seq + 2 },
      ];
    });
    await web.say(bob, "afterwards");
    await web.sees(ann, "afterwards");
    assert.deepEqual(await texts(ann), ["true", "once", "afterwards"]);
    await ann.getByText("It was changed on the way").waitFor();
  });

  test("plays a message into another room: it does not open there", async () => {
    const { ann, bob, link, room } = await talk();
    const k = new URLSearchParams(link.split("?")[1]).get("k");
    let captured;
    lie((frame) => ((captured = frame), frame));
    await web.say(bob, "only here");
    await web.sees(ann, "only here");
    // The key is the same, so that nothing but the room's name tells them apart.
    const other = member.keysOf("another-room", k);
    await ann.goto(`${between.url}/#/r/another-room?k=${k}`);
    await web.timeline(ann).getByText("only here").waitFor({ state: "detached" });
    await web.readyToSend(ann);
    const { text, mid } = captured;
    const retold = member.envelope({ ...member.opened(text), kid: other.kid.toString("base64url") });
    const own = await member.enter(set.server, other, "Bob");
    between.down = (frame) => [frame.cmd === "chat" ? { ...frame, text: retold, mid } : frame];
    await own.say(member.content({ nick: "Bob", body: "carrier" }));
    await ann.getByText("It was changed on the way").waitFor();
    assert.deepEqual(await texts(ann), []);
    assert.notEqual(room.kid.toString("hex"), other.kid.toString("hex"));
    own.close();
  });

  test("holds messages back and lets them pass in another order: each is shown once, in its place", async () => {
    const { ann, bob } = await talk();
    const held = [];
    lie((frame) => {
      held.push(frame);
      return held.length < 3 ? [] : [held[2], held[0], held[1]];
    });
    for (const text of ["one", "two", "three"]) {
      await web.say(bob, text);
      await web.sent(bob);
    }
    await web.sees(ann, "three");
    assert.deepEqual(await texts(ann), ["true", "one", "two", "three"]);
  });

  test("drops a message and closes the row behind it: the page tells that one lacks", async () => {
    const { ann, bob } = await talk();
    await web.say(ann, "I have read what was before"); // it goes out only then
    await web.sees(bob, "I have read what was before");
    await web.say(bob, "from here on it is counted");
    await web.sees(ann, "from here on it is counted");
    await ann.clock.install();
    // What was read of the past meanwhile is not counted from: then the next one is.
    const dropped = [];
    for (let told = false, round = 1; !told; round++) {
      assert.ok(round <= 5, "It was never told.");
      let drops = true;
      between.down = (frame) => {
        if (drops && frame.cmd === "chat" && frame.nick === "Bob") {
          drops = false;
          dropped.push(frame.seq);
          return [];
        }
        const before = dropped.filter((seq) => seq < frame.seq).length;
        return [before > 0 ? { ...frame, seq: frame.seq - before } : frame];
      };
      await web.say(bob, `gone ${round}`);
      await web.sent(bob);
      await web.say(bob, `here ${round}`);
      await web.sees(ann, `here ${round}`);
      await ann.clock.fastForward(31_000);
      told = await ann
        .getByText("1 message of Bob is missing")
        .waitFor({ timeout: 5_000 })
        .then(
          () => true,
          () => false,
        );
    }
    await ann.clock.resume();
  });

  test("injects a member: it is in the list, and cannot say a word", async () => {
    const { ann, bob, room } = await talk();
    const ghost = { cmd: "onlineAdd", channel: room.channel, nick: "Ghost", userid: 4242 };
    between.pages.at(-1).tell(ghost);
    await web.sees(ann, "Ghost joined");
    lie((frame) => ({ ...frame, nick: "Ghost", userid: 4242, text: "boo" }));
    await web.say(bob, "replaced");
    await warning(ann, "boo").getByText("Not encrypted: may be forged").waitFor();
    const stranger = member.keysOf(room.channel, Buffer.alloc(32, 7).toString("base64url"));
    lie((frame) => ({
      ...frame,
      nick: "Ghost",
      text: member.seal(stranger, member.content({ nick: "Ghost", body: "boo" })),
    }));
    await web.say(bob, "replaced again");
    await ann.getByText("Its sender uses another passphrase or link").waitFor();
  });

  test("turns what was said aloud into a whisper, and hands a whisper to another", async () => {
    const { ann, bob, room } = await talk();
    const carl = await member.enter(set.server, room, "Carl");
    const to = 0;
    lie((frame) => ({
      cmd: "whisper",
      channel: room.channel,
      from: frame.userid,
      to,
      text: frame.text,
      mid: frame.mid,
    }));
    await web.say(bob, "for everybody");
    await ann.getByText("It was changed on the way").waitFor();
    between.down = (frame) => [frame];
    await web.sees(bob, "Carl joined");
    await web.say(bob, "/whisper Carl only for you");
    const { text, mid, from } = await carl.frame(({ cmd }) => cmd === "whisper");
    between.pages.at(-1).tell({ cmd: "whisper", channel: room.channel, from, to: 0, text, mid });
    await warning(ann, "only for you").getByText("This was written to “Carl”").waitFor();
    carl.close();
  });

  test("takes a message away: that is called the server's word", async () => {
    const { ann, bob } = await talk();
    lie((frame) => [
      frame,
      {
        ...frame,
        cmd: "delete",
        seq: frame.seq + 1,
        target: frame.mid,
        mid: `x${frame.mid.slice(1)}`,
        text: undefined,
        nick: "Mod",
        moderator: true,
      },
    ]);
    await web.say(bob, "unwelcome");
    await ann.getByText("Removed by a moderator, says the server.").waitFor();
  });

  test("swaps the reference to a picture, and the picture behind it: the first is seen through, the second is not shown", async () => {
    const { ann, bob } = await talk();
    await files.plainWays(bob);
    await bob.reload();
    await web.sees(bob, "true");
    const send = async (name, w) => {
      const buffer = await files.picture(bob, { w, h: 30, type: "image/png" });
      await files.choose(bob, [{ name, mimeType: "image/png", buffer }]);
      await files.sendChosen(bob);
    };
    let first;
    lie((frame) => {
      if (!frame.attachment) return frame;
      first ??= frame.attachment;
      return { ...frame, attachment: first };
    });
    await send("one.png", 40);
    assert.deepEqual(await files.shows(ann, "one.png"), [40, 30]);
    await send("two.png", 50);
    assert.deepEqual(await files.shows(ann, "two.png"), [50, 30]);
    // Whatever is asked for, the server gives the first object.
    const id = first.objectKey.split("/").at(-1).replace(".bin", "");
    await ann.route(/\/api\/attachments\/[^/]+$/, (route) =>
      route.continue({ url: `${between.url}/api/attachments/${id}` }),
    );
    await send("three.png", 60);
    await ann.getByText("It was changed on the way, or the server gave another file in its place.").waitFor();
    assert.equal(await ann.getByRole("img", { name: "three.png" }).count(), 0);
    await ann.unrouteAll();
  });
});
