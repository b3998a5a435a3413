import { computed } from "@preact/signals";
import type { Messages } from "../i18n/en.ts";
import type { RoomMessages } from "../i18n/en-room.ts";
import { dictionary } from "./dictionary.ts";
import { text as startText } from "./settings.ts";

const room = dictionary<RoomMessages>({
  en: () => import("../i18n/en-room.ts").then((m) => m.enRoom),
  zh: () => import("../i18n/zh-room.ts").then((m) => m.zhRoom),
});

/** Fetches the texts of rooms. */
export const startRoomTexts = room.start;

/** Every text that is read in a room, but those of its dialogs. */
export const text = computed<Messages & RoomMessages>(() => ({ ...startText.value, ...room.shown.value! }));
