import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { toBase64Url } from "../src/crypto/bytes.ts";
import { foldNick } from "../src/crypto/nick-fold.ts";
import { Pins } from "../src/crypto/pins.ts";
import { identityVectors as vectors } from "./vectors.ts";

const keys = [0, 1, 2, 3].map((i) => toBase64Url(new Uint8Array(32).fill(i)));
const nick = fc
  .tuple(fc.constantFrom("alice", "Bob", "carol", "ＤＯＲＡ", "eve"), fc.boolean())
  .map(([name, loud]) => (loud ? name.toUpperCase() : name.toLowerCase()));
const key = fc.constantFrom(...keys);

describe("folding nicks", () => {
  test.each(vectors.folds)("$nick is $folded", ({ nick: one, folded }) => expect(foldNick(one)).toBe(folded));

  test("a nick that is not Unicode folds all the same", () => expect(foldNick("A\ud800B")).toBe("a\ufffdb"));

  test("a letter and its fold are one to Unicode's simple case folding", () => {
    const wrong: string[] = [];
    for (let point = 0; point < 0x20000; point++) {
      const letter = String.fromCodePoint(point);
      if (!/^\p{Changes_When_Casemapped}$/u.test(letter) || letter.normalize("NFKC") !== letter) continue;
      if (!new RegExp(`^${letter}$`, "iu").test(foldNick(letter))) wrong.push(letter);
    }
    expect(wrong).toEqual([]);
  });
});

describe("pins", () => {
  test("the story of the vectors is judged as it is there", () => {
    let pins = new Pins();
    for (const step of vectors.pins) {
      const by = step.key!;
      switch (step.do) {
        case "see": {
          const { standing, pin } = pins.see(step.nick, step.key);
          expect([standing, pin?.key]).toEqual([step.standing, step.pinned]);
          break;
        }
        case "verify":
          expect(pins.verify(step.nick, by)).toBe(step.done);
          break;
        case "accept":
          pins.accept(step.nick, by);
          break;
        case "alsoKnownAs":
          expect(pins.alsoKnownAs(step.nick, by)).toEqual(step.nicks);
          break;
        case "json":
          expect(JSON.stringify(pins)).toBe(JSON.stringify(step.json));
          pins = Pins.fromJSON(step.json);
          expect(JSON.stringify(pins)).toBe(JSON.stringify(step.json));
      }
    }
  });

  test.each(vectors.pinsNegative)("what is no list of pins is refused: $name", ({ json }) => {
    expect(() => Pins.fromJSON(json)).toThrow("E_FORMAT");
  });

  test("what is seen never changes a pin, and the verdict follows from the first key", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(nick, fc.option(key, { nil: undefined }))), (sights) => {
        const pins = new Pins();
        const first = new Map<string, string>();
        for (const [name, signer] of sights) {
          const known = first.get(foldNick(name));
          const wanted =
            known === undefined
              ? signer === undefined
                ? "unsigned"
                : "first"
              : signer === undefined
                ? "missing"
                : signer === known
                  ? "pinned"
                  : "changed";
          expect(pins.judge(name, signer).standing).toBe(wanted);
          expect(pins.see(name, signer).standing).toBe(wanted);
          if (known === undefined && signer !== undefined) first.set(foldNick(name), signer);
        }
        expect(pins.size).toBe(first.size);
      }),
    );
  });

  test("only a few are kept: the last used, and every verified one", () => {
    const step = fc.tuple(fc.constantFrom("see", "see", "see unsigned", "accept", "verify"), nick, key);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const max = 3;
        const pins = new Pins(max);
        let kept: { nick: string; key: string; verified: boolean }[] = []; // a plain model: the last used last
        for (const [what, name, by] of steps) {
          const folded = foldNick(name);
          const old = kept.find((pin) => pin.nick === folded);
          let now = old;
          if (what === "see") {
            pins.see(name, by);
            now ??= { nick: folded, key: by, verified: false };
          } else if (what === "see unsigned") pins.see(name, undefined);
          else if (what === "accept") {
            pins.accept(name, by);
            now = old?.key === by ? undefined : { nick: folded, key: by, verified: false };
          } else {
            expect(pins.verify(name, by)).toBe(old?.key === by);
            now = old?.key === by ? { ...old, verified: true } : undefined;
          }
          if (!now) continue;
          kept = [...kept.filter((pin) => pin !== old), now];
          if (kept.length > max)
            kept = kept.toSpliced(
              kept.findIndex((pin) => !pin.verified),
              1,
            );
        }
        for (const held of [pins, Pins.fromJSON(JSON.parse(JSON.stringify(pins)), max)]) {
          expect(held.toJSON().pins.map((pin) => [foldNick(pin.nick), pin.key, pin.verified ?? false])).toEqual(
            kept.map((pin) => [pin.nick, pin.key, pin.verified]),
          );
        }
      }),
    );
  });

  test("ten thousand are kept", () => {
    const pins = new Pins();
    pins.see("first", keys[0]);
    pins.see("second", keys[0]);
    pins.verify("first", keys[0]!);
    for (let i = 0; i < 10_000; i++) pins.see(`nick${i}`, keys[1]);
    expect(pins.size).toBe(10_000);
    expect(pins.judge("first", keys[0]).standing).toBe("verified");
    expect(pins.judge("second", keys[0]).standing).toBe("first");
  });
});
