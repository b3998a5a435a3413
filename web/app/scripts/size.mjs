// What is loaded, gzipped, against its budget. The Argon2id worker (libsodium) loads only for passphrase rooms.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const budgets = { first: 30_000, room: 60_000 }; // bytes
const dist = new URL("../dist/", import.meta.url);
const size = (name) => gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
const sum = (names) => names.reduce((total, name) => total + size(name), 0);

const html = readFileSync(new URL("index.html", dist), "utf8");
const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const others = readdirSync(new URL("assets/", dist))
  .map((name) => `assets/${name}`)
  .filter((name) => !named.includes(name));
// One language is fetched: the larger one counts.
const languages = others.filter((name) => /\/(en|zh)-/.test(name)).sort((a, b) => size(b) - size(a));
const worker = others.filter((name) => name.includes("worker"));
const room = others.filter((name) => !languages.includes(name) && !worker.includes(name));

const first = sum(["index.html", ...named, ...languages.slice(0, 1)]);
const whole = first + sum(room);
console.log(`start page      ${first} of ${budgets.first} bytes, gzip`);
console.log(`with a room     ${whole} of ${budgets.room}`);
console.log(`passphrases     ${sum(worker)} more, once, in a worker`);
if (first > budgets.first || whole > budgets.room) {
  console.error("The web client is over its budget.");
  process.exit(1);
}
