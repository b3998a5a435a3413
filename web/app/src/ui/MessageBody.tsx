import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { Block, Inline } from "../markdown/nodes.ts";
import { parse } from "../markdown/parse.ts";
import { text as words } from "../store/roomText.ts";

interface Props {
  text: string;
  /** One's own nick, whose mention stands out. */
  me: string | undefined;
  roomLinks: boolean;
}

/** Longer than this a message is folded; then only so much of it is drawn. Characters, lines. */
const long = { characters: 1_500, lines: 24 };

/** A message's text as elements. Nothing here makes markup from a string. */
export function MessageBody({ text, me, roomLinks }: Props) {
  const t = words.value;
  const [open, setOpen] = useState(false);
  const isLong = text.length > long.characters || text.split("\n", long.lines + 1).length > long.lines;
  const shown = isLong && !open ? beginning(text) : text;
  // The same elements as long as nothing changes: the view then passes over them.
  const elements = useMemo(
    () => parse(shown, { roomLinks }).map((block) => renderBlock(block, me)),
    [shown, roomLinks, me],
  );
  return (
    <>
      <div class={isLong && !open ? "body folded" : "body"}>{elements}</div>
      {isLong && (
        <button type="button" class="link-button" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t.showLess : t.showAll}
        </button>
      )}
    </>
  );
}

function beginning(text: string): string {
  return text.split("\n", long.lines).join("\n").slice(0, long.characters).toWellFormed();
}

function renderBlock(block: Block, me: string | undefined): ComponentChildren {
  switch (block.t) {
    case "p":
      return <p dir="auto">{renderInline(block.children, me)}</p>;
    case "pre":
      return (
        // Focusable, so that a wide block scrolls with the keyboard.
        <pre tabIndex={0} role="group" aria-label={block.lang || undefined}>
          <code>{block.text}</code>
        </pre>
      );
    case "quote":
      return <blockquote>{block.children.map((child) => renderBlock(child, me))}</blockquote>;
    case "ul":
      return (
        <ul>
          {block.items.map((item) => (
            <li dir="auto">{renderInline(item, me)}</li>
          ))}
        </ul>
      );
    case "ol":
      return (
        <ol start={block.start}>
          {block.items.map((item) => (
            <li dir="auto">{renderInline(item, me)}</li>
          ))}
        </ol>
      );
  }
}

function renderInline(nodes: Inline[], me: string | undefined): ComponentChildren {
  return nodes.map((node): ComponentChildren => {
    if (typeof node === "string") return node;
    switch (node.t) {
      case "break":
        return <br />;
      case "code":
        return <code>{node.text}</code>;
      case "strong":
        return <strong>{renderInline(node.children, me)}</strong>;
      case "em":
        return <em>{renderInline(node.children, me)}</em>;
      case "del":
        return <del>{renderInline(node.children, me)}</del>;
      case "link":
        return (
          <a href={node.href} title={node.href} target="_blank" rel="noopener noreferrer nofollow">
            {renderInline(node.children, me)}
          </a>
        );
      case "mention":
        return (
          <span class={me && node.nick.toLowerCase() === me.toLowerCase() ? "mention me" : "mention"}>
            @{node.nick}
          </span>
        );
      case "room":
        return <a href={`#/r/${encodeURIComponent(node.channel)}`}>?{node.channel}</a>;
    }
  });
}
