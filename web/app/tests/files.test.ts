import { Emitter, type Message, type Result, type RoomEvents, type SharedFile } from "@hcchat/client";
import { describe, expect, it } from "vitest";
import { Kept } from "../src/files/kept.ts";
import { asPicture, kindOf } from "../src/files/shown.ts";
import { thumbUrl } from "../src/files/thumbs.ts";
import { waveOf } from "../src/files/voice.ts";
import type { OpenRoom } from "../src/store/openRoom.ts";

const file = (more: Partial<SharedFile>): SharedFile => ({
  objectKey: "rooms/x/1.bin",
  name: "a",
  mime: "application/octet-stream",
  size: 1,
  keyB64: "",
  encryption: { scheme: "aes-256-gcm", nonceB64: "" },
  ...more,
});

describe("what a file is shown as", () => {
  it.each([
    ["picture", { mime: "image/jpeg", w: 10, h: 10 }],
    ["other", { mime: "image/jpeg" }],
    ["other", { mime: "image/jpeg", w: 100_000, h: 100_000 }],
    ["other", { mime: "image/svg+xml", w: 10, h: 10 }],
    ["other", { mime: "text/html" }],
    ["other", { mime: "application/pdf", w: 10, h: 10 }],
    ["video", { mime: "video/webm" }],
    ["audio", { mime: "audio/ogg" }],
    ["audio", { mime: "application/ogg", voice: true as const }],
  ])("%s: %j", (kind, more) => {
    expect(kindOf(file(more))).toBe(kind);
  });

  it("is decided by its bytes once they are here", async () => {
    const svg = new Blob(["<svg xmlns='http://www.w3.org/2000/svg'/>"], { type: "image/png" });
    expect(await asPicture(svg)).toBeUndefined();
    const huge = new Uint8Array(33);
    huge.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 1, 0, 0, 0, 1]);
    expect(await asPicture(new Blob([huge]))).toBeUndefined();
    huge.set([0, 0, 1, 0, 0, 0, 1, 0], 16);
    expect((await asPicture(new Blob([huge], { type: "text/html" })))?.type).toBe("image/png");
  });

  it("has a small picture only of a kind that is harmless", () => {
    expect(thumbUrl({ mime: "image/webp", dataB64: "AAAA" })).toBe("data:image/webp;base64,AAAA");
    expect(thumbUrl({ mime: "image/svg+xml", dataB64: "AAAA" })).toBeUndefined();
    expect(thumbUrl({ mime: "image/png", dataB64: "AAAA,<" })).toBeUndefined();
  });
});

describe("the wave of a voice", () => {
  it("has at most a hundred bytes, and its loudest is 255", () => {
    const wave = waveOf(Array.from({ length: 1234 }, (_, i) => (i === 700 ? 0.5 : 0.1)));
    expect(wave).toHaveLength(100);
    expect(Math.max(...wave)).toBe(255);
    expect(Math.min(...wave)).toBe(51);
  });

  it("is there for the shortest, and flat for silence", () => {
    expect([...waveOf([])]).toEqual([0]);
    expect(Math.max(...waveOf([0.001, 0.001]))).toBeLessThan(10);
  });
});

describe("what is kept of files", () => {
  function room() {
    const events = new Emitter<RoomEvents>();
    const asked: string[] = [];
    let answer: Result<Blob> = { ok: true, value: new Blob(["x"]) };
    const open = async ({ name }: SharedFile) => {
      asked.push(name);
      return answer;
    };
    const kept = new Kept({ room: { events, files: { open } } } as unknown as OpenRoom);
    return { events, asked, kept, answers: (next: Result<Blob>) => (answer = next) };
  }
  const key = "m1";

  it("is fetched once", async () => {
    const { kept, asked } = room();
    await Promise.all([kept.open(key, file({})), kept.open(key, file({}))]);
    await kept.open(key, file({}));
    expect(asked).toEqual(["a"]);
    expect(kept.has(key, file({}))).toBe(true);
  });

  it("is not fetched where it was sent from", async () => {
    const { kept, asked } = room();
    kept.put(key, file({ keyB64: "AAAA" }), new Blob(["mine"]));
    const result = await kept.open(key, file({ keyB64: "AAAA" }));
    expect(result.ok && (await result.value.text())).toBe("mine");
    expect(asked).toEqual([]);
  });

  it("is tried again after a failure", async () => {
    const { kept, asked, answers } = room();
    answers({ ok: false, refusal: { code: "offline", text: "" } });
    expect((await kept.open(key, file({}))).ok).toBe(false);
    answers({ ok: true, value: new Blob(["x"]) });
    expect((await kept.open(key, file({}))).ok).toBe(true);
    expect(asked).toHaveLength(2);
  });

  it("goes with its message", async () => {
    const { kept, events } = room();
    kept.put("m1", file({}), new Blob(["x"]));
    kept.put("m2", file({}), new Blob(["y"]));
    kept.put("m3", file({}), new Blob(["z"]));
    events.emit("update", { key: "m1", deleted: "author" } as Message);
    events.emit("removed", { key: "m2" });
    expect([1, 2, 3].map((n) => kept.has(`m${n}`, file({})))).toEqual([false, false, true]);
  });

  it("stays within its bounds: what was not asked for longest goes first", async () => {
    const { kept } = room();
    const large = new Blob([new Uint8Array(15 * 1024 * 1024)]);
    kept.put("m1", file({}), large);
    kept.put("m2", file({}), large);
    await kept.open("m1", file({}));
    for (const n of [3, 4, 5]) kept.put(`m${n}`, file({}), large);
    expect([1, 2, 3, 4, 5].map((n) => kept.has(`m${n}`, file({})))).toEqual([true, false, true, true, true]);
  });
});
