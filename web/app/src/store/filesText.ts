import { computed } from "@preact/signals";
import type { Refusal } from "@hcchat/client";
import type { FilesMessages } from "../i18n/en-files.ts";
import { dictionary } from "./dictionary.ts";
import { text as start } from "./settings.ts";

const files = dictionary<FilesMessages>({
  en: () => import("../i18n/en-files.ts").then((m) => m.enFiles),
  zh: () => import("../i18n/zh-files.ts").then((m) => m.zhFiles),
});

/** Fetches the texts about files. */
export const startFilesTexts = files.start;

/** The texts about files, for what is fetched by `fetchFiles`. */
export const text = computed<FilesMessages>(() => files.shown.value!);

/** What is wrong with a file, in the language that is read. */
export function problemOf({ code, text: words }: Refusal): string {
  return text.value.problems[code] ?? start.value.refusals[code] ?? words;
}
