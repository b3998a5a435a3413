import { describe, expect, it } from "vitest";
import { parse } from "../src/markdown/parse.ts";
import { plainText } from "../src/markdown/inline.ts";
import type { Block, Inline } from "../src/markdown/nodes.ts";
import { hostile } from "./hostile.ts";

const inline = (text: string, roomLinks = false): Inline[] => {
  const block = parse(text, { roomLinks })[0]!;
  return block.t === "p" ? merged(block.children) : [];
};

/** Neighbouring strings joined, so that tests speak of text and not of how it was cut. */
function merged(nodes: Inline[]): Inline[] {
  const out: Inline[] = [];
  for (const n of nodes) {
    const last = out.at(-1);
    if (typeof n === "string" && typeof last === "string") out[out.length - 1] = last + n;
    else out.push(typeof n === "object" && "children" in n ? { ...n, children: merged(n.children) } : n);
  }
  return out;
}

describe("inline forms", () => {
  it("makes bold, italic, both, and strike", () => {
    expect(inline("a **b** *c* ***d*** ~~e~~ _f_ __g__")).toEqual([
      "a ",
      { t: "strong", children: ["b"] },
      " ",
      { t: "em", children: ["c"] },
      " ",
      { t: "strong", children: [{ t: "em", children: ["d"] }] },
      " ",
      { t: "del", children: ["e"] },
      " ",
      { t: "em", children: ["f"] },
      " ",
      { t: "strong", children: ["g"] },
    ]);
  });

  it("makes bold inside Chinese text without blanks", () => {
    expect(inline("请**马上**看")).toEqual(["请", { t: "strong", children: ["马上"] }, "看"]);
  });

  it.each([
    "2*3*4",
    "snake_case_name",
    "2 * 3 * 4",
    "**open",
    "a ~ b ~~",
    "****",
    "[1] [2] [3]",
    "****a****",
    "`",
    "**",
  ])("leaves %s as it is", (text) => {
    expect(inline(text)).toEqual([text]);
  });

  it("keeps emphasis working behind many marks that never close", () => {
    expect(inline(`${"*a ".repeat(30)}**b**`).at(-1)).toEqual({ t: "strong", children: ["b"] });
    expect(inline(`${"[x ".repeat(30)}[b](https://a.example)`).at(-1)).toMatchObject({ t: "link" });
  });

  it("takes nothing inside code", () => {
    expect(inline("x `**a** <b> [c](https://d.example)` y")).toEqual([
      "x ",
      { t: "code", text: "**a** <b> [c](https://d.example)" },
      " y",
    ]);
    expect(inline("`` a`b ``")).toEqual([{ t: "code", text: "a`b" }]);
  });

  it("keeps line breaks", () => {
    expect(inline("a\nb")).toEqual(["a", { t: "break" }, "b"]);
  });

  it("shows a mark that was escaped", () => {
    expect(inline("\\*a\\*")).toEqual(["*a*"]);
  });

  it("knows mentions in any script, and no mail addresses", () => {
    expect(inline("@小明 hi a@b.example")).toEqual([{ t: "mention", nick: "小明" }, " hi a@b.example"]);
  });

  it("links ?rooms in plain rooms only", () => {
    expect(inline("see ?lounge now", true)).toEqual(["see ", { t: "room", channel: "lounge" }, " now"]);
    expect(inline("see ?lounge now")).toEqual(["see ?lounge now"]);
    expect(inline("why?because", true)).toEqual(["why?because"]);
  });
});

describe("links", () => {
  it("finds an address and leaves the sentence its punctuation", () => {
    expect(inline("see https://a.example/x_(y)?q=1. Yes")).toEqual([
      "see ",
      { t: "link", href: "https://a.example/x_(y)?q=1", children: ["https://a.example/x_(y)?q=1"] },
      ". Yes",
    ]);
  });

  it("ends an address where Chinese text goes on", () => {
    expect(inline("看https://a.example/b吧。")).toEqual([
      "看",
      { t: "link", href: "https://a.example/b", children: ["https://a.example/b"] },
      "吧。",
    ]);
  });

  it("takes a label", () => {
    expect(inline("[the *docs*](https://a.example)")).toEqual([
      { t: "link", href: "https://a.example/", children: ["the ", { t: "em", children: ["docs"] }] },
    ]);
  });

  it("shows the true address when the label pretends to be another", () => {
    expect(inline("[https://bank.example](https://evil.example)")).toEqual([
      { t: "link", href: "https://evil.example/", children: ["https://evil.example"] },
    ]);
  });

  it.each([
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](data:text/html,x)",
    "[a](vbscript:x)",
    "[a](file:///etc/passwd)",
    "[a](blob:https://a.example/x)",
    "[a](//a.example)",
    "[a](/relative)",
    "[a](https://bank.example@evil.example)",
    "[a](\tjavascript:alert(1))",
    "[a](java\tscript:alert(1))",
    "https://user:pw@evil.example",
    "https://",
  ])("makes no link of %s", (text) => {
    expect(JSON.stringify(parse(text))).not.toContain('"link"');
  });
});

describe("blocks", () => {
  it("makes paragraphs, code, quotes and lists", () => {
    expect(parse("a\n\n```ts\nlet x\n```\n> q\n> > r\n- 1\n- 2\n3. x\n4. y")).toEqual([
      { t: "p", children: ["a"] },
      { t: "pre", text: "let x", lang: "ts" },
      {
        t: "quote",
        children: [
          { t: "p", children: ["q"] },
          { t: "quote", children: [{ t: "p", children: ["r"] }] },
        ],
      },
      { t: "ul", items: [["1"], ["2"]] },
      { t: "ol", start: 3, items: [["x"], ["y"]] },
    ]);
  });

  it("lets a fence that is never closed run to the end", () => {
    expect(parse("```\na\n**b**")).toEqual([{ t: "pre", text: "a\n**b**", lang: "" }]);
  });

  it("has no headings, tables or HTML", () => {
    expect(parse("# a <b>x</b>")).toEqual([{ t: "p", children: ["# a <b>x</b>"] }]);
  });
});

describe("hostile input", () => {
  it.each(hostile.map((text) => [text.length > 60 ? `${text.slice(0, 57)}…` : text, text]))(
    "%j stays data",
    (_, text) => {
      const blocks = parse(text, { roomLinks: true });
      expect(depth(blocks)).toBeLessThanOrEqual(24);
      for (const href of hrefs(blocks)) expect(href).toMatch(/^(https?:\/\/|mailto:)/);
    },
  );

  it("does work in proportion to the text, whatever is repeated", () => {
    for (const piece of [
      "*",
      "_a",
      "**a ",
      "[",
      "](",
      "[a](",
      "`",
      "`a``",
      "> ",
      "~~",
      "\\",
      "@",
      "?a ",
      "http://",
      "*_~~[`",
      "- ",
    ]) {
      const small = steps(piece, 2_000);
      const large = steps(piece, 32_000);
      expect(large / small, piece).toBeLessThan(16 * 2.5);
    }
  });

  it("loses no word of a text it cannot make sense of", () => {
    const text = "*a [b **c `d ~~e (f";
    expect(plainText(inline(text))).toBe(text);
  });
});

/** How many characters regular expressions and string searches were given while parsing: time without a clock. */
function steps(piece: string, length: number): number {
  const text = piece.repeat(Math.ceil(length / piece.length));
  let count = 0;
  const exec = RegExp.prototype.exec;
  const indexOf = String.prototype.indexOf;
  RegExp.prototype.exec = function (this: RegExp, s: string) {
    const from = this.lastIndex;
    const found = exec.call(this, s);
    count += this.global ? (found ? found.index : s.length) - from + 1 : 1;
    return found;
  };
  String.prototype.indexOf = function (this: string, x: string, from = 0) {
    const at = indexOf.call(this, x, from);
    count += (at < 0 ? this.length : at) - from + 1;
    return at;
  } as typeof indexOf;
  try {
    parse(text, { roomLinks: true });
  } finally {
    RegExp.prototype.exec = exec;
    String.prototype.indexOf = indexOf;
  }
  return count;
}

function depth(nodes: (Block | Inline)[]): number {
  let max = 0;
  for (const n of nodes) {
    if (typeof n === "string") continue;
    if ("children" in n) max = Math.max(max, 1 + depth(n.children));
    if ("items" in n) max = Math.max(max, 1 + depth(n.items.flat()));
  }
  return max;
}

function hrefs(nodes: (Block | Inline)[]): string[] {
  return nodes.flatMap((n) => {
    if (typeof n === "string") return [];
    if (n.t === "link") return [n.href];
    if ("children" in n) return hrefs(n.children);
    return "items" in n ? hrefs(n.items.flat()) : [];
  });
}
