// Somebody who has a room's key and no manners: seals, signs and sends what no client of ours would. Written from spec/crypto.md alone.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPrivateKey,
  createPublicKey,
  hkdfSync,
  randomBytes,
  sign,
} from "node:crypto";
import WebSocket from "ws";

const lp = (value) => {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const label = (name) => Buffer.from(`hc-e2ee/2/${name}`);

/** A room's keys and name, from its link. */
export function roomOf(link) {
  const [, channel, query] = /#\/r\/([^?]+)\?(.*)$/.exec(link);
  return keysOf(decodeURIComponent(channel), new URLSearchParams(query).get("k"));
}

/** The keys of a room of that name under a room key. */
export function keysOf(channel, k) {
  const root = Buffer.from(k, "base64url");
  const derive = (name, length) =>
    Buffer.from(hkdfSync("sha256", root, label("root"), Buffer.concat([label(name), lp(channel)]), length));
  return { channel, kid: derive("kid", 8), message: derive("msg", 32) };
}

/** A key to sign with. */
export function newIdentity() {
  const seed = randomBytes(32);
  const prefix = Buffer.from("302e020100300506032b657004220420", "hex");
  const key = createPrivateKey({ key: Buffer.concat([prefix, seed]), format: "der", type: "pkcs8" });
  const raw = Buffer.from(createPublicKey(key).export({ format: "jwk" }).x, "base64url");
  const short = createHash("sha256").update(label("identity")).update(raw).digest().subarray(0, 15);
  return { key, raw, fingerprint: short.toString("base64url") };
}

const newId = (bytes = 16) => randomBytes(bytes).toString("base64url");

/** A content with all that every content has. */
export const content = (members) => ({ t: "text", id: newId(), ts: Date.now(), sid: newId(8), n: 0, ...members });

const aad = (room, alg) => Buffer.concat([label("aad"), lp(room.channel), lp(alg), lp(room.kid)]);

/** Seals a content, an object or JSON; signed when somebody signs it. */
export function seal(room, said, identity) {
  const json = Buffer.from(typeof said === "string" ? said : JSON.stringify(said));
  const alg = identity ? "AES-GCM.Ed25519" : "AES-GCM";
  const signed = () =>
    sign(null, Buffer.concat([label("sign"), lp(room.channel), lp(room.kid), lp(json)]), identity.key);
  const inner = identity ? Buffer.concat([identity.raw, signed(), json]) : json;
  let bucket = 256;
  while (bucket < inner.length + 1) bucket *= 2;
  const padded = Buffer.alloc(bucket);
  inner.copy(padded);
  padded[inner.length] = 0x80;
  const iv = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", room.message, iv).setAAD(aad(room, alg));
  const ct = Buffer.concat([cipher.update(padded), cipher.final(), cipher.getAuthTag()]);
  return envelope({
    v: 2,
    alg,
    kid: room.kid.toString("base64url"),
    iv: iv.toString("base64"),
    ct: ct.toString("base64"),
  });
}

/** The JSON of an envelope, and back. */
export const opened = (text) => JSON.parse(Buffer.from(text.slice(5), "base64").toString());
export const envelope = (json) => `E2EE:${Buffer.from(JSON.stringify(json)).toString("base64")}`;

/** What somebody's envelope holds: whoever has the room's key can read it. */
export function read(room, text) {
  const { alg, iv, ct } = opened(text);
  const bytes = Buffer.from(ct, "base64");
  const decipher = createDecipheriv("aes-256-gcm", room.message, Buffer.from(iv, "base64"));
  decipher.setAAD(aad(room, alg)).setAuthTag(bytes.subarray(-16));
  const padded = Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]);
  const inner = padded.subarray(0, padded.lastIndexOf(0x80));
  return JSON.parse(inner.subarray(alg === "AES-GCM" ? 0 : 96).toString());
}

/** Enters a room by its socket alone. */
export async function enter(server, room, nick, pass) {
  const socket = new WebSocket(server.socketUrl);
  const frames = [];
  const waiting = new Set();
  socket.on("message", (data) => {
    frames.push(JSON.parse(data));
    for (const check of waiting) check();
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const send = (frame) => socket.send(JSON.stringify({ channel: room.channel, ...frame }));
  /** The first frame of that kind, come already or still to come. */
  const frame = (test) =>
    new Promise((resolve) => {
      const check = () => {
        const found = frames.find(test);
        if (!found) return;
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });
  send({ cmd: "session", proto: 3 });
  send({ cmd: "join", nick, ...(pass && { pass }) });
  const { users } = await frame(({ cmd }) => cmd === "onlineSet");
  return {
    users,
    frame,
    /** Sends a content, or a text as it is; settles when the server has taken it. */
    async say(said, { by, ...more } = {}) {
      const text = typeof said === "string" ? said : seal(room, said, by);
      const mid = more.mid ?? (typeof said === "string" ? newId() : said.id);
      send({ cmd: "chat", text, mid, ...more });
      const reply = await frame((f) => (f.cmd === "ack" || f.cmd === "nack") && f.mid === mid);
      if (reply.cmd === "nack") throw new Error(`refused: ${reply.code}`);
      return mid;
    },
    /** The frame that carries a content of that body. */
    heard: (body) => frame((f) => f.cmd === "chat" && f.text?.startsWith("E2EE:") && bodyOf(room, f.text) === body),
    close: () => socket.close(),
  };
}

function bodyOf(room, text) {
  try {
    return read(room, text).body;
  } catch {
    return undefined;
  }
}
