import { computed, effect, signal } from '@preact/signals';
import { en, type Messages } from '../i18n/en.ts';
import { zh } from '../i18n/zh.ts';
import { load, save } from './storage.ts';

export type Locale = 'en' | 'zh';
export type Theme = 'system' | 'light' | 'dark';

const dictionaries: Record<Locale, Messages> = { en, zh };

/** What the reader chose; `auto` follows the browser's languages. */
export const language = signal<Locale | 'auto'>(load('language', 'auto'));
export const theme = signal<Theme>(load('theme', 'system'));
/** The name used last, offered next time. */
export const lastNick = signal<string>(load('nick', ''));

/** The first of the reader's languages that we have, else English. */
export function pickLocale(languages: readonly string[]): Locale {
  for (const tag of languages) {
    if (/^zh\b/i.test(tag)) return 'zh';
    if (/^en\b/i.test(tag)) return 'en';
  }
  return 'en';
}

export const locale = computed<Locale>(() => (language.value === 'auto' ? pickLocale(navigator.languages) : language.value));

/** Every text of the interface in the present language. */
export const text = computed<Messages>(() => dictionaries[locale.value]);

/** Applies the settings to the page and keeps them, from now on. */
export function startSettings(): void {
  effect(() => {
    document.documentElement.lang = locale.value === 'zh' ? 'zh-CN' : 'en';
    document.documentElement.dataset.theme = theme.value;
  });
  effect(() => save('language', language.value));
  effect(() => save('theme', theme.value));
  effect(() => save('nick', lastNick.value));
}
