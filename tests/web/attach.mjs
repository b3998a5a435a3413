// What people do with files, by the names that people and screen readers see.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import * as web from "./harness.mjs";

export const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

/** Two people in an encrypted room. Files are chosen and saved by the plain ways, which every browser has. */
export async function pair(visitor, options = {}) {
  const [ann, bob] = [await visitor(options.ann), await visitor(options.bob)];
  for (const page of [ann, bob]) await plainWays(page);
  await web.createRoom(ann, { nick: "Ann" });
  const link = await web.shareLink(ann);
  await web.openLink(bob, link, "Bob");
  await web.entered(ann, 2);
  return { ann, bob, link };
}

/** As in browsers that have no pickers of their own. */
export const plainWays = (page) =>
  page.addInitScript(() => {
    delete window.showOpenFilePicker;
    delete window.showSaveFilePicker;
  });

/** Chooses files from the menu. @param files paths, or `{name, mimeType, buffer}` */
export async function choose(page, files, item = "File") {
  await page.getByRole("button", { name: "Attach", exact: true }).click();
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("menuitem", { name: item, exact: true }).click(),
  ]);
  await chooser.setFiles(files);
}

export const tray = (page) => page.getByRole("group", { name: "Files to send" });

/** Sends what stands in the tray, with a caption or without. */
export async function sendChosen(page, caption = "") {
  if (caption) await web.composer(page).fill(caption);
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await tray(page).waitFor({ state: "detached" });
}

/** Lets files fall onto the page, or pastes them. They are made there. @param files `{name, type, base64}` */
export function give(page, how, files) {
  return page.evaluate(
    ([how, files]) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of files) {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      const event =
        how === "paste"
          ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })
          : new DragEvent(how, { dataTransfer: data, bubbles: true, cancelable: true });
      document.body.dispatchEvent(event);
    },
    [how, files],
  );
}

/** What the browser was given when somebody pressed “Save”. */
export async function saved(page, name, within = page) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    within.getByRole("button", { name: `Save ${name}`, exact: true }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) };
}

/** A picture that Chromium draws. */
export async function picture(page, { w = 640, h = 480, type = "image/jpeg", colours = ["#c33", "#36c"] } = {}) {
  const base64 = await page.evaluate(
    async ([w, h, type, colours]) => {
      const canvas = new OffscreenCanvas(w, h);
      const pen = canvas.getContext("2d");
      const across = pen.createLinearGradient(0, 0, w, h);
      colours.forEach((colour, i) => across.addColorStop(i / (colours.length - 1), colour));
      pen.fillStyle = across;
      pen.fillRect(0, 0, w, h);
      const blob = await canvas.convertToBlob({ type });
      const bytes = new Uint8Array(await blob.arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    },
    [w, h, type, colours],
  );
  return Buffer.from(base64, "base64");
}

/** The same JPEG with what a camera writes beside it: a place, and which way up it is. */
export function withExif(jpeg, { place, orientation = 1 }) {
  const entry = (tag, kind, count, value) => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt16LE(tag, 0);
    bytes.writeUInt16LE(kind, 2);
    bytes.writeUInt32LE(count, 4);
    if (kind === 3) bytes.writeUInt16LE(value, 8);
    else bytes.writeUInt32LE(value, 8);
    return bytes;
  };
  const said = Buffer.from(`${place}\0`);
  const tiff = Buffer.concat([
    Buffer.from("II*\0\x08\0\0\0", "latin1"),
    Buffer.from([2, 0]),
    entry(0x0112, 3, 1, orientation),
    entry(0x010e, 2, said.length, 8 + 2 + 24 + 4),
    Buffer.alloc(4),
    said,
  ]);
  const body = Buffer.concat([Buffer.from("Exif\0\0"), tiff]);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}

/** A short film as a phone makes it, with the place beside it where phones write that. Chromium records it. */
export async function phoneFilm(page, place) {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: "video/mp4;codecs=vp9" });
    const pieces = [];
    recorder.ondataavailable = ({ data }) => pieces.push(data);
    const ended = new Promise((resolve) => (recorder.onstop = resolve));
    recorder.start();
    for (let i = 0; i < 30; i++) {
      await new Promise((resolve) => requestAnimationFrame(resolve));
      pen.fillStyle = `hsl(${i * 12} 70% 45%)`;
      pen.fillRect(0, 0, canvas.width, canvas.height);
    }
    recorder.stop();
    await ended;
    const bytes = new Uint8Array(await new Blob(pieces).arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  });
  const film = Buffer.from(base64, "base64");
  const box = (name, body) => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length + 8);
    head.write(name, 4, "latin1");
    return Buffer.concat([head, body]);
  };
  // It comes in pieces, which do not say where in the file they lie: what comes before them may grow.
  const moov = film.indexOf("moov") - 4;
  const end = moov + film.readUInt32BE(moov);
  const description = [film.subarray(moov + 8, end), box("udta", box("\xa9xyz", Buffer.from(place)))];
  return Buffer.concat([film.subarray(0, moov), box("moov", Buffer.concat(description)), film.subarray(end)]);
}

/** Settles when a picture stands there with its own pixels. */
export async function shows(page, name, within = web.timeline(page)) {
  const found = within.getByRole("img", { name, exact: true }).last();
  await found.waitFor();
  await found.evaluate((img) => img.decode());
  return found.evaluate((img) => [img.naturalWidth, img.naturalHeight]);
}
