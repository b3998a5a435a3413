// Ports of 127.0.0.1 that nobody has.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

const [first, count] = [20_000, 12_000];
// Runs beside one another begin in different places.
let next = Math.floor(Math.random() * count);

/**
 * A port for TCP and UDP, given out once. It lies below those that the system gives to connections (from 32768 on): a
 * server that is down for a moment would else find its port taken by one of the very clients that try to come back to it.
 */
export async function freePort() {
  for (let i = 0; i < count; i++) {
    const port = first + (next++ % count);
    if ((await isFree(port, "tcp")) && (await isFree(port, "udp"))) return port;
  }
  throw new Error(`No port from ${first} to ${first + count - 1} is free.`);
}

async function isFree(port, protocol) {
  const probe = protocol === "tcp" ? createServer() : createSocket("udp4");
  const listening = once(probe, "listening");
  if (protocol === "tcp") probe.listen(port, "127.0.0.1");
  else probe.bind(port, "127.0.0.1");
  try {
    await listening;
  } catch {
    return false;
  }
  await new Promise((resolve) => probe.close(resolve));
  return true;
}
