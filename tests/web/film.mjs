// A film of the size that a test wants: frames that Chromium encodes, in a WebM that is written here. It is mostly padding.
import { open } from "node:fs/promises";

const hex = (text) => Buffer.from(text, "hex");
const u64 = (value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
};
/** The size of an element, always in eight bytes, so that places can be told before anything is written. */
const size = (value) => {
  const bytes = u64(value);
  bytes[0] = 0x01;
  return bytes;
};
const element = (id, ...parts) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([hex(id), size(body.length), body]);
};
const number = (id, value) => element(id, u64(value));
const text = (id, value) => element(id, Buffer.from(value));
const float = (id, value) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return element(id, bytes);
};

const [w, h, perSecond] = [320, 180, 5];

/** Frames of a film whose colour and number tell the second. Runs in the page. */
async function frames({ w, h, perSecond, seconds }) {
  const made = [];
  let failed;
  const encoder = new VideoEncoder({
    output: (chunk) => {
      const bytes = new Uint8Array(chunk.byteLength);
      chunk.copyTo(bytes);
      made.push({ ms: chunk.timestamp / 1000, key: chunk.type === "key", base64: btoa(String.fromCharCode(...bytes)) });
    },
    error: (error) => (failed = error),
  });
  encoder.configure({ codec: "vp8", width: w, height: h, bitrate: 200_000, framerate: perSecond });
  const canvas = new OffscreenCanvas(w, h);
  const pen = canvas.getContext("2d");
  for (let i = 0; i < seconds * perSecond; i++) {
    pen.fillStyle = `hsl(${(i * 360) / (seconds * perSecond)} 70% 45%)`;
    pen.fillRect(0, 0, w, h);
    pen.fillStyle = "#fff";
    pen.font = "90px sans-serif";
    pen.fillText(`${Math.floor(i / perSecond)}`, 100, 120);
    const frame = new VideoFrame(canvas, { timestamp: (i * 1e6) / perSecond });
    encoder.encode(frame, { keyFrame: i % perSecond === 0 });
    frame.close();
  }
  await encoder.flush();
  if (failed) throw failed;
  return made;
}

/** Writes a film to a file: a cluster for each second, with an index of them, and padding behind each. */
export async function writeFilm(page, path, { seconds, bytes }) {
  const clusters = [];
  for (const { ms, key, base64 } of await page.evaluate(frames, { w, h, perSecond, seconds })) {
    if (key) clusters.push({ ms, blocks: [] });
    const { ms: begin, blocks } = clusters.at(-1);
    const head = Buffer.from([0x81, 0, 0, key ? 0x80 : 0]);
    head.writeInt16BE(Math.round(ms - begin), 1);
    blocks.push(element("A3", head, Buffer.from(base64, "base64")));
  }
  const written = clusters.map(({ ms, blocks }) => element("1F43B675", number("E7", Math.round(ms)), ...blocks));
  const info = element(
    "1549A966",
    number("2AD7B1", 1_000_000),
    float("4489", seconds * 1000),
    text("4D80", "test"),
    text("5741", "test"),
  );
  const video = element("E0", number("B0", w), number("BA", h));
  const entry = element("AE", number("D7", 1), number("73C5", 1), number("83", 1), text("86", "V_VP8"), video);
  const tracks = element("1654AE6B", entry);
  const cues = (places) =>
    element(
      "1C53BB6B",
      ...places.map((place, i) =>
        element("BB", number("B3", Math.round(clusters[i].ms)), element("B7", number("F7", 1), number("F1", place))),
      ),
    );
  const start = info.length + tracks.length + cues(written.map(() => 0)).length;
  const known = start + written.reduce((sum, one) => sum + one.length, 0);
  const padding = Math.max(16, Math.ceil((bytes - known) / written.length));
  let at = start;
  const places = written.map((one) => {
    const place = at;
    at += one.length + padding;
    return place;
  });
  const head = element(
    "1A45DFA3",
    number("4286", 1),
    number("42F7", 1),
    number("42F2", 4),
    number("42F3", 8),
    text("4282", "webm"),
    number("4287", 4),
    number("4285", 2),
  );
  const file = await open(path, "w");
  await file.write(Buffer.concat([head, hex("18538067"), size(at), info, tracks, cues(places)]));
  const filling = Buffer.alloc(padding - 9);
  for (const one of written) {
    await file.write(one);
    await file.write(Buffer.concat([hex("EC"), size(filling.length)]));
    await file.write(filling);
  }
  const { size: length } = await file.stat();
  await file.close();
  return length;
}
