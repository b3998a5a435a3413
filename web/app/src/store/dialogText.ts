import { computed } from "@preact/signals";
import type { DialogMessages } from "../i18n/en-dialogs.ts";
import type { Messages } from "../i18n/en.ts";
import type { RoomMessages } from "../i18n/en-room.ts";
import { dictionary } from "./dictionary.ts";
import { startRoomTexts, text as roomText } from "./roomText.ts";

const dialogs = dictionary<DialogMessages>({
  en: () => import("../i18n/en-dialogs.ts").then((m) => m.enDialogs),
  zh: () => import("../i18n/zh-dialogs.ts").then((m) => m.zhDialogs),
});

/** Fetches the texts of dialogs, wherever they are shown. */
export async function startDialogTexts(): Promise<void> {
  await Promise.all([startRoomTexts(), dialogs.start()]);
}

/** Every text of the interface; for what is fetched by `fetchLater`. */
export const text = computed<Messages & RoomMessages & DialogMessages>(() => ({
  ...roomText.value,
  ...dialogs.shown.value!,
}));
