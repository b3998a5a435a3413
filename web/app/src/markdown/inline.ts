import { addressEnd, honestLabel, safeHref } from "./links";
import type { Inline, MarkdownOptions } from "./nodes";

type Marker = "*" | "**" | "_" | "__" | "~~" | "[";
interface Frame {
  marker: Marker | "";
  children: Inline[];
}

/** Emphasis within emphasis, at most. */
const maxDepth = 8;
/** Nodes in one run of text, at most; what follows is plain text. */
const maxNodes = 2000;
const tags = { "*": "em", _: "em", "**": "strong", __: "strong", "~~": "del" } as const;
const special = /[\\`*_~[\]\n@?h]/g;
const wordBefore = /[A-Za-z0-9_]/;
const addressBefore = /[A-Za-z0-9_:/]/;

/**
 * Text to inline nodes in one pass: every character is looked at a bounded number of times, whatever is nested in
 * whatever. An opening mark that is never closed turns back into the characters it was.
 */
export function parseInline(source: string, options: MarkdownOptions = {}): Inline[] {
  return new Parser(source, options).run();
}

class Parser {
  private readonly frames: Frame[] = [{ marker: "", children: [] }];
  private readonly ticks = new Map<number, number>();
  private nodes = 0;
  private pos = 0;
  private plainFrom = 0;
  private nextParen = -1;

  private readonly s: string;
  private readonly options: MarkdownOptions;

  constructor(source: string, options: MarkdownOptions) {
    this.s = source;
    this.options = options;
  }

  run(): Inline[] {
    this.indexTicks();
    while (this.nodes < maxNodes) {
      special.lastIndex = this.pos;
      const found = special.exec(this.s);
      if (!found) break;
      this.pos = found.index;
      const before = this.pos;
      if (!this.step(found[0])) this.pos = Math.max(this.pos, before + 1);
    }
    this.pos = this.s.length;
    this.flush(this.pos);
    while (this.frames.length > 1) this.dissolve(this.frames.length - 1);
    return this.frames[0]!.children;
  }

  /** Handles the special character at `pos`; false when it is an ordinary one after all. */
  private step(c: string): boolean {
    switch (c) {
      case "\\":
        return this.escape();
      case "`":
        return this.code();
      case "\n":
        return this.emit(1, { t: "break" });
      case "[":
        return this.open("[", 1);
      case "]":
        return this.closeLink();
      case "@":
        return this.mention();
      case "?":
        return this.room();
      case "h":
        return this.autolink();
      default:
        return this.emphasis(c);
    }
  }

  private top(): Frame {
    return this.frames[this.frames.length - 1]!;
  }

  private flush(to: number): void {
    if (to > this.plainFrom) this.add(this.s.slice(this.plainFrom, to));
  }

  private add(node: Inline): void {
    this.nodes++;
    this.top().children.push(node);
  }

  private emit(length: number, node: Inline): boolean {
    this.flush(this.pos);
    this.add(node);
    this.pos += length;
    this.plainFrom = this.pos;
    return true;
  }

  private escape(): boolean {
    const next = this.s[this.pos + 1];
    if (next === undefined || !/[\\`*_~[\]()>#+\-.!@?]/.test(next)) return false;
    return this.emit(2, next);
  }

  /** Where the last run of so many backticks stands, so that a run without a partner costs nothing. */
  private indexTicks(): void {
    for (const m of this.s.matchAll(/`+/g)) this.ticks.set(m[0].length, m.index);
  }

  private code(): boolean {
    let n = 1;
    while (this.s[this.pos + n] === "`") n++;
    const start = this.pos + n;
    if ((this.ticks.get(n) ?? -1) < start) {
      this.pos = start;
      return false;
    }
    let from = start;
    for (;;) {
      const at = this.s.indexOf("`", from);
      let run = at;
      while (this.s[run] === "`") run++;
      if (run - at === n) {
        const text = this.s.slice(start, at).replaceAll("\n", " ");
        const trimmed = text.length > 2 && text.startsWith(" ") && text.endsWith(" ") ? text.slice(1, -1) : text;
        return this.emit(run - this.pos, { t: "code", text: trimmed });
      }
      from = run;
    }
  }

  private open(marker: Marker, length: number): boolean {
    this.flush(this.pos);
    if (this.frames.length > maxDepth) this.dissolve(1);
    this.frames.push({ marker, children: [] });
    this.pos += length;
    this.plainFrom = this.pos;
    return true;
  }

  /** A frame that will not be closed: its mark becomes text again, what it holds goes to the frame around it. */
  private dissolve(index: number): void {
    const frame = this.frames.splice(index, 1)[0]!;
    const into = this.frames[index - 1]!.children;
    into.push(frame.marker);
    for (const child of frame.children) into.push(child);
  }

  private find(marker: Marker): number {
    for (let i = this.frames.length - 1; i > 0; i--) if (this.frames[i]!.marker === marker) return i;
    return -1;
  }

  private close(index: number): Inline[] {
    this.flush(this.pos);
    while (this.frames.length - 1 > index) this.dissolve(this.frames.length - 1);
    return this.frames.pop()!.children;
  }

  private emphasis(c: string): boolean {
    let n = 1;
    while (this.s[this.pos + n] === c) n++;
    const before = this.s[this.pos - 1] ?? " ";
    const after = this.s[this.pos + n] ?? " ";
    const canClose = !/\s/.test(before) && !wordBefore.test(after);
    const canOpen = !/\s/.test(after) && !wordBefore.test(before);
    if (n > 3 || (c === "~" && n !== 2) || !(canClose || canOpen)) {
      this.pos += n;
      return false;
    }
    let left = n;
    while (canClose && left > 0) {
      const single = c as Marker;
      const double = (c + c) as Marker;
      const inner = Math.max(left >= 2 ? this.find(double) : -1, c === "~" ? -1 : this.find(single));
      if (inner < 0 || inner < this.find("[")) break;
      const marker = this.frames[inner]!.marker as keyof typeof tags;
      const children = this.close(inner);
      if (children.length) this.add({ t: tags[marker], children });
      else this.add(marker + marker);
      this.pos += marker.length;
      this.plainFrom = this.pos;
      left -= marker.length;
    }
    if (canOpen && left >= 2 && this.open((c + c) as Marker, 2)) left -= 2;
    if (canOpen && left === 1 && c !== "~" && this.open(c as Marker, 1)) left -= 1;
    this.pos += left;
    return left === 0;
  }

  private closeLink(): boolean {
    const index = this.find("[");
    if (index < 0) return false;
    const href = this.target();
    if (!href) {
      this.flush(this.pos);
      this.plainFrom = this.pos;
      this.dissolve(index);
      return false;
    }
    const children = unlinked(this.close(index));
    const label = plainText(children);
    const raw = this.s.slice(this.pos + 2, this.nextParen).trim();
    const honest = label.trim() !== "" && honestLabel(label, raw);
    this.add({ t: "link", href, children: honest ? children : [raw] });
    this.pos = this.nextParen + 1;
    this.plainFrom = this.pos;
    return true;
  }

  /** The address in the parentheses after a label, when there is a good one. */
  private target(): string | null {
    if (this.s[this.pos + 1] !== "(") return null;
    const from = this.pos + 2;
    if (this.nextParen < from) {
      this.nextParen = this.s.indexOf(")", from);
      if (this.nextParen < 0) this.nextParen = Infinity;
    }
    if (this.nextParen - from > 2048) return null;
    const raw = this.s.slice(from, this.nextParen).trim();
    return /\s/.test(raw) ? null : safeHref(raw);
  }

  private autolink(): boolean {
    const before = this.s[this.pos - 1] ?? " ";
    if (!/^https?:\/\//.test(this.s.slice(this.pos, this.pos + 8)) || addressBefore.test(before)) return false;
    const end = addressEnd(this.s, this.pos);
    const text = this.s.slice(this.pos, end);
    const href = safeHref(text);
    if (!href) {
      this.pos = Math.max(end, this.pos + 1);
      return false;
    }
    return this.emit(text.length, { t: "link", href, children: [text] });
  }

  private mention(): boolean {
    if (wordBefore.test(this.s[this.pos - 1] ?? " ")) return false;
    const name = /^[\p{L}\p{M}\p{N}\p{Extended_Pictographic}_]{1,24}/u.exec(this.s.slice(this.pos + 1, this.pos + 60));
    if (!name) return false;
    return this.emit(1 + name[0].length, { t: "mention", nick: name[0] });
  }

  private room(): boolean {
    if (!this.options.roomLinks || !/^[\s(]?$/.test(this.s[this.pos - 1] ?? "")) return false;
    const name = /^[\w-]{1,120}/.exec(this.s.slice(this.pos + 1, this.pos + 121));
    if (!name) return false;
    return this.emit(1 + name[0].length, { t: "room", channel: name[0] });
  }
}

/** The words of some nodes, without their form. */
export function plainText(nodes: Inline[]): string {
  let out = "";
  for (const n of nodes) {
    if (typeof n === "string") out += n;
    else if (n.t === "break") out += "\n";
    else if (n.t === "code") out += n.text;
    else if (n.t === "mention") out += `@${n.nick}`;
    else if (n.t === "room") out += `?${n.channel}`;
    else out += plainText(n.children);
  }
  return out;
}

/** A link's label holds no further link. */
function unlinked(nodes: Inline[]): Inline[] {
  return nodes.flatMap((n) => {
    if (typeof n === "string" || n.t === "break" || n.t === "code") return [n];
    if (n.t === "link") return unlinked(n.children);
    if (n.t === "mention" || n.t === "room") return [plainText([n])];
    return [{ ...n, children: unlinked(n.children) }];
  });
}
