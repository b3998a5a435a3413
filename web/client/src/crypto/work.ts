/**
 * What a newcomer pays while a room is raided (spec/protocol.md, Raids): a counter for which
 * SHA-256("hc-work/1" ‖ challenge ‖ counter) begins with so many zero bits. Hashed here and not by WebCrypto, whose promise costs more than the one
 * block that there is to hash, and which plain rooms over http do not have.
 */

const label = "hc-work/1";
const challengeSize = 16;
/** Bytes before the counter, which has eight, big-endian. */
const prefix = label.length + challengeSize;
/** More than this no honest server asks for: on a phone it would take minutes. */
export const maxBits = 24;
/** How long the page may be kept from other things at a time, ms. */
const slice = 8;
/** Counters tried between two looks at the clock. */
const stride = 256;

/** FIPS 180-4 §4.2.2: the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const constants = primes(64).map((prime) => fraction(Math.cbrt(prime)));
/** §5.3.3: the same of the square roots of the first eight. */
const initial = primes(8).map((prime) => fraction(Math.sqrt(prime)));

/**
 * The work for a challenge, done in slices, so that the page stays alive; `undefined` when it is not one that may be asked for.
 * @param challenge 16 bytes in base64url
 * @param stopped ends the search
 */
export async function findWork(challenge: string, bits: number, stopped: () => boolean): Promise<number | undefined> {
  const block = blockOf(challenge);
  if (!block || !Number.isInteger(bits) || bits < 0 || bits > maxBits) return undefined;
  for (let counter = 0; !stopped(); await breath()) {
    const until = performance.now() + slice;
    while (performance.now() < until) {
      for (const end = counter + stride; counter < end; counter++) {
        if (zeroBits(block, counter) >= bits) return counter;
      }
    }
  }
  return undefined;
}

/** Whether a counter is work enough for a challenge. */
export function isWork(challenge: string, bits: number, counter: number): boolean {
  const block = blockOf(challenge);
  return block !== undefined && Number.isSafeInteger(counter) && counter >= 0 && zeroBits(block, counter) >= bits;
}

/** The one block that is hashed (FIPS 180-4 §5.1.1), with room for the counter. */
function blockOf(challenge: string): DataView | undefined {
  if (!/^[\w-]{22}$/.test(challenge)) return undefined;
  const bytes = atob(challenge.replaceAll("-", "+").replaceAll("_", "/"));
  const block = new DataView(new ArrayBuffer(64));
  [...label, ...bytes].forEach((char, at) => block.setUint8(at, char.charCodeAt(0)));
  block.setUint8(prefix + 8, 0x80);
  block.setUint32(60, (prefix + 8) * 8);
  return block;
}

const schedule = new Int32Array(64);

/** With how many zero bits the hash begins, up to 32. FIPS 180-4 §6.2.2. */
function zeroBits(block: DataView, counter: number): number {
  block.setUint32(prefix, Math.floor(counter / 2 ** 32));
  block.setUint32(prefix + 4, counter >>> 0);
  const w = schedule;
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(t * 4);
  for (let t = 16; t < 64; t++) {
    const x = w[t - 15]!;
    const y = w[t - 2]!;
    const s0 = rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3);
    const s1 = rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10);
    w[t] = (w[t - 16]! + s0 + w[t - 7]! + s1) | 0;
  }
  let [a, b, c, d, e, f, g, h] = initial as [number, number, number, number, number, number, number, number];
  for (let t = 0; t < 64; t++) {
    const s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25);
    const t1 = (h + s1 + ((e & f) ^ (~e & g)) + constants[t]! + w[t]!) | 0;
    const s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22);
    const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  return Math.clz32(a + initial[0]!);
}

function rotate(x: number, by: number): number {
  return (x >>> by) | (x << (32 - by));
}

function primes(count: number): number[] {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) if (found.every((prime) => n % prime !== 0)) found.push(n);
  return found;
}

function fraction(x: number): number {
  return Math.floor((x % 1) * 2 ** 32) | 0;
}

/** Lets everything else have its turn; not by a timer, which a page in the background gets once a second. */
function breath(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
