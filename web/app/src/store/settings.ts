import { computed, effect, signal } from "@preact/signals";
import type { Messages } from "../i18n/en.ts";
import { load, save } from "./storage.ts";

export type Locale = "en" | "zh";
export type Theme = "system" | "light" | "dark";

/** Only the language that is read is fetched. */
const dictionaries: Record<Locale, () => Promise<Messages>> = {
  en: () => import("../i18n/en.ts").then((m) => m.en),
  zh: () => import("../i18n/zh.ts").then((m) => m.zh),
};

/** What the reader chose; `auto` follows the browser's languages. */
export const language = signal<Locale | "auto">(load("language", "auto"));
export const theme = signal<Theme>(load("theme", "system"));
/** The name used last, offered next time: in this tab, else in any. */
export const lastNick = signal<string>(load("nick", load("nick", ""), "sessionStorage"));

/** The first of the reader's languages that we have, else English. */
export function pickLocale(languages: readonly string[]): Locale {
  for (const tag of languages) {
    if (/^zh\b/i.test(tag)) return "zh";
    if (/^en\b/i.test(tag)) return "en";
  }
  return "en";
}

const wanted = computed<Locale>(() => (language.value === "auto" ? pickLocale(navigator.languages) : language.value));
const shown = signal<{ locale: Locale; text: Messages } | undefined>(undefined);

/** The language on the screen: the wanted one, as soon as its texts are here. */
export const locale = computed<Locale>(() => shown.value?.locale ?? wanted.value);

/** Every text of the interface. Settled before the first drawing. */
export const text = computed<Messages>(() => shown.value!.text);

async function show(next: Locale): Promise<void> {
  const found = await dictionaries[next]();
  if (wanted.peek() === next) shown.value = { locale: next, text: found };
}

/** Applies the settings to the page and keeps them, from now on. Settles when there are texts to draw with. */
export async function startSettings(): Promise<void> {
  effect(() => {
    document.documentElement.lang = locale.value === "zh" ? "zh-CN" : "en";
    document.documentElement.dataset["theme"] = theme.value;
  });
  await show(wanted.peek());
  effect(() => void show(wanted.value));
  effect(() => save("language", language.value));
  effect(() => save("theme", theme.value));
  effect(() => save("nick", lastNick.value));
  effect(() => save("nick", lastNick.value, "sessionStorage"));
}
