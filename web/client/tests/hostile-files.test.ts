import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FileDraft, Message, SharedFile } from "../src/index.ts";
import { LogServer } from "./log-server.ts";
import { ObjectServer } from "./object-server.ts";
import { channel, encrypted, messages, type Person, texts, until, visit } from "./people.ts";
import { pattern } from "./vectors.ts";

/** What the server gives bob in the place of what ann has sent, beside her two messages. */
type Lie = (frame: Json, other: Json) => Json[];
type Json = Record<string, unknown>;

let server: LogServer;
let objects: ObjectServer;
let ann: Person;
let bob: Person;

beforeEach(async () => {
  server = new LogServer(channel);
  objects = await ObjectServer.open();
  ann = visit(server, encrypted, "ann", { url: objects.url });
  bob = visit(server, encrypted, "bob", { url: objects.url });
  await Promise.all([ann.room.entered, bob.room.entered]);
});

afterEach(async () => {
  for (const { client } of [ann, bob]) client.close();
  await objects.close();
});

const size = 6_000;
const pictures = { sea: pattern(size), cat: pattern(size + 1).slice(1) };
type Name = keyof typeof pictures;

function draft(name: Name, bytes = pictures[name]): FileDraft {
  const thumb = { mime: "image/webp", w: 2, h: 2, data: bytes.slice(0, 90) };
  return { blob: new Blob([bytes]), name: `${name}.webp`, mime: "image/webp", w: 40, h: 30, thumb };
}

/** Ann sends a picture of a cat and then, through the lie, one of the sea. @returns her frames' messages as bob has them */
async function said(lie: Lie, drafts: Record<Name, FileDraft> = { cat: draft("cat"), sea: draft("sea") }) {
  let first: Json | undefined;
  server.fault = (frame, to) => {
    if (frame["cmd"] !== "chat" || to.nick !== "bob" || !frame["attachment"]) return {};
    if (!first) {
      first = frame;
      return {};
    }
    for (const other of lie(frame, first)) to.says(other);
    return { lose: true };
  };
  const keys = {} as Record<Name, string>;
  for (const name of ["cat", "sea"] as const) {
    const sent = ann.room.files.send([drafts[name]], `the ${name}`);
    if (!sent.ok) throw new Error(sent.refusal.code);
    keys[name] = sent.value;
    await until(() => messages(ann.room).some(({ key, state }) => key === sent.value && state === "sent"));
  }
  ann.room.say("over");
  await until(() => texts(bob.room).includes("over"));
  const find = (name: Name) => messages(bob.room).filter(({ key }) => key === keys[name]);
  return { cat: find("cat"), sea: find("sea"), keys };
}

const fileOf = ([message]: Message[]): SharedFile => message!.files![0]!;
const attached = (frame: Json) => frame["attachment"] as Json;

async function opens(file: SharedFile): Promise<Uint8Array | string> {
  const opened = await bob.room.files.open(file, "");
  return opened.ok ? new Uint8Array(await opened.value.arrayBuffer()) : opened.refusal.code;
}

describe("A server that swaps files is caught:", () => {
  test.each<[string, (frame: Json, other: Json) => Json]>([
    ["another object", (frame, other) => ({ ...frame, attachment: attached(other) })],
    [
      "another object's place alone",
      (frame, other) => ({
        ...frame,
        attachment: { ...attached(frame), objectKey: attached(other)["objectKey"] },
      }),
    ],
    ["a list of others", (frame, other) => ({ ...frame, attachments: [attached(other), attached(other)] })],
    ["none", (frame) => ({ ...frame, attachment: undefined })],
    [
      "a picture, a name and a key of its own",
      (frame) => ({
        ...frame,
        attachment: {
          ...attached(frame),
          filename: "harmless.txt",
          keyB64: "",
          thumb: { mime: "image/webp", w: 9, h: 9, dataB64: "AAAA" },
        },
      }),
    ],
  ])("what the frame names in clear counts for nothing (%s)", async (_, change) => {
    const { sea } = await said((frame, other) => [change(frame, other)]);
    expect(sea).toMatchObject([
      { text: "the sea", security: "encrypted", files: [{ name: "sea.webp", w: 40, h: 30 }] },
    ]);
    const [own] = messages(ann.room).filter(({ key }) => key === sea[0]!.key);
    expect(sea[0]!.files).toEqual(own!.files); // object, keys and small picture as they were sent
    expect(await opens(fileOf(sea))).toEqual(pictures.sea);
  });

  test("the content of another message in its place is no message of its own", async () => {
    const { cat, sea, keys } = await said((frame, other) => [
      { ...frame, text: other["text"] },
      { ...frame, mid: other["mid"], id: other["id"] },
    ]);
    expect(cat).toMatchObject([{ text: "the cat", files: [{ name: "cat.webp" }] }]);
    expect(await opens(fileOf(cat))).toEqual(pictures.cat);
    // What ann has sealed tells itself which message it is.
    for (const { key, files } of messages(bob.room)) {
      if (files) expect(files[0]!.name).toBe(key === keys.sea ? "sea.webp" : "cat.webp");
    }
    expect(sea.length).toBeLessThan(2);
  });

  test("a content that was changed is not opened, wherever the change is", async () => {
    const { sea } = await said((frame) => {
      const json = JSON.parse(atob(String(frame["text"]).slice(5))) as Record<string, string>;
      const bytes = Uint8Array.from(atob(json["ct"]!), (letter) => letter.charCodeAt(0));
      return [0, 100, bytes.length >> 1, bytes.length - 1].map((at) => {
        const changed = bytes.slice();
        changed[at]! ^= 1;
        const ct = btoa(String.fromCharCode(...changed));
        return { ...frame, text: `E2EE:${btoa(JSON.stringify({ ...json, ct }))}` };
      });
    });
    expect(sea.flatMap(({ files }) => files ?? [])).toEqual([]);
    expect(messages(bob.room).filter(({ security }) => security === "unreadable").length).toBeGreaterThan(0);
  });

  test("a frame that names an object and says nothing is shown as the server's word, never as encrypted", async () => {
    await said((frame) => [{ ...frame, text: "" }]);
    const told = messages(bob.room).filter(({ text }) => text === "");
    expect(told.map(({ security }) => security)).toEqual(["not_encrypted"]);
  });

  test.each(["small", "large"])("bytes of another object behind the reference are refused (%s)", async (kind) => {
    const bytes = (name: Name) => (kind === "small" ? pictures[name] : pattern(17_000_000 + (name === "sea" ? 1 : 0)));
    const drafts = { sea: draft("sea", bytes("sea")), cat: draft("cat", bytes("cat")) };
    const { sea, cat } = await said((frame) => [frame], drafts);
    const place = ({ objectKey }: SharedFile) => [...objects.objects.values()].find(({ key }) => key === objectKey)!;
    const [own, other] = [place(fileOf(sea)), place(fileOf(cat))];
    own.whole = other.whole;
    own.bytes = other.bytes;
    expect(await opens(fileOf(sea))).toMatch(/^E_(AUTH|TRUNCATED)$/);
    // And so is an older object of the same file, were it put there under the same name.
    own.whole = Buffer.from(own.whole!.map((byte, i) => (i === 9 ? byte ^ 1 : byte)));
    expect(await opens(fileOf(sea))).toMatch(/^E_(AUTH|TRUNCATED)$/);
  });
});
