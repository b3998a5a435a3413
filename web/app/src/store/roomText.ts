import { computed, effect, signal } from "@preact/signals";
import type { Messages } from "../i18n/en.ts";
import type { RoomMessages } from "../i18n/en-room.ts";
import { type Locale, locale, text as startText } from "./settings.ts";

/** Only the language that is read is fetched. */
const dictionaries: Record<Locale, () => Promise<RoomMessages>> = {
  en: () => import("../i18n/en-room.ts").then((m) => m.enRoom),
  zh: () => import("../i18n/zh-room.ts").then((m) => m.zhRoom),
};

const shown = signal<RoomMessages | undefined>(undefined);
let started = false;

async function show(wanted: Locale): Promise<void> {
  const found = await dictionaries[wanted]();
  if (locale.peek() === wanted) shown.value = found;
}

/** Fetches the texts of rooms, and follows the language from then on. Settles when there are texts to draw with. */
export async function startRoomTexts(): Promise<void> {
  if (!started) effect(() => void show(locale.value).catch(() => undefined));
  started = true;
  await show(locale.peek());
}

/** Every text of the interface; to be read in a room only. */
export const text = computed<Messages & RoomMessages>(() => ({ ...startText.value, ...shown.value! }));
