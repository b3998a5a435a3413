import { computed } from "@preact/signals";
import type { AdminMessages } from "../i18n/en-admin.ts";
import { dictionary } from "../store/dictionary.ts";
import { locale } from "../store/settings.ts";

const admin = dictionary<AdminMessages>({
  en: () => import("../i18n/en-admin.ts").then((m) => m.enAdmin),
  zh: () => import("../i18n/zh-admin.ts").then((m) => m.zhAdmin),
});

export const startAdminTexts = admin.start;

/** Every text of the page of operators. */
export const text = computed<AdminMessages>(() => admin.shown.value!);

const tag = computed(() => (locale.value === "zh" ? "zh-CN" : "en"));
const times = computed(() => new Intl.DateTimeFormat(tag.value, { dateStyle: "medium", timeStyle: "short" }));
const numbers = computed(() => new Intl.NumberFormat(tag.value));
const sizes = computed(() => new Intl.NumberFormat(tag.value, { maximumFractionDigits: 1 }));

/** A point in time, ms since 1970, as the reader writes it. */
export const time = (ms: number): string => times.value.format(ms);

/** A number, or a dash for one that is not known. */
export const number = (of: number | null | undefined): string => (of == null ? "–" : numbers.value.format(of));

/** A number of bytes. */
export function size(bytes: number | null | undefined): string {
  if (bytes == null) return "–";
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${sizes.value.format(bytes / 2 ** (10 * power))} ${units[power]}`;
}
