// A server with staff for tests of moderation. Importing it starts and stops the server. Trips of the staff are given to it at its start.
import { createHash } from "node:crypto";
import { after, before } from "node:test";
import { Legacy, newRoom } from "./clients.mjs";
import { COMPAT, ServerProcess } from "./server.mjs";

/** The trip of a pass code. */
export const trip = (pass) => createHash("sha256").update(`${pass}compat-test-salt`).digest("base64").slice(0, 6);
/** Settings that name the staff. */
export const STAFF = [
  `--Moderation:AdminTrip=${trip("admin-pass")}`,
  `--Moderation:ModTrips=${trip("mod-pass")},${trip("mod2-pass")}`,
];

export let server;
before(async () => (server = await ServerProcess.start([...COMPAT, ...STAFF])));
after(() => server?.dispose());

// Users come from an address of their own: mutes and bans go by address, and must not meet the staff.
let addresses = 1;
export const elsewhere = () => ({ localAddress: `127.0.${1 + (addresses >> 7)}.${1 + (addresses++ & 127)}` });

/** A moderator who has joined. */
export const joinMod = (room, nick = "mod", Generation = Legacy) =>
  Generation.join(server.url, room, nick, { pass: "mod-pass" });

/** A room with a moderator, a user from elsewhere and an ordinary witness, all told of each other. */
export async function court(Generation = Legacy) {
  const room = newRoom();
  const mod = await joinMod(room, "mod", Generation);
  const bob = await Generation.join(server.url, room, "bob", {}, elsewhere());
  const witness = await Legacy.join(server.url, room, "witness");
  for (const peer of [mod, bob, witness]) await peer.settle();
  return { room, mod, bob, witness };
}
