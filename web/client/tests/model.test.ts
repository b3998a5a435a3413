import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LogServer } from "./log-server.ts";
import { channel, encrypted, messages, type Person, plain, settled, texts, until, visit } from "./people.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** What may happen. `who` names one of three people. */
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("say" as const), who: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("drop" as const), who: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("return" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("restart" as const), who: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("full" as const), who: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("pause" as const), who: fc.nat(2) }) },
);

/** What goes wrong with the frames, one entry each, over and over. */
const faults = fc.array(fc.constantFrom("", "", "", "lose", "twice", "deaf"), { minLength: 1, maxLength: 20 });

test.each([
  ["plain", plain],
  ["encrypted", encrypted],
])(
  "whatever is lost, doubled or broken off, everybody shows everything once and in one order (%s)",
  async (_, address) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), faults, fc.boolean(), async (all, pattern, breaks) => {
        const steps = all.filter(({ kind }) => breaks || kind !== "restart");
        const server = new LogServer(channel);
        server.history = { mode: "on", days: 30, count: 1000, ttl: 0 };
        let at = 0;
        const next = () => pattern[at++ % pattern.length];
        server.fault = () => ({ lose: next() === "lose", twice: next() === "twice" });
        server.silent = () => next() === "deaf"; // an acknowledgement that is lost with the connection
        let full = 0;
        server.refuse = () => (full > 0 && full-- > 0 ? { code: "storage_full", retryAfterMs: 1000 } : undefined);
        const people: Person[] = ["ann", "bob", "cat"].map((nick) => visit(server, address, nick));
        for (const { room } of people) await room.entered;
        const said: string[] = [];

        for (const { kind, who } of steps) {
          const { client, room } = people[who]!;
          if (kind === "say") {
            said.push(`${who}:${said.length}`);
            room.say(said.at(-1)!);
          } else if (kind === "drop") server.people.find(({ nick }) => nick === ["ann", "bob", "cat"][who])?.drop();
          else if (kind === "return") client.retryNow();
          else if (kind === "restart") server.restart(true);
          else if (kind === "full") full = 2;
          else await settled(5);
        }

        // Everything calms down.
        server.fault = () => ({});
        server.silent = () => false;
        server.refuse = () => undefined;
        await calm(server, people);
        const complete = () =>
          people.every(({ room }) => {
            const here = messages(room);
            return here.length >= said.length && here.every(({ place }) => place !== undefined);
          });
        // Where the list never broke off, nothing may lack even before a gap is read.
        const broke = steps.some(({ kind }) => kind === "restart");
        if (!broke) await until(complete);
        if (!broke) for (const { room } of people) expect(room.log.timeline.spans.gaps()).toHaveLength(1);
        await readGaps(people);
        await until(complete);

        for (const { room } of people) {
          expect([...texts(room)].sort()).toEqual([...said].sort());
          expect(texts(room)).toEqual(texts(people[0]!.room));
          expect(messages(room).filter(({ state }) => state && state !== "sent")).toEqual([]);
          expect(room.log.timeline.spans.gaps().map(({ state }) => state)).toEqual(["start"]);
        }
        for (const { client } of people) client.close();
      }),
      { numRuns: 60 },
    );
  },
);

/** Everybody comes back, and everything goes out. */
async function calm(server: LogServer, people: Person[]): Promise<void> {
  for (let round = 0; round < 6; round++) {
    for (const socket of server.people) socket.drop(); // what was deaf or lost shows with the next connection
    for (const { client, room } of people) {
      client.retryNow();
      await until(() => room.state.value.kind === "joined");
    }
    await vi.advanceTimersByTimeAsync(2_500);
    await settled();
  }
  server.happen({ cmd: "roomState", nick: "x" }); // the last hole shows with the next event
  await settled();
}

async function readGaps(people: Person[]): Promise<void> {
  for (const { room } of people) {
    for (let i = 0; i < 20; i++) {
      const gap = room.log.timeline.spans.gaps().find(({ state }) => state === "open");
      if (!gap) break;
      await room.log.pages.fill(gap, "newer");
    }
  }
}
