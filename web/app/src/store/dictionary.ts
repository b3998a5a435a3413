import { effect, signal, type ReadonlySignal } from "@preact/signals";
import { type Locale, locale } from "./settings.ts";

/** Texts that are fetched when they are wanted, and only in the language that is read. */
export interface Dictionary<Texts> {
  /** Nothing until it was started. */
  readonly shown: ReadonlySignal<Texts | undefined>;
  /** Fetches the texts, and follows the language from then on. Settles when there are texts to draw with. */
  start(): Promise<void>;
}

/** A dictionary of such texts. */
export function dictionary<Texts>(languages: Record<Locale, () => Promise<Texts>>): Dictionary<Texts> {
  const shown = signal<Texts | undefined>(undefined);
  let started = false;
  const show = async (wanted: Locale) => {
    const found = await languages[wanted]();
    if (locale.peek() === wanted) shown.value = found;
  };
  const start = async () => {
    if (!started) effect(() => void show(locale.value).catch(() => undefined));
    started = true;
    await show(locale.peek());
  };
  return { shown, start };
}
