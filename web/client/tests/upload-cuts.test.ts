import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Locks } from "./locks.ts";
import { LogServer } from "./log-server.ts";
import { type Fault, ObjectServer } from "./object-server.ts";
import { channel, encrypted, messages, type Person, settled, until, visit } from "./people.ts";
import { MemoryStore, type Transfer } from "../src/index.ts";
import { pattern } from "./vectors.ts";

// Three parts: two of 8 MiB, and what is left.
const size = 17_000_000;
const content = pattern(size);
const blob = new Blob([content]);

let server: LogServer;
let objects: ObjectServer;
let people: Person[];

beforeEach(async () => {
  server = new LogServer(channel);
  objects = await ObjectServer.open();
  people = [];
});

afterEach(async () => {
  for (const { client } of people) client.close();
  await objects.close();
});

async function enter(nick: string, options: object = {}): Promise<Person> {
  const person = visit(server, encrypted, nick, { url: objects.url, ...options });
  people.push(person);
  await person.room.entered;
  return person;
}

const transfers = ({ room }: Person): Transfer[] => [...room.files.transfers.value.values()];

/** Waits without waiting for clocks: whoever waits for a better time is told that it has come. */
async function untilWoken(person: () => Person, condition: () => boolean): Promise<void> {
  while (!condition()) {
    const { files } = person().room;
    void files.resumed();
    // Refused too often in a row it is a person's turn.
    for (const { id, refusal } of files.transfers.value.values())
      if (refusal?.code === "store_refused") files.retry(id);
    await settled(5);
  }
}

async function isSame(opened: Blob, expected: Uint8Array): Promise<boolean> {
  return Buffer.from(await opened.arrayBuffer()).equals(expected);
}

const aFault: fc.Arbitrary<Fault> = fc.oneof(
  fc.record({ cut: fc.integer({ min: 0, max: 8_390_656 }) }),
  fc.constant({ silent: true as const }),
  fc.record({ status: fc.constantFrom(403, 429, 500, 503) }),
);

test("wherever an upload is cut it goes on, and sends no more than one part again for each cut", async () => {
  const cuts = fc.array(fc.option(aFault, { nil: undefined }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(cuts, async (faults) => {
      const [ann, bob] = [await enter("ann"), await enter("bob")];
      const left = [...faults];
      let struck = 0;
      objects.received = 0;
      objects.objects.clear();
      objects.fault = ({ method }) => {
        if (method !== "PUT") return undefined;
        const fault = left.shift();
        if (fault) struck++;
        return fault;
      };
      ann.room.files.send([{ blob, name: "a", mime: "video/mp4" }], "");
      await untilWoken(
        () => ann,
        () => messages(bob.room).some(({ files }) => files),
      );
      const { bytes, partBytes, whole } = [...objects.objects.values()][0]!;
      expect(objects.received).toBeLessThanOrEqual(bytes + struck * partBytes);
      expect(whole!.length).toBe(bytes);
      const [message] = messages(bob.room).filter(({ files }) => files);
      const opened = await bob.room.files.open(message!.files![0]!, message!.key);
      expect(opened.ok && (await isSame(opened.value, content))).toBe(true);
      for (const { client } of people.splice(0)) client.close();
      server = new LogServer(channel);
    }),
    { numRuns: 12 },
  );
});

test("what the server has lost of an upload begins anew, under other nonces", async () => {
  const [ann, bob] = [await enter("ann"), await enter("bob")];
  let first: string | undefined;
  objects.fault = ({ url, method }) => {
    if (method !== "PUT" || !url?.includes("part=3") || first) return undefined;
    first = [...objects.objects.keys()][0];
    objects.objects.clear();
    return { status: 404 };
  };
  ann.room.files.send([{ blob, name: "a", mime: "video/mp4" }], "");
  const before = messages(ann.room)[0]?.files?.[0]?.encryption;
  await untilWoken(
    () => ann,
    () => messages(bob.room).some(({ files }) => files),
  );
  const [file] = messages(bob.room)[0]!.files!;
  expect(file?.encryption).not.toEqual(before);
  expect(file?.objectKey).not.toContain(first);
});

/** Half an upload is left behind, and its file changed on the disk before its sender is back. @param isHalf when it is left */
async function changedMeanwhile(fault: typeof objects.fault, isHalf: () => boolean) {
  const store = new MemoryStore();
  const locks = new Locks();
  const [first, second] = [locks.page(), locks.page()];
  let now = blob;
  const handle = { getFile: async () => now } as unknown as FileSystemFileHandle;
  objects.fault = fault;
  const ann = await enter("ann", { store, locks: first.locks });
  ann.room.files.send([{ blob, handle, name: "a", mime: "video/mp4" }], "");
  await until(() => isHalf() && transfers(ann)[0]?.state === "waiting");
  const [{ encryption } = { encryption: undefined }] = messages(ann.room)[0]!.files!;
  ann.client.close();
  first.gone();
  const changed = content.slice();
  changed[4_000_000]! ^= 1; // not at its ends
  now = new Blob([changed]);
  objects.fault = () => undefined;
  const bob = await enter("bob");
  const again = await enter("ann", { store, locks: second.locks });
  await untilWoken(
    () => again,
    () => transfers(again)[0]?.state === "failed" || messages(bob.room).some(({ files }) => files),
  );
  expect(transfers(again)[0]?.refusal?.code).toBe("file_changed");
  again.room.files.retry(transfers(again)[0]!.id);
  await untilWoken(
    () => again,
    () => messages(bob.room).some(({ files }) => files),
  );
  const [message] = messages(bob.room);
  const opened = await bob.room.files.open(message!.files![0]!, message!.key);
  expect(opened.ok && (await isSame(opened.value, changed))).toBe(true);
  return { before: encryption, after: message!.files![0]!.encryption };
}

test("a file that was changed under way is refused, and nothing else goes out under its nonces", async () => {
  const { before, after } = await changedMeanwhile(
    ({ method }) => (method === "PUT" ? { cut: 8_000_000 } : undefined),
    () => objects.received > 8_000_000,
  );
  expect(after).not.toEqual(before);
});

test("a file that was changed in what has arrived is no mixture of both", async () => {
  const { before, after } = await changedMeanwhile(
    ({ url, method }) => (method === "PUT" && url?.includes("part=3") ? { status: 503 } : undefined),
    () => [...objects.objects.values()][0]?.parts.size === 2,
  );
  expect(after).not.toEqual(before);
});

test("a paused upload stands still, goes on from there, and one that is given up is removed from the store", async () => {
  const ann = await enter("ann");
  let open: () => void = () => undefined;
  objects.gate = new Promise<void>((resolve) => (open = resolve));
  const sent = ann.room.files.send([{ blob, name: "a", mime: "video/mp4" }], "");
  await until(() => transfers(ann).length === 1);
  const [{ id } = { id: "" }] = transfers(ann);
  ann.room.files.pause(id);
  open();
  await until(() => transfers(ann)[0]?.state === "paused");
  await settled();
  expect(objects.received).toBe(0);
  objects.fault = ({ url, method }) => (method === "PUT" && url?.includes("part=3") ? { status: 503 } : undefined);
  ann.room.files.resume(id);
  await until(() => transfers(ann)[0]?.state === "waiting" && transfers(ann)[0]!.done > 16_000_000);
  ann.room.discard(sent.ok ? sent.value : "");
  await until(() => objects.deleted.length === 1);
  expect(transfers(ann)).toEqual([]);
  expect(messages(ann.room)).toEqual([]);
});
