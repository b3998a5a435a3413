// Several people in one call: all of them decode all others, and keys change when somebody is put out.
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

describe("calls of several people", () => {
  const { visitor } = web.stage(...settings);

  test("five people see and hear each other, encrypted", async () => {
    const names = ["ann", "bob", "cat", "dan", "eve"];
    const pages = await gather(visitor, names);
    for (const page of pages) await enter(page, { begin: page === pages[0] });
    await Promise.all(pages.map((page) => plays(page, { pictures: 4, sounds: 4 })));
    for (const [index, page] of pages.entries()) {
      await stage(page).getByText("5 in the call").waitFor();
      for (const name of names.filter((_, other) => other !== index)) await tile(page, name).locator("video").waitFor();
      assert.doesNotMatch(await stage(page).innerText(), /decrypt|not encrypted|Waiting for the key/);
    }
    const [ann, bob] = pages;
    await shot(ann, "five");
    await button(ann, "Who speaks large").click();
    await shot(ann, "five-speaker");
    await ann.emulateMedia({ colorScheme: "dark" });
    await shot(ann, "five-speaker-dark");
    await button(ann, "All alike").click();
    await shot(ann, "five-dark");
    await bob.setViewportSize(phone);
    await shot(bob, "five-phone");
    await button(bob, "Who speaks large").click();
    await shot(bob, "five-phone-speaker");
  });

  test("when somebody is put out of the room the others change their keys and go on", async () => {
    const scripts = { ann: [watchKeys], bob: [watchKeys], cat: [watchKeys] };
    const [ann, bob, cat] = await gather(visitor, ["ann", "bob", "cat"], { claim: true, scripts });
    for (const page of [ann, bob, cat]) await enter(page, { begin: page === ann });
    await Promise.all([ann, bob, cat].map((page) => plays(page, { pictures: 2, sounds: 2 })));
    await button(ann.locator("aside"), "cat").click();
    await button(ann.locator("aside"), "Manage").click();
    const card = ann.getByRole("dialog", { name: "cat" });
    await button(card, "Put out").click();
    await button(card, "Put out? Press again").click();
    await cat.getByText("You were removed from this room").waitFor();
    await cat.getByText("A call is going on.").waitFor({ state: "detached" }); // none that cat could come into
    assert.equal(await cat.getByText("put you out of the call").count(), 0);
    await tile(ann, "cat").waitFor({ state: "detached" });
    await Promise.all([rekeyed(ann, 2), rekeyed(bob, 2)]);
    const last = await played(cat);
    await Promise.all([plays(ann), plays(bob)]);
    assert.deepEqual(await played(cat), last);
    assert.equal(await cat.evaluate(() => Object.values(window.epochs).flat().includes(1)), false);
    await leave(bob);
  });
});
