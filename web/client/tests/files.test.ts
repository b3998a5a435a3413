import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type ClientOptions, edited, type FileDraft, MemoryStore, type Message, type Transfer } from "../src/index.ts";
import { Locks } from "./locks.ts";
import { LogServer } from "./log-server.ts";
import { ObjectServer } from "./object-server.ts";
import { channel, encrypted, messages, type Person, plain, settled, texts, until, visit } from "./people.ts";
import { pattern } from "./vectors.ts";

let server: LogServer;
let objects: ObjectServer;
const people: Person[] = [];

beforeEach(async () => {
  server = new LogServer(channel);
  objects = await ObjectServer.open();
});

afterEach(async () => {
  for (const { client } of people.splice(0)) client.close();
  await objects.close();
});

async function enter(nick: string, options: Partial<ClientOptions> = {}): Promise<Person> {
  const person = visit(server, encrypted, nick, { url: objects.url, ...options });
  people.push(person);
  await person.room.entered;
  return person;
}

function draft(name: string, size: number, more: Partial<FileDraft> = {}): FileDraft {
  return { blob: new Blob([pattern(size)]), name, mime: "application/pdf", ...more };
}

/** A message that has reached somebody with its files. */
async function received({ room }: Person, count = 1): Promise<Message> {
  await until(() => messages(room).filter(({ files, state }) => files && (state ?? "sent") === "sent").length >= count);
  return messages(room).findLast(({ files }) => files)!;
}

const transfers = ({ room }: Person): Transfer[] => [...room.files.transfers.value.values()];
const bytesOf = async (blob: Blob): Promise<Uint8Array> => new Uint8Array(await blob.arrayBuffer());

describe("A message with files", () => {
  test("is shown at once, goes out when its objects are whole, and is opened by others byte for byte", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    let open: () => void = () => undefined;
    objects.gate = new Promise<void>((resolve) => (open = resolve));
    const thumb = { mime: "image/webp", w: 2, h: 2, data: pattern(100) };
    const looks = { w: 40, h: 30, durMs: 1200, wave: pattern(50), blur: "LEHV6nWB2yk8", thumb };
    const sent = ann.room.files.send([draft("海边.jpg", 5_000, looks), draft("b.pdf", 0)], "at the sea");
    if (!sent.ok) throw new Error(sent.refusal.text);
    const [shown] = messages(ann.room);
    expect(shown).toMatchObject({ key: sent.value, state: "sending", own: true, text: "at the sea" });
    expect(shown?.files?.map(({ name, size }) => [name, size])).toEqual([
      ["海边.jpg", 5_000],
      ["b.pdf", 0],
    ]);
    expect(ann.room.may(shown!)).toEqual({ edit: false, delete: false, react: false }); // nobody could name it
    ann.room.say("meanwhile");
    await until(() => texts(bob.room).includes("meanwhile"));
    expect(texts(bob.room)).toEqual(["meanwhile"]);
    open();
    const message = await received(bob);
    expect(message).toMatchObject({ key: sent.value, text: "at the sea", security: "encrypted", nick: "ann" });
    const [photo, empty] = message.files!;
    expect(photo).toMatchObject({ name: "海边.jpg", mime: "application/pdf", w: 40, h: 30, durMs: 1200 });
    expect(photo?.thumb).toMatchObject({ mime: "image/webp", w: 2, h: 2 });
    for (const [file, size] of [
      [photo!, 5_000],
      [empty!, 0],
    ] as const) {
      const opened = await bob.room.files.open(file, message.key);
      if (!opened.ok) throw new Error(opened.refusal.code);
      expect(await bytesOf(opened.value)).toEqual(pattern(size));
    }
    await until(() => messages(ann.room).every(({ state }) => state === "sent"));
    expect(ann.room.may(messages(ann.room).find(({ files }) => files)!).edit).toBe(true);
    expect(transfers(ann)).toEqual([]);
  });

  test("tells the server sizes and nothing of names, types or keys", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    ann.room.files.send([draft("canary-name.pdf", 1_234)], "canary-caption");
    const { files } = await received(bob);
    const [frame] = server.epoch.events.filter((event) => event["attachment"]);
    const { objectKey, encryption } = files![0]!;
    const [{ bytes, whole } = { bytes: 0, whole: undefined }] = [...objects.objects.values()];
    expect(frame).toMatchObject({
      type: "attachment",
      attachment: { objectKey, mime: "application/octet-stream", bytes, encryption },
    });
    expect(bytes).toBe(1_280 + 16); // extended by zeroes
    expect(JSON.stringify(frame)).not.toContain("canary");
    expect(JSON.stringify(frame)).not.toContain(files![0]!.keyB64);
    expect(whole?.includes("canary")).toBe(false);
  });

  test("keeps the numbers of what is said without a gap, however long its objects take", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    const gaps: unknown[] = [];
    bob.room.events.on("missing", (gap) => gaps.push(gap));
    let open: () => void = () => undefined;
    objects.gate = new Promise<void>((resolve) => (open = resolve));
    ann.room.files.send([draft("a", 10)], "");
    for (const text of ["1", "2", "3"]) ann.room.say(text);
    await until(() => texts(bob.room).length === 3);
    open();
    await received(bob);
    expect(texts(bob.room)).toEqual(["1", "2", "3", ""]);
    expect(bob.room.replays.value).toBe(0);
    expect(gaps).toEqual([]);
  });

  test("answers another, disappears after the room's time, and its caption is changed, emptied and found", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    ann.room.setTimer(3_600);
    const question = ann.room.say("which one?");
    await until(() => texts(bob.room).length === 1);
    ann.room.files.send([draft("Quarterly Report.pdf", 10)], "this one", question.ok ? question.value : undefined);
    const message = await received(ann);
    expect((await received(bob)).re).toBe(question.ok && question.value);
    expect((await received(bob)).expires).toBeGreaterThan(Date.now() + 3_000_000);
    expect((await bob.room.log.search("quarterly")).hits).toMatchObject([{ key: message.key }]);
    expect((await bob.room.log.search("this one")).total).toBe(1);
    expect(ann.room.edit(message.key, "that one")).toMatchObject({ ok: true });
    await until(() => texts(bob.room).includes("that one"));
    expect(ann.room.edit(message.key, "")).toMatchObject({ ok: true });
    await until(() => messages(bob.room).at(-1)?.text === "");
    expect(messages(bob.room).at(-1)?.files).toHaveLength(1);
    ann.room.delete(message.key);
    await until(() => messages(bob.room).at(-1)?.deleted === "author");
    expect(messages(bob.room).at(-1)?.files).toBeUndefined();
  });

  test("is refused where nothing is encrypted, and when it has no files or too many", async () => {
    const ann = await enter("ann");
    const refused = (drafts: FileDraft[]) => ann.room.files.send(drafts, "");
    expect(refused([])).toMatchObject({ ok: false, refusal: { code: "too_many_files" } });
    expect(refused(Array.from({ length: 11 }, () => draft("a", 1)))).toMatchObject({ ok: false });
    expect(ann.room.files.send([draft("a", 1)], "x".repeat(33_000))).toMatchObject({ refusal: { code: "too_long" } });
    const open = visit(new LogServer(channel), plain, "ann", { url: objects.url });
    people.push(open);
    expect(open.room.files.send([draft("a", 1)], "")).toMatchObject({ refusal: { code: "not_encrypted" } });
    expect(messages(ann.room)).toEqual([]);
  });

  test("leaves out small pictures that have no room, and keeps everything else", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    const thumb = { mime: "image/webp", w: 1, h: 1, data: pattern(8_000) };
    const name = `${"名".repeat(250)}.png`;
    ann.room.files.send(
      Array.from({ length: 10 }, () => draft(name, 1, { thumb })),
      "x".repeat(5_000),
    );
    const { files, text } = await received(bob);
    expect(text).toHaveLength(5_000);
    expect(files).toHaveLength(10);
    expect(files!.every((file) => file.name === name)).toBe(true);
    expect(files!.filter((file) => file.thumb).length).toBeLessThan(3);
  });

  test("of which one file is given up goes out with the others; with the last nothing is left", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    let open: () => void = () => undefined;
    objects.gate = new Promise<void>((resolve) => (open = resolve));
    ann.room.files.send([draft("a", 1), draft("b", 2)], "");
    const gone = ann.room.files.send([draft("c", 3)], "");
    await until(() => transfers(ann).length === 3);
    const named = (name: string) => transfers(ann).find((transfer) => transfer.name === name)!;
    ann.room.files.cancel(named("a").id);
    ann.room.files.cancel(named("c").id);
    await until(() => transfers(ann).length === 1);
    expect(named("b").index).toBe(0);
    open();
    expect((await received(bob)).files?.map(({ name }) => name)).toEqual(["b"]);
    expect(messages(ann.room).map(({ key }) => key)).not.toContain(gone.ok && gone.value);
    await until(() => objects.objects.size === 1); // what was announced already is gone from the store, too
  });

  test("says that the store's disk is full while it waits for space, and goes on when there is some", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    objects.fault = ({ url, method }) => (url?.startsWith("/store/") && method === "PUT" ? { status: 507 } : undefined);
    ann.room.files.send([draft("a.bin", 1_000)], "");
    await until(() => transfers(ann)[0]?.refusal !== undefined);
    expect(transfers(ann)).toMatchObject([{ state: "waiting", refusal: { code: "storage_full" } }]);
    objects.fault = () => undefined;
    const message = await received(bob);
    expect((await bob.room.files.open(message.files![0]!, message.key)).ok).toBe(true);
    const sent = server.epoch.events.find((event) => event["attachment"]);
    expect(sent?.["claims"]).toEqual([[...objects.objects.values()].at(-1)?.claim]);
  });

  test("says what is refused, and goes out when that is over", async () => {
    const [ann, bob] = [await enter("ann"), await enter("bob")];
    objects.refuse = (path) => (path === "presign" ? { status: 413, code: "quota" } : undefined);
    const sent = ann.room.files.send([draft("a", 1)], "");
    await until(() => transfers(ann)[0]?.state === "failed");
    expect(transfers(ann)).toMatchObject([{ refusal: { code: "quota" }, way: "up", index: 0, size: 1 }]);
    objects.refuse = () => undefined;
    ann.room.retry(sent.ok ? sent.value : "");
    await received(bob);
  });
});

describe("A page that has gone leaves its uploads to the next", () => {
  let store: MemoryStore;
  let locks: Locks;
  const page = () => {
    const { locks: manager, gone } = locks.page();
    return { options: { store, locks: manager }, gone };
  };
  /** Ends a page as a reload does. */
  const reload = (person: Person, gone: () => void) => {
    person.client.close();
    gone();
    return page();
  };

  beforeEach(() => {
    store = new MemoryStore();
    locks = new Locks();
  });

  test("and what is small goes on by itself", async () => {
    const bob = await enter("bob");
    objects.refuse = () => ({ status: 503, code: "unavailable" });
    const first = page();
    const ann = await enter("ann", first.options);
    const sent = ann.room.files.send([draft("a", 5_000)], "hello");
    await until(() => transfers(ann)[0]?.state === "waiting" && objects.objects.size === 0);
    await kept(store, 2); // its record and its bytes
    const second = reload(ann, first.gone);
    objects.refuse = () => undefined;
    await enter("ann", second.options);
    const message = await received(bob);
    expect(message).toMatchObject({ key: sent.ok && sent.value, text: "hello" });
    const opened = await bob.room.files.open(message.files![0]!, message.key);
    expect(opened.ok && (await bytesOf(opened.value))).toEqual(pattern(5_000));
    await kept(store, 0);
    expect(bob.room.log.timeline.entries.filter(({ type }) => type === "message")).toHaveLength(1);
  });

  test("in the order in which they were sent", async () => {
    objects.refuse = () => ({ status: 503, code: "unavailable" });
    const first = page();
    const ann = await enter("ann", first.options);
    const captions = ["one", "two", "three", "four", "five", "six"];
    for (const caption of captions) ann.room.files.send([draft("a", 10)], caption);
    await kept(store, 2 * captions.length);
    const second = reload(ann, first.gone);
    const again = await enter("ann", second.options);
    await until(() => transfers(again).length === captions.length);
    const { entries } = again.room.log.timeline;
    expect(entries.flatMap((entry) => (entry.type === "message" ? entry.message.text : []))).toEqual(captions);
  });

  test.each(["that session", "a later one"])(
    "and what is large goes on where it was in %s, once its file is picked again",
    async (session) => {
      const bob = await enter("bob");
      const first = page();
      const ann = await enter("ann", first.options);
      const blob = new Blob([pattern(25_000_000)]);
      objects.fault = ({ url, method }) =>
        method === "PUT" && /part=[34]/.test(url ?? "") ? { status: 503 } : undefined;
      ann.room.files.send([{ blob, name: "v.mkv", mime: "video/x-matroska" }], "");
      await until(() => [...objects.objects.values()][0]?.parts.size === 2 && transfers(ann)[0]?.state === "waiting");
      const second = reload(ann, first.gone);
      objects.fault = () => undefined;
      if (session === "a later one") objects.leave();
      const before = objects.received;
      const again = await enter("ann", second.options);
      await until(() => transfers(again)[0]?.state === "lost");
      const [{ id } = { id: "" }] = transfers(again);
      const other = new File([pattern(24_999_999), "x"], "v.mkv");
      expect(await again.room.files.pick(id, other)).toMatchObject({ refusal: { code: "other_file" } });
      expect(await again.room.files.pick(id, new File([blob], "v.mkv"))).toMatchObject({ ok: true });
      await received(bob);
      const { bytes, partBytes } = [...objects.objects.values()][0]!;
      expect(objects.received - before).toBe(bytes - 2 * partBytes);
    },
  );

  /** Leaves a message of two small files behind, of which one is complete. */
  async function half(): Promise<{ options: ReturnType<typeof page>["options"]; key: string }> {
    const first = page();
    const ann = await enter("ann", first.options);
    let complete: string | undefined;
    objects.fault = ({ url, method }) => {
      if (method !== "PUT") return undefined;
      complete ??= url;
      return url === complete ? undefined : { status: 503 };
    };
    const sent = ann.room.files.send([draft("a", 1_000), draft("b", 2_000)], "both");
    const states = () => transfers(ann).map(({ state }) => state);
    await until(() => states().includes("done") && states().includes("waiting"));
    await settled(); // it is kept that one is done
    const { options } = reload(ann, first.gone);
    objects.fault = () => undefined;
    objects.leave();
    return { options, key: sent.ok ? sent.value : "" };
  }

  test("and what was complete already is claimed for its message, and not sent again", async () => {
    const bob = await enter("bob");
    const { options, key } = await half();
    const ids = [...objects.objects.keys()];
    await enter("ann", options);
    const message = await received(bob);
    expect(message).toMatchObject({ key, text: "both" });
    expect(objects.objects.get(ids[0]!)?.left).toBe(false);
    expect(message.files!.map(({ objectKey }) => objectKey)).toContain(objects.objects.get(ids[0]!)?.key);
    for (const file of message.files!) expect((await bob.room.files.open(file, message.key)).ok).toBe(true);
  });

  test("and what was complete but is gone by then is sent anew", async () => {
    const bob = await enter("bob");
    const { options, key } = await half();
    objects.objects.clear();
    await enter("ann", options);
    const message = await received(bob);
    expect(message.key).toBe(key);
    for (const file of message.files!) expect((await bob.room.files.open(file, message.key)).ok).toBe(true);
  });

  test("by its handle, where the browser has one and lets it be read", async () => {
    const bob = await enter("bob");
    const first = page();
    const ann = await enter("ann", first.options);
    const blob = new Blob([pattern(17_000_000)]);
    const handle = { getFile: async () => blob } as unknown as FileSystemFileHandle;
    objects.refuse = (path) => (path.endsWith("complete") ? { status: 503, code: "unavailable" } : undefined);
    ann.room.files.send([{ blob, handle, name: "v", mime: "video/mp4" }], "");
    await until(() => [...objects.objects.values()][0]?.parts.size === 3 && transfers(ann)[0]?.state === "waiting");
    const second = reload(ann, first.gone);
    objects.refuse = () => undefined;
    const before = objects.received;
    await enter("ann", second.options);
    await received(bob);
    expect(objects.received).toBe(before); // all of it had arrived
  });

  test.each(["by its handle", "picked again"])("with its edits, %s", async (how) => {
    const bob = await enter("bob");
    const bytes = pattern(17_000_000);
    const sent = bytes.slice();
    sent.set(new TextEncoder().encode("free"), 4);
    sent.fill(0, 8, 100).fill(0, 9_000_000, 9_100_000);
    const edits = [
      { at: 4, text: "free", zeros: 92 },
      { at: 9_000_000, zeros: 100_000 },
    ];
    const file = new Blob([bytes]);
    const other = new Blob([file.slice(0, 16_999_999), "x"]);
    const now = how === "picked again" ? other : file;
    const handle = { getFile: async () => now } as unknown as FileSystemFileHandle;
    const first = page();
    const ann = await enter("ann", first.options);
    objects.refuse = (path) => (path.endsWith("complete") ? { status: 503, code: "unavailable" } : undefined);
    ann.room.files.send([{ blob: edited(file, edits), handle, edits, name: "v", mime: "video/mp4" }], "");
    await until(() => [...objects.objects.values()][0]?.parts.size === 3 && transfers(ann)[0]?.state === "waiting");
    const second = reload(ann, first.gone);
    objects.refuse = () => undefined;
    const before = objects.received;
    const again = await enter("ann", second.options);
    if (how === "picked again") {
      // What is to be taken out of another file lies elsewhere: it does not go.
      await until(() => transfers(again)[0]?.state === "lost");
      const [{ id } = { id: "" }] = transfers(again);
      expect(await again.room.files.pick(id, new File([other], "v"))).toMatchObject({
        refusal: { code: "other_file" },
      });
      expect(await again.room.files.pick(id, new File([file], "v"))).toMatchObject({ ok: true });
    }
    const message = await received(bob);
    expect(objects.received).toBe(before); // all of it had arrived
    const opened = await bob.room.files.open(message.files![0]!, message.key);
    expect(opened.ok && Buffer.compare(await bytesOf(opened.value), sent)).toBe(0);
  });

  test("and while it is open nobody else sends them", async () => {
    const bob = await enter("bob");
    let open: () => void = () => undefined;
    const [first, second] = [page(), page()];
    const ann = await enter("ann", first.options);
    objects.gate = new Promise<void>((resolve) => (open = resolve));
    ann.room.files.send([draft("a", 10)], "");
    await kept(store, 2);
    const other = await enter("ann2", second.options);
    expect(transfers(other)).toEqual([]);
    open();
    await received(bob);
    expect(objects.objects.size).toBe(1);
  });

  test("and forgetting the room forgets them", async () => {
    objects.refuse = () => ({ status: 503, code: "unavailable" });
    const { options } = page();
    const ann = await enter("ann", options);
    ann.room.files.send([draft("a", 10)], "");
    await kept(store, 2);
    ann.room.leave();
    await ann.client.forget(channel);
    await kept(store, 0);
  });
});

/** Settles when so many records of uploads lie in the store. */
async function kept(store: MemoryStore, count: number): Promise<void> {
  while ((await store.list("upload ")).length !== count) await settled(1);
}
