import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { findWork, isWork } from "../src/crypto/work.ts";

interface Case {
  challenge: string;
  bits: number;
  counter: number;
  least: boolean;
  good: boolean;
}

const vectors = JSON.parse(
  readFileSync(new URL("../../../spec/vectors/work-vectors.json", import.meta.url), "utf8"),
) as { cases: Case[]; refused: { why: string; challenge: string; bits: number }[] };

// A hundred thousand hashes are little; a busy machine takes its time all the same.
describe("proof of work", { timeout: 60_000 }, () => {
  it.each(vectors.cases)("of $bits bits is good or not: $counter", ({ challenge, bits, counter, good }) => {
    expect(isWork(challenge, bits, counter)).toBe(good);
  });

  it.each(vectors.cases.filter((one) => one.least))("of $bits bits is found", async ({ challenge, bits, counter }) => {
    expect(await findWork(challenge, bits, () => false)).toBe(counter);
  });

  it.each(vectors.refused)("is not begun when it may not be asked for: $why", async ({ challenge, bits }) => {
    expect(await findWork(challenge, bits, () => false)).toBeUndefined();
  });

  it("ends when it is of no use any more, and others have their turn meanwhile", async () => {
    let turns = 0;
    const found = findWork("AAECAwQFBgcICQoLDA0ODw", 24, () => turns > 3);
    while (turns <= 3) {
      await new Promise((resolve) => setTimeout(resolve));
      turns++;
    }
    expect(await found).toBeUndefined();
  });
});
