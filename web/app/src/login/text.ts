import { computed } from "@preact/signals";
import type { LoginMessages } from "../i18n/en-login.ts";
import { dictionary } from "../store/dictionary.ts";

const login = dictionary<LoginMessages>({
  en: () => import("../i18n/en-login.ts").then((m) => m.enLogin),
  zh: () => import("../i18n/zh-login.ts").then((m) => m.zhLogin),
});

/** Fetches the texts of logging in. */
export const startLoginTexts = login.start;

/** Every text that is read when one logs in. */
export const text = computed<LoginMessages>(() => login.shown.value!);
