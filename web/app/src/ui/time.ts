import { text } from "../store/roomText.ts";
import { locale } from "../store/settings.ts";

const formats = new Map<string, Intl.DateTimeFormat>();

/** The habits of the reader's own region, in the language of the page. */
function region(): string[] {
  return [...navigator.languages.filter((tag) => tag.toLowerCase().startsWith(locale.value)), locale.value];
}

function format(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale.value} ${name}`;
  let found = formats.get(key);
  if (!found) formats.set(key, (found = new Intl.DateTimeFormat(region(), options)));
  return found;
}

/** 10:30, as it is written where the reader lives. */
export function clockText(time: number): string {
  return format("clock", { hour: "numeric", minute: "2-digit" }).format(time);
}

export function fullText(time: number): string {
  return format("full", { dateStyle: "full", timeStyle: "medium" }).format(time);
}

/** Today, Yesterday, or the date. */
export function dayText(time: number, now = Date.now()): string {
  const days = Math.round((new Date(now).setHours(0, 0, 0, 0) - new Date(time).setHours(0, 0, 0, 0)) / 86_400_000);
  if (days === 0) return text.value.today;
  if (days === 1) return text.value.yesterday;
  return format("day", { weekday: "long", month: "long", day: "numeric" }).format(time);
}

/** The date and the time, short: for lists of old messages. */
export function whenText(time: number): string {
  return format("when", { dateStyle: "medium", timeStyle: "short" }).format(time);
}
