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
  return [...drafts.values(), ...early.values()].some((d) => d.trim() !== "");
}

/** What was sent in a room before its key was there; it lives nowhere else. */
const early = new Map<string, string>();

/** Keeps what was sent too early to be sealed. */
export function keepEarly(channel: string, sent: string): void {
  early.set(channel, join(early.get(channel), sent));
}

/** It is sealed by now. */
export function dropEarly(channel: string): void {
  early.delete(channel);
}

/** What stands in the field of a room that is opened: a visit that did not come about gives back what was sent in it. */
export function takeEarly(channel: string): string {
  keepDraft(channel, join(early.get(channel), draft(channel)));
  early.delete(channel);
  return draft(channel);
}

function join(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join("\n");
}
