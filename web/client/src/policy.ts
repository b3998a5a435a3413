import type { HistoryPolicy } from "./types.ts";

/** The server's word on what it keeps of a room, or `undefined` when it says nothing that is understood. */
export function readPolicy(history: unknown): HistoryPolicy | undefined {
  if (typeof history !== "object" || history === null) return undefined;
  const { mode, days, count, ttl } = history as Record<string, unknown>;
  if (mode !== "off" && mode !== "encrypted" && mode !== "on") return undefined;
  return { mode, days: number(days), count: number(count), ttl: number(ttl) };
}

/** Whether what is said in the room is kept for those who are away. */
export function keeps(policy: HistoryPolicy | undefined, encrypted: boolean): boolean {
  return policy?.mode === "on" || (policy?.mode === "encrypted" && encrypted);
}

function number(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
