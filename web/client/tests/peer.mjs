/**
 * The TypeScript side of the cross-language test: `node peer.mjs seal|open`, JSON lines on stdin, one answer per line.
 *
 *   seal: {channel, keyB64 | passphrase, saltB64?, content} → the envelope, or the code of the failure
 *   open: {channel, keyB64 | passphrase, saltB64?, text}    → the content's JSON, or the code of the failure
 *
 * With "v":1 it speaks envelope v1 instead: a passphrase, and `content` is a string. Secrets come on stdin only.
 */
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const { module } = await runnerImport(fileURLToPath(new URL("peer.ts", import.meta.url)), {
  configFile: false,
  logLevel: "error",
});
const answer = { seal: module.seal, open: module.open }[process.argv[2]];
if (!answer) {
  console.error("usage: node peer.mjs seal|open  (JSON lines on stdin)");
  process.exit(2);
}
for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  if (line.trim() !== "") process.stdout.write(`${await answer(JSON.parse(line))}\n`);
}
