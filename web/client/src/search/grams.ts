import { fromBase64, toBase64 } from "../crypto/bytes.ts";

/** Size of a set in bits; a power of two. */
const bits = 65_536;

/**
 * Which pairs of neighbouring characters occur in some texts, and which single ones: a set of hashes. Chinese has no spaces, so
 * whatever is looked for is looked for by its pairs. It may say yes by chance, never no.
 */
export class Grams {
  readonly #words: Uint32Array<ArrayBuffer>;

  constructor(words = new Uint32Array(bits / 32)) {
    this.#words = words;
  }

  /** Reads what {@link toString} wrote. */
  static read(text: string): Grams | undefined {
    const bytes = fromBase64(text);
    return bytes?.length === bits / 8 ? new Grams(new Uint32Array(bytes.buffer)) : undefined;
  }

  /** Takes in a folded text. */
  add(text: string): void {
    for (let i = 0; i < text.length; i++) {
      this.#set(hash(text.charCodeAt(i), 0));
      if (i > 0) this.#set(hash(text.charCodeAt(i - 1), text.charCodeAt(i)));
    }
  }

  /** Whether the folded term can occur. */
  mayHave(term: string): boolean {
    if (term.length === 1) return this.#has(hash(term.charCodeAt(0), 0));
    for (let i = 1; i < term.length; i++) {
      if (!this.#has(hash(term.charCodeAt(i - 1), term.charCodeAt(i)))) return false;
    }
    return true;
  }

  toString(): string {
    return toBase64(new Uint8Array(this.#words.buffer));
  }

  #set(bit: number): void {
    this.#words[bit >>> 5]! |= 1 << (bit & 31);
  }

  #has(bit: number): boolean {
    return (this.#words[bit >>> 5]! & (1 << (bit & 31))) !== 0;
  }
}

/** A spread of two UTF-16 units over the set. */
function hash(a: number, b: number): number {
  let mixed = Math.imul((a << 16) | b, 0x9e3779b1);
  mixed ^= mixed >>> 15;
  mixed = Math.imul(mixed, 0x85ebca6b);
  return (mixed ^ (mixed >>> 13)) & (bits - 1);
}
