import { parseInline } from "./inline";
import type { Block, MarkdownOptions } from "./nodes";

/** Longer texts are shown as they are. UTF-16 units. */
const maxLength = 40_000;
/** Quotes within quotes, at most. */
const maxQuotes = 4;
/** Blocks in one message, at most; what follows is one paragraph of plain text. */
const maxBlocks = 500;

const fence = /^ {0,3}```([^`]*)$/;
const quote = /^ {0,3}> ?/;
const bullet = /^ {0,3}[-*+] +(?=\S)/;
const ordered = /^ {0,3}(\d{1,9})[.)] +(?=\S)/;

/**
 * The small Markdown of chat: paragraphs with their line breaks, fenced code, quotes, flat lists and the inline forms.
 * Linear in the length of the text, bounded in depth; nothing a sender writes makes it throw.
 */
export function parse(text: string, options: MarkdownOptions = {}): Block[] {
  if (text.length > maxLength) return [{ t: "p", children: [text] }];
  return parseBlocks(text.replace(/\r\n?/g, "\n").split("\n"), options, 0);
}

function parseBlocks(lines: string[], options: MarkdownOptions, depth: number): Block[] {
  const blocks: Block[] = [];
  let i = 0;
  const takeWhile = (test: (line: string) => boolean): string[] => {
    const from = i;
    while (i < lines.length && test(lines[i]!)) i++;
    return lines.slice(from, i);
  };
  while (i < lines.length) {
    const line = lines[i]!;
    if (blocks.length >= maxBlocks) {
      blocks.push({ t: "p", children: [lines.slice(i).join("\n")] });
      break;
    }
    const opened = fence.exec(line);
    if (line.trim() === "") {
      i++;
    } else if (opened) {
      i++;
      const body = takeWhile((l) => !/^ {0,3}```\s*$/.test(l));
      i++;
      blocks.push({ t: "pre", text: body.join("\n"), lang: opened[1]!.trim().slice(0, 20) });
    } else if (depth < maxQuotes && quote.test(line)) {
      const body = takeWhile((l) => quote.test(l)).map((l) => l.replace(quote, ""));
      blocks.push({ t: "quote", children: parseBlocks(body, options, depth + 1) });
    } else if (bullet.test(line)) {
      const items = takeWhile((l) => bullet.test(l)).map((l) => parseInline(l.replace(bullet, ""), options));
      blocks.push({ t: "ul", items });
    } else if (ordered.test(line)) {
      const start = Number(ordered.exec(line)![1]);
      const items = takeWhile((l) => ordered.test(l)).map((l) => parseInline(l.replace(ordered, ""), options));
      blocks.push({ t: "ol", start, items });
    } else {
      const first = i++;
      takeWhile((l) => !startsBlock(l, depth));
      blocks.push({ t: "p", children: parseInline(lines.slice(first, i).join("\n"), options) });
    }
  }
  return blocks;
}

function startsBlock(line: string, depth: number): boolean {
  return (
    line.trim() === "" ||
    fence.test(line) ||
    (depth < maxQuotes && quote.test(line)) ||
    bullet.test(line) ||
    ordered.test(line)
  );
}
