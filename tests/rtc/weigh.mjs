// What the built-in calls weigh: memory for each stock client (rtc-node: VP8 of 320 by 240 and Opus, encrypted between them), and time for each packet that goes on. `./dev bench calls [people in a call] [calls]`.
import { dispose } from "@livekit/rtc-node";
import { Host, newRoom, until } from "./host.mjs";
import { Native } from "./native.mjs";

const [size, calls] = [Number(process.argv[2] ?? 4), Number(process.argv[3] ?? 4)];
const window = 15_000;
const key = "what only these know";
const MiB = 2 ** 20;

const host = await Host.start({ encrypted: true });
const figures = async () => (await fetch(`${host.http}/figures`)).json();
const everybody = [];

/** Packets of media that all of them have got. */
async function received() {
  let packets = 0n;
  for (const one of everybody) {
    const { message } = await one.room.getRtcStats().then((r) => ({ message: r.message ?? r }));
    const { publisherStats = [], subscriberStats = [] } = message.value ?? message;
    const inbound = new Map();
    for (const { stats } of [...publisherStats, ...subscriberStats])
      if (stats.case === "inboundRtp") inbound.set(stats.value.rtc.id, stats.value.received.packetsReceived);
    for (const count of inbound.values()) packets += BigInt(count);
  }
  return Number(packets);
}

console.log("people  heap MiB  resident MiB  threads  packets/s  CPU of a core  us per packet");
const row = (...cells) => console.log(cells.map((c, i) => String(c).padStart([6, 8, 12, 7, 9, 13, 13][i])).join("  "));
const empty = await figures();
row(0, (empty.heap / MiB).toFixed(1), (empty.resident / MiB).toFixed(1), empty.threads, "", "", "");
for (let call = 0; call < calls; call++) {
  const room = newRoom();
  const people = [];
  for (let n = 0; n < size; n++) {
    const identity = `p${n}`;
    people.push(await Native.join(host.url, await host.token(room, identity), { identity, key }));
  }
  await Promise.all(people.map((one) => one.publish()));
  const pairs = people.flatMap((one) => people.filter((other) => other !== one).map((other) => [one, other]));
  const all = pairs.flatMap(([one, other]) => [one.sees(other, "video"), one.sees(other, "audio")]);
  await until(() => all.every((comes) => comes()), "everybody to see everybody", 120_000);
  everybody.push(...people);
  const [before, packetsBefore, began] = [await figures(), await received(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, window));
  const [now, packets, seconds] = [
    await figures(),
    (await received()) - packetsBefore,
    (performance.now() - began) / 1000,
  ];
  const cpu = now.cpu - before.cpu;
  row(
    everybody.length,
    (now.heap / MiB).toFixed(1),
    (now.resident / MiB).toFixed(1),
    now.threads,
    (packets / seconds).toFixed(0),
    `${(cpu / seconds / 1e4).toFixed(1)} %`,
    (cpu / packets).toFixed(1),
  );
}
const full = await figures();
const each = (name) => ((full[name] - empty[name]) / MiB / everybody.length).toFixed(2);
console.log(`a person: heap ${each("heap")} MiB, resident ${each("resident")} MiB`);
await Promise.all(everybody.map((one) => one.leave()));
const after = await figures();
console.log(
  `when all have left: heap ${(after.heap / MiB).toFixed(1)} MiB, resident ${(after.resident / MiB).toFixed(1)} MiB`,
);
await host.stop();
await dispose();
process.exit(0);
