import { readFileSync } from "node:fs";

/** A text, or pieces of which some are repeated. */
type Entry = string | (string | [string, number])[];

/** Messages written to do harm: markup, scripts, deceiving addresses, deep nesting, odd characters. Also sent in Chromium. */
const corpus = JSON.parse(readFileSync(new URL("hostile.json", import.meta.url), "utf8")) as Entry[];

export const hostile: string[] = corpus.map((entry) =>
  typeof entry === "string"
    ? entry
    : entry.map((part) => (typeof part === "string" ? part : part[0].repeat(part[1]))).join(""),
);
