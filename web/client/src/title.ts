import { maxName } from "./crypto/content.ts";

/** Controls (category Cc), line separators, and what turns the direction of writing round (UAX #9): none belongs into a name. */
const controls = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u206F]/gu;

/** A room's title as it may be shown and sent on, or `undefined` when nothing of it is left. */
export function cleanTitle(title: string | undefined): string | undefined {
  return title?.replace(controls, "").slice(0, maxName).toWellFormed() || undefined;
}
