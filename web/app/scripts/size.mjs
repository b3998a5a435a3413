// What is loaded, gzipped, against its budget. The Argon2id worker (libsodium) loads only for passphrase rooms, and what files need with the first file.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

// bytes. Files in messages are read, shown and begun in the room itself, and it has the doors for more: buttons, what is dropped and
// pasted. What prepares, sends, fetches and plays them comes with the first.
const budgets = { first: 30_000, room: 86_000 };
const dist = new URL("../dist/", import.meta.url);
const read = (name) => readFileSync(new URL(name, dist), "utf8");
const size = (name) => gzipSync(read(name), { level: 9 }).length;
const sum = (names) => names.reduce((total, name) => total + size(name), 0);

const files = (folder) => {
  const found = readdirSync(new URL(folder, dist), { withFileTypes: true });
  return found.filter((one) => one.isFile()).map(({ name }) => folder + name);
};
const all = files("assets/");
const hash = 8; // characters that the bundler puts behind a name
const script = (start) =>
  all.find((name) => name.startsWith(`assets/${start}-`) && name.length === `assets/${start}-.js`.length + hash);

/** The files that a script brings with it: what it imports statically, and the style sheets of all of them. */
function closure(start, found = new Set()) {
  if (!start || found.has(start)) return found;
  found.add(start);
  const sheet = all.find((name) => name.endsWith(".css") && name.split("-")[0] === start.split("-")[0]);
  if (sheet) found.add(sheet);
  for (const [, name] of read(start).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) closure(`assets/${name}`, found);
  return found;
}
/** One language is fetched: the larger one counts. */
const language = (...names) => names.map(script).sort((a, b) => size(b) - size(a))[0];

const html = read("index.html");
const named = [...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((match) => match[1]);
const first = new Set(["index.html", ...named, language("en", "zh")]);
for (const name of named.filter((one) => one.endsWith(".js"))) closure(name, first);
const room = new Set([...first, language("en-room", "zh-room")]);
for (const name of ["RoomPage", "client", "roomText"]) closure(script(name), room);
const worker = all.filter((name) => name.includes("argon2.worker"));
const kinds = ["", "-room", "-dialogs", "-owned", "-login", "-files", "-calls"];
const languages = kinds.flatMap((kind) => [script(`en${kind}`), script(`zh${kind}`)]);
const later = all.filter((name) => !room.has(name) && !worker.includes(name) && !languages.includes(name));
later.push(
  language("en-dialogs", "zh-dialogs"),
  language("en-owned", "zh-owned"),
  language("en-login", "zh-login"),
  language("en-files", "zh-files"),
  language("en-calls", "zh-calls"),
);

console.log(`start page      ${sum([...first])} of ${budgets.first} bytes, gzip`);
console.log(`with a room     ${sum([...room])} of ${budgets.room}`);
console.log(`on demand       ${sum(later)} more: dialogs, menus, search, logging in, files`);
console.log(
  `operators       ${sum(["admin.html", ...files("assets/admin/")])} in all: a page of their own, both languages`,
);
console.log(`passphrases     ${sum(worker)} more, once, in a worker`);
if (sum([...first]) > budgets.first || sum([...room]) > budgets.room) {
  console.error("The web client is over its budget.");
  process.exit(1);
}
