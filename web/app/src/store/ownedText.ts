import { computed } from "@preact/signals";
import type { Refusal } from "@hcchat/client";
import type { OwnedMessages } from "../i18n/en-owned.ts";
import { dictionary } from "./dictionary.ts";
import { text as start } from "./settings.ts";

const owned = dictionary<OwnedMessages>({
  en: () => import("../i18n/en-owned.ts").then((m) => m.enOwned),
  zh: () => import("../i18n/zh-owned.ts").then((m) => m.zhOwned),
});

/** Fetches the texts about rooms that belong to somebody. */
export const startOwnedTexts = owned.start;

/** The texts about rooms that belong to somebody, for what is fetched by `fetchOwned`. */
export const text = computed<OwnedMessages>(() => owned.shown.value!);

/** What is wrong, in the language that is read. */
export function problemOf(refusal: Refusal | undefined): string | undefined {
  return refusal && (text.value.problems[refusal.code] ?? start.value.refusals[refusal.code] ?? refusal.text);
}
