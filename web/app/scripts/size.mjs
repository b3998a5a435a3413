// The first load, gzipped, against its budget. The Argon2id worker (libsodium) loads only for passphrase rooms.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 30_000; // bytes
const dist = new URL('../dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');
const first = ['index.html', ...[...html.matchAll(/(?:src|href)="\.\/([^"]+\.(?:js|css))"/g)].map((m) => m[1])];

let total = 0;
for (const name of first) {
  const bytes = gzipSync(readFileSync(new URL(name, dist)), { level: 9 }).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${name}`);
}
const later = readdirSync(new URL('assets/', dist)).filter((name) => !first.includes(`assets/${name}`));
console.log(`${String(total).padStart(8)}  first load, of ${budget} bytes; later when needed: ${later.join(', ') || 'nothing'}`);
if (total > budget) {
  console.error('The first load is over its budget.');
  process.exit(1);
}
