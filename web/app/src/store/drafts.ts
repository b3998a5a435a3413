/**
 * What was typed and not sent, per room. In memory only: a draft of an encrypted room does not touch the disk. It
 * outlives reconnects, refusals and a wrong passphrase; before the page is closed the browser asks.
 */
const drafts = new Map<string, string>();

export function draft(channel: string): string {
  return drafts.get(channel) ?? "";
}

export function keepDraft(channel: string, typed: string): void {
  if (typed) drafts.set(channel, typed);
  else drafts.delete(channel);
}

export function hasDrafts(): boolean {
  return [...drafts.values()].some((d) => d.trim() !== "");
}
