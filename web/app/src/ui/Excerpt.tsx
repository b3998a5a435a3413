import { snippet } from "./snippet.ts";

/** Characters before the first hit that are shown. */
const before = 24;

/** The part of a message around what was looked for, with the words marked. */
export function Excerpt({ text, query }: { text: string; query: string }) {
  const words = query
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  const line = text.replace(/\s+/g, " ");
  const marks = words.length > 0 ? new RegExp(`(${words.join("|")})`, "iu") : undefined;
  const first = marks ? line.search(marks) : -1;
  const start = Math.max(0, first - before);
  const shown = (start > 0 ? "…" : "") + snippet(line.slice(start).toWellFormed());
  const parts = marks ? shown.split(new RegExp(marks.source, "giu")) : [shown];
  return (
    <span class="excerpt" dir="auto">
      {parts.map((part, i) => (i % 2 === 1 ? <mark key={i}>{part}</mark> : part))}
    </span>
  );
}
