import { keeps } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { locale } from "../store/settings.ts";

/** What the server keeps of the room, in a sentence; nothing when it has not said so. */
export function historyText(opened: OpenRoom): string | undefined {
  const t = text.value;
  const policy = opened.history.value;
  if (!policy) return undefined;
  const { encrypted } = opened.room;
  if (!keeps(policy, encrypted)) return t.keptNothing;
  const count = new Intl.NumberFormat(locale.value).format(policy.count);
  return encrypted ? t.keptSealed(policy.days, count) : t.keptPlain(policy.days, count);
}

/** A time in words: 30 seconds, 5 minutes, 1 day. */
export function durationText(seconds: number): string {
  const units = [
    ["week", 604_800],
    ["day", 86_400],
    ["hour", 3_600],
    ["minute", 60],
    ["second", 1],
  ] as const;
  const [unit, size] = units.find(([, length]) => seconds % length === 0) ?? units[4];
  return new Intl.NumberFormat(locale.value, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}
