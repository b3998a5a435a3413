import { computed } from "@preact/signals";
import type { Refusal } from "@hcchat/client";
import type { CallsMessages } from "../i18n/en-calls.ts";
import { dictionary } from "./dictionary.ts";
import { text as start } from "./settings.ts";

const calls = dictionary<CallsMessages>({
  en: () => import("../i18n/en-calls.ts").then((m) => m.enCalls),
  zh: () => import("../i18n/zh-calls.ts").then((m) => m.zhCalls),
});

/** Fetches the texts about calls. */
export const startCallsTexts = calls.start;

/** The texts about calls, for what is fetched by `fetchCalls`. */
export const text = computed<CallsMessages>(() => calls.shown.value!);

/** What is wrong with a call, in the language that is read. */
export function problemOf({ code, text: words }: Refusal): string {
  return (text.value.problems as Record<string, string>)[code] ?? start.value.refusals[code] ?? words;
}
