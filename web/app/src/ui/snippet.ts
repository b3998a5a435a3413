import type { Message } from "@hcchat/client";

/** What stands for a message elsewhere: its text, or else its files. */
export function gist({ text, files }: Pick<Message, "text" | "files">): string {
  return snippet(text || (files ?? []).map(({ name }) => name).join(", "));
}

/** Longest beginning of a message that is shown elsewhere, UTF-16 units. */
const longest = 140;

/** The beginning of a message on one line. */
export function snippet(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length > longest ? `${line.slice(0, longest).toWellFormed()}…` : line;
}
