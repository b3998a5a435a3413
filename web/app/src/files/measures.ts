import { locale } from "../store/settings.ts";

const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

function inUnit(value: number, unit: string, digits: number): string {
  const format = {
    style: "unit",
    unit,
    unitDisplay: unit === "byte" ? "long" : "short",
    maximumFractionDigits: digits,
  } as const;
  return new Intl.NumberFormat(locale.value, format).format(value);
}

/** A number of bytes: `3.2 MB`. */
export function sizeText(bytes: number, perSecond = false): string {
  const power = bytes < 1_000 ? 0 : bytes < 1e6 ? 1 : bytes < 1e9 ? 2 : 3;
  const value = bytes / 1000 ** power;
  return inUnit(value, units[power]! + (perSecond ? "-per-second" : ""), power > 0 && value < 100 ? 1 : 0);
}

/** A time to wait: `40 sec`, `3 min`, `2 hr`. */
export function waitText(seconds: number): string {
  if (seconds < 90) return inUnit(Math.max(1, Math.round(seconds)), "second", 0);
  if (seconds < 5400) return inUnit(Math.round(seconds / 60), "minute", 0);
  return inUnit(seconds / 3600, "hour", 1);
}

/** A length as players show it: `3:05`, `1:02:03`. @param ms milliseconds */
export function lengthText(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 1000));
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export const number = (value: number) => new Intl.NumberFormat(locale.value).format(value);
