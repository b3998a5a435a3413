import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import * as files from "./attach.mjs";
import * as web from "./harness.mjs";

const place = "GPS 52.520008 13.404954";

describe("files in messages", () => {
  const set = web.stage("--Logging:LogLevel:Default=Trace");
  const { visitor } = set;

  test("a photo arrives without the place where it was taken, and otherwise as it was", async () => {
    const { ann, bob } = await files.pair(visitor);
    const photo = files.withExif(await files.picture(ann, { w: 1600, h: 1200 }), { place });
    await files.choose(ann, [{ name: "tea.jpg", mimeType: "image/jpeg", buffer: photo }], "Photo or video");
    await files.tray(ann).getByText("Without place, time and camera data").waitFor();
    await files.sendChosen(ann, "look at **this**");
    assert.deepEqual(await files.shows(bob, "tea.jpg"), [1600, 1200]);
    await web.sees(bob, "this");
    await web.sent(ann);

    const [sent, received] = [await files.saved(ann, ...gallery(ann)), await files.saved(bob, ...gallery(bob))];
    assert.equal(received.name, "tea.jpg");
    assert.equal(files.sha256(received.bytes), files.sha256(sent.bytes));
    assert.ok(photo.includes("GPS") && !received.bytes.includes("GPS") && !received.bytes.includes("Exif"));
    assert.equal(received.bytes.length, photo.length - (photo.readUInt16BE(4) + 2));

    function gallery(page) {
      return ["tea.jpg", openGallery(page, "tea.jpg")];
    }
  });

  test("a film arrives without the place, and plays", async () => {
    const { ann, bob } = await files.pair(visitor);
    const film = await files.phoneFilm(ann, place);
    assert.ok(film.includes(place));
    await files.choose(ann, [{ name: "tea.mp4", mimeType: "video/mp4", buffer: film }], "Photo or video");
    await files.tray(ann).getByText("Without place, time and camera data").waitFor();
    await files.sendChosen(ann);
    const { bytes } = await files.saved(bob, "tea.mp4");
    assert.equal(bytes.length, film.length);
    assert.ok(!bytes.includes(place));
    await bob.getByRole("button", { name: "Play video tea.mp4" }).click();
    await bob.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  });

  /** The dialog with a picture; it stays open. */
  function openGallery(page, name) {
    void page.getByRole("button", { name: `Open picture ${name}`, exact: true }).click();
    return page.getByRole("dialog", { name: "Pictures" });
  }

  test("a picture that lies on its side keeps its pixels, and of its camera's words only how to turn it", async () => {
    const { ann, bob } = await files.pair(visitor);
    const photo = files.withExif(await files.picture(ann, { w: 600, h: 400 }), { place, orientation: 6 });
    await files.choose(ann, [{ name: "turned.jpg", mimeType: "image/jpeg", buffer: photo }]);
    await files.sendChosen(ann);
    assert.deepEqual(await files.shows(bob, "turned.jpg"), [400, 600]);
    const { bytes } = await files.saved(bob, "turned.jpg", openGallery(bob, "turned.jpg"));
    assert.ok(photo.includes(place) && !bytes.includes("GPS"));
    assert.ok(bytes.subarray(-2000).equals(photo.subarray(-2000)));
  });

  test("whoever wants it so sends a picture as it is, as a file, and what cannot be cleaned asks first", async () => {
    const { ann, bob } = await files.pair(visitor);
    const photo = files.withExif(await files.picture(ann), { place });
    const odd = Buffer.from("no picture that anybody knows");
    await files.choose(ann, [
      { name: "as-it-is.jpg", mimeType: "image/jpeg", buffer: photo },
      { name: "odd.heic", mimeType: "image/heic", buffer: odd },
    ]);
    const chosen = (name) => files.tray(ann).getByRole("listitem").filter({ hasText: name });
    await chosen("as-it-is.jpg").getByRole("button", { name: "Send unchanged" }).click();
    await chosen("as-it-is.jpg")
      .getByText(/stays in it/)
      .waitFor();
    await chosen("odd.heic")
      .getByText(/cannot be taken out here/)
      .waitFor();
    await ann.getByRole("button", { name: "Send", exact: true }).click();
    await ann
      .getByRole("alert")
      .getByText(/^odd\.heic: send it unchanged, or remove it/)
      .waitFor();
    await chosen("odd.heic").getByRole("button", { name: "Send unchanged" }).click();
    await files.sendChosen(ann);
    assert.equal(files.sha256((await files.saved(bob, "as-it-is.jpg")).bytes), files.sha256(photo));
    assert.equal(files.sha256((await files.saved(bob, "odd.heic")).bytes), files.sha256(odd));
    assert.equal(await bob.locator(".picture").count(), 0);
  });

  test("words for a file that did not go stand before what was typed meanwhile", async () => {
    const { ann } = await files.pair(visitor);
    // Files are not read before the test says so.
    await ann.evaluate(() => {
      const read = Blob.prototype.arrayBuffer;
      const gate = new Promise((open) => (window.openGate = open));
      Blob.prototype.arrayBuffer = async function () {
        await gate;
        return read.call(this);
      };
    });
    await files.choose(ann, [{ name: "odd.heic", mimeType: "image/heic", buffer: Buffer.from("no picture") }]);
    const field = ann.getByRole("textbox", { name: "Message" });
    await field.fill("words for it");
    await field.press("Enter");
    await ann.waitForFunction(() => document.querySelector("textarea").value === "");
    await field.fill("and more");
    await ann.evaluate(() => window.openGate());
    await ann
      .getByRole("alert")
      .getByText(/^odd\.heic/)
      .waitFor();
    assert.equal(await field.inputValue(), "words for it\nand more");
  });

  test("a file with a Chinese name comes back byte by byte, and neither name nor content is on the server", async () => {
    const { ann, bob } = await files.pair(visitor);
    const name = "预算 2026 金丝雀.txt";
    const canary = "canary-5b1f0c";
    const buffer = Buffer.from(`${canary}\n`.repeat(90_000));
    await files.choose(ann, [{ name, mimeType: "text/plain", buffer }]);
    await files.sendChosen(ann, "caption-canary-7a");
    const received = await files.saved(bob, name);
    assert.equal(received.name, name);
    assert.equal(files.sha256(received.bytes), files.sha256(buffer));
    await bob
      .getByRole("status")
      .filter({ hasText: `${name} is saved.` })
      .waitFor({ state: "attached" });

    const all = await readdir(set.server.data, { recursive: true, withFileTypes: true });
    const kept = all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
    const gone = () => Buffer.alloc(0); // a database's own files come and go
    const said = [
      ...(await Promise.all(kept.map((path) => readFile(path).catch(gone)))),
      Buffer.from(set.server.log()),
    ];
    const objects = said.filter((_, i) => kept[i]?.startsWith(join(set.server.data, "objects")));
    assert.ok(
      objects.some(({ length }) => length > buffer.length),
      "the object lies in the data folder",
    );
    for (const word of [canary, "caption-canary-7a", "预算", "金丝雀", "tea.jpg", "GPS 52"]) {
      assert.ok(!kept.some((path) => path.includes(word)), word);
      assert.ok(!said.some((bytes) => bytes.includes(word)), word);
    }
  });

  test("what is pasted or dropped stands in the tray until it is sent, and what is removed is not", async () => {
    const { ann, bob } = await files.pair(visitor);
    const [pasted, dropped] = [await files.picture(ann, { type: "image/png" }), Buffer.from("dropped")];
    await files.give(ann, "paste", [{ name: "image.png", type: "image/png", base64: pasted.toString("base64") }]);
    await files.tray(ann).getByText("image.png").waitFor();
    const file = (name) => ({ name, type: "text/plain", base64: dropped.toString("base64") });
    await files.give(ann, "dragover", [file("a.txt")]);
    await ann.getByText("Drop to attach").waitFor();
    // What would turn the rest of a name around is left out here as it is there.
    await files.give(ann, "drop", [file("a.txt"), file("b.txt"), file("bill\u202efdp.exe")]);
    await ann.getByText("Drop to attach").waitFor({ state: "detached" });
    await ann.getByRole("button", { name: "Remove billfdp.exe" }).click();
    await ann.getByRole("button", { name: "Remove a.txt" }).click();
    assert.equal(await bob.locator(".files").count(), 0);
    await files.sendChosen(ann);
    await files.shows(bob, "image.png");
    assert.equal((await files.saved(bob, "b.txt")).bytes.toString(), "dropped");
    assert.equal(await bob.getByText("a.txt").count(), 0);
  });

  test("a whisper takes no files along, for everybody would get them and it", async () => {
    const { ann, bob } = await files.pair(visitor);
    await files.give(ann, "paste", [{ name: "a.txt", type: "text/plain", base64: "eA==" }]);
    await web.say(ann, "/whisper Bob secret");
    await ann
      .getByRole("alert")
      .getByText(/^Everybody here gets these files/)
      .waitFor();
    assert.equal(await web.composer(ann).inputValue(), "/whisper Bob secret");
    await ann.getByRole("button", { name: "Remove a.txt" }).click();
    await web.composer(ann).press("Enter");
    await web.sees(bob, "secret");
    assert.equal(await bob.locator(".files").count(), 0);
    await bob.getByText("Ann whispers to you").waitFor();
  });

  test("what was copied from a document is text, though it brings a picture of itself along; a picture of a page is one", async () => {
    const { ann } = await files.pair(visitor);
    const taken = await ann.evaluate(() => {
      const paste = (name, texts) => {
        const data = new DataTransfer();
        data.items.add(new File(["x"], name));
        for (const [type, text] of texts) data.setData(type, text);
        const event = new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true });
        return !document.body.dispatchEvent(event);
      };
      return [
        paste("words.bin", [
          ["text/html", "<b>words</b>"],
          ["text/plain", "words"],
        ]),
        paste("copied.bin", [["text/html", "<img src='there.png'>"]]),
        paste("named.bin", [["text/plain", "named.bin"]]),
      ];
    });
    await files.tray(ann).getByText("named.bin").waitFor();
    await files.tray(ann).getByText("copied.bin").waitFor();
    assert.deepEqual(taken, [false, true, true]);
    assert.equal(await files.tray(ann).getByRole("listitem").count(), 2);
  });

  test("a picture that is chosen while there is no connection is cleaned all the same, and goes when there is one", async () => {
    const { ann, bob } = await files.pair(visitor);
    await files.give(ann, "paste", [{ name: "a.txt", type: "text/plain", base64: "eA==" }]);
    await files.sendChosen(ann);
    await bob.getByText("a.txt").first().waitFor();
    const buffer = files.withExif(await files.picture(ann, {}), { place });
    await ann.context().setOffline(true);
    await files.choose(ann, [{ name: "offline.jpg", mimeType: "image/jpeg", buffer }]);
    await files.tray(ann).getByText("Without place, time and camera data").waitFor();
    await files.sendChosen(ann);
    await ann.context().setOffline(false);
    await files.shows(bob, "offline.jpg");
    web.forgive(ann);
  });

  test("more than ten files go out as several messages, and that is said; an empty one among them goes like the others", async () => {
    const { ann, bob } = await files.pair(visitor);
    const many = Array.from({ length: 22 }, (_, i) => ({
      name: `n${i}.${i === 21 ? "jpg" : "bin"}`,
      mimeType: i === 21 ? "image/jpeg" : "application/octet-stream",
      buffer: i === 21 ? Buffer.alloc(0) : Buffer.from([i + 1]),
    }));
    await files.choose(ann, many);
    await files.tray(ann).getByText("22 files go out as 3 messages: one has at most 10.").waitFor();
    await files.sendChosen(ann, "all of them");
    await bob.locator(".file-card").nth(21).waitFor();
    const withFiles = bob.locator(".message").filter({ has: bob.locator(".file-card") });
    assert.equal(await withFiles.count(), 3);
    assert.equal(await bob.getByText("all of them").count(), 1);
    assert.equal((await files.saved(bob, "n20.bin")).bytes[0], 21);
    const empty = await files.saved(bob, "n21.jpg");
    assert.deepEqual([empty.name, empty.bytes.length], ["n21.jpg", 0]);
    for (const page of [ann, bob]) web.assertClean(page);
  });

  test("what cannot be read stays behind and says so; what stood beside it goes, and its caption once", async () => {
    const { ann, bob } = await files.pair(visitor);
    await ann.evaluate(() => {
      // A file that was moved meanwhile, and a folder, as some systems give it.
      const gone = new File(["x"], "gone.bin");
      gone.slice = () => ({ arrayBuffer: () => Promise.reject(new DOMException("gone", "NotReadableError")) });
      const data = new DataTransfer();
      data.items.add(gone);
      const items = [new File(["here"], "here.bin"), gone, new File([], "holiday")].map((file) => ({
        kind: "file",
        getAsFile: () => file,
        webkitGetAsEntry: () => ({ isDirectory: file.name === "holiday" }),
      }));
      Object.defineProperty(data, "items", { value: items });
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true }));
    });
    await files.tray(ann).getByText("gone.bin cannot be read.").waitFor();
    await files.tray(ann).getByText("holiday is a folder.").waitFor();
    await web.composer(ann).fill("half of it");
    await ann.getByRole("button", { name: "Send", exact: true }).click();
    await ann.getByRole("alert").getByText("gone.bin cannot be read.").waitFor();
    assert.equal(await web.composer(ann).inputValue(), "");
    assert.equal(await files.tray(ann).getByRole("listitem").count(), 2);
    assert.equal((await files.saved(bob, "here.bin")).bytes.toString(), "here");
    assert.equal(await bob.getByText("half of it").count(), 1);
  });

  test("what can hold scripts is never opened in the page, whatever it says it is", async () => {
    const { ann, bob } = await files.pair(visitor);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
    await files.choose(ann, [
      { name: "drawing.svg", mimeType: "image/svg+xml", buffer: svg },
      { name: "page.html", mimeType: "text/html", buffer: Buffer.from("<script>alert(1)</script>") },
      { name: "paper.pdf", mimeType: "application/pdf", buffer: Buffer.from("%PDF-1.7") },
    ]);
    await files.sendChosen(ann);
    await bob.getByText("paper.pdf").first().waitFor();
    assert.equal(await bob.locator(".files img, .files iframe, .files object, .files a").count(), 0);
    const before = bob.url();
    assert.equal((await files.saved(bob, "drawing.svg")).name, "drawing.svg");
    assert.equal(bob.url(), before);
  });

  test("pictures are gone through with keys and by swipes, made larger, and left with Escape", async () => {
    const { ann, bob } = await files.pair(visitor, { bob: { hasTouch: true } });
    for (const name of ["one.png", "two.png"]) {
      const buffer = await files.picture(ann, { w: 900, h: 700, type: "image/png" });
      await files.choose(ann, [{ name, mimeType: "image/png", buffer }]);
      await files.sendChosen(ann);
      await files.shows(bob, name);
    }
    const opener = bob.getByRole("button", { name: "Open picture two.png", exact: true });
    await opener.click();
    const dialog = bob.getByRole("dialog", { name: "Pictures" });
    await files.shows(bob, "two.png", dialog);
    await dialog.getByText("2 of 2").waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Next picture" }).count(), 0);
    await bob.keyboard.press("ArrowLeft");
    await files.shows(bob, "one.png", dialog);
    const width = () => dialog.getByRole("img", { name: "one.png" }).evaluate((img) => img.clientWidth);
    const fitting = await width();
    await bob.keyboard.press("+");
    await bob.waitForFunction((was) => document.querySelector(".large").clientWidth > was * 1.5, fitting);
    await bob.keyboard.press("-");
    await bob.waitForFunction((was) => document.querySelector(".large").clientWidth === was, fitting);
    await swipe(bob, -250);
    await dialog.getByText("2 of 2").waitFor();
    await swipe(bob, 250);
    await dialog.getByText("1 of 2").waitFor();
    // The button that goes on is gone at the end, and the keys go on all the same.
    await dialog.getByRole("button", { name: "Next picture" }).press("Enter");
    await dialog.getByText("2 of 2").waitFor();
    await bob.keyboard.press("ArrowLeft");
    await dialog.getByText("1 of 2").waitFor();
    await bob.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await bob.waitForFunction((button) => document.activeElement === button, await opener.elementHandle());
  });

  test("a message that is deleted takes its pictures along, also from a gallery that is open", async () => {
    const { ann, bob } = await files.pair(visitor);
    const buffer = await files.picture(ann);
    await files.choose(ann, [{ name: "gone.jpg", mimeType: "image/jpeg", buffer }]);
    await files.sendChosen(ann, "soon gone");
    await files.shows(bob, "gone.jpg");
    const url = await bob.getByRole("img", { name: "gone.jpg" }).getAttribute("src");
    await bob.evaluate(() => {
      const revoke = URL.revokeObjectURL.bind(URL);
      window.revoked = [];
      URL.revokeObjectURL = (address) => (window.revoked.push(address), revoke(address));
    });
    await bob.getByRole("button", { name: "Open picture gone.jpg" }).click();
    await files.shows(bob, "gone.jpg", bob.getByRole("dialog"));
    await web.sent(ann);
    await web.row(ann, "soon gone").hover();
    await web.row(ann, "soon gone").getByRole("button", { name: "Actions for this message" }).click();
    await ann.getByRole("menuitem", { name: "Delete for everybody" }).click();
    await ann.getByRole("menuitem", { name: "Delete? Press again" }).click();
    await web.sees(bob, "This message was deleted.");
    await bob.getByRole("dialog").waitFor({ state: "detached" });
    assert.equal(await bob.locator(".files").count(), 0);
    await bob.waitForFunction((address) => window.revoked.includes(address), url);
  });

  test("whoever does not want pictures to load by themselves asks for each, and its place is kept for it", async () => {
    const { ann, bob } = await files.pair(visitor);
    await web.chooseFromMenu(bob, "Settings");
    const choice = bob.getByRole("group", { name: "Load pictures by themselves" });
    await choice.getByLabel("When asked").check();
    await bob.keyboard.press("Escape");
    const buffer = await files.picture(ann, { w: 800, h: 600 });
    await files.choose(ann, [{ name: "asked.jpg", mimeType: "image/jpeg", buffer }]);
    await files.sendChosen(ann);
    const show = bob.getByRole("button", { name: /^Show picture asked\.jpg/ });
    await show.waitFor();
    const box = await bob.locator(".picture").boundingBox();
    assert.equal(await bob.getByRole("img", { name: "asked.jpg" }).count(), 0);
    await show.click();
    await files.shows(bob, "asked.jpg");
    assert.deepEqual(await bob.locator(".picture").boundingBox(), box);
    await bob.reload();
    await bob.getByRole("button", { name: /^Show picture asked\.jpg/ }).waitFor();
  });

  test("a room without encryption says why it takes no files, and keeps none", async () => {
    const ann = await visitor();
    await web.openPlain(ann, { room: `plain-${Math.random().toString(36).slice(2)}`, nick: "Ann" });
    await files.give(ann, "paste", [{ name: "a.txt", type: "text/plain", base64: "eA==" }]);
    const dialog = ann.getByRole("dialog", { name: "Files need encryption" });
    await dialog.getByText(/This room is not encrypted/).waitFor();
    await ann.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    assert.equal(await files.tray(ann).count(), 0);
    await ann.getByRole("button", { name: "Attach", exact: true }).click();
    await dialog.waitFor();
  });
});

/** A finger goes sideways over the middle of the page. */
async function swipe(page, by) {
  const session = await page.context().newCDPSession(page);
  const { width, height } = page.viewportSize();
  const touch = (type, ...touchPoints) => session.send("Input.dispatchTouchEvent", { type, touchPoints });
  const at = (part) => ({ x: width / 2 + by * (part - 0.5), y: height / 2 });
  await touch("touchStart", at(0));
  for (const part of [0.25, 0.5, 0.75, 1]) await touch("touchMove", at(part));
  await touch("touchEnd");
  await session.detach();
}
