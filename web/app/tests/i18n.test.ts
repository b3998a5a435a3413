import { describe, expect, it } from "vitest";
import { en as enStart } from "../src/i18n/en.ts";
import { enAdmin } from "../src/i18n/en-admin.ts";
import { enCalls } from "../src/i18n/en-calls.ts";
import { enDialogs } from "../src/i18n/en-dialogs.ts";
import { enFiles } from "../src/i18n/en-files.ts";
import { enOwned } from "../src/i18n/en-owned.ts";
import { enLogin } from "../src/i18n/en-login.ts";
import { enRoom } from "../src/i18n/en-room.ts";
import { enRoomSettings, zhRoomSettings } from "../src/i18n/settings-of-rooms.ts";
import { zh as zhStart } from "../src/i18n/zh.ts";
import { zhAdmin } from "../src/i18n/zh-admin.ts";
import { zhCalls } from "../src/i18n/zh-calls.ts";
import { zhDialogs } from "../src/i18n/zh-dialogs.ts";
import { zhFiles } from "../src/i18n/zh-files.ts";
import { zhOwned } from "../src/i18n/zh-owned.ts";
import { zhLogin } from "../src/i18n/zh-login.ts";
import { zhRoom } from "../src/i18n/zh-room.ts";
import { pickLocale } from "../src/store/settings.ts";

const en = {
  ...enStart,
  ...enRoom,
  ...enDialogs,
  settings: enRoomSettings,
  owned: enOwned,
  files: enFiles,
  calls: enCalls,
  login: enLogin,
  admin: enAdmin,
};
const zh = {
  ...zhStart,
  ...zhRoom,
  ...zhDialogs,
  settings: zhRoomSettings,
  owned: zhOwned,
  files: zhFiles,
  calls: zhCalls,
  login: zhLogin,
  admin: zhAdmin,
};

/** Every path to a text, with the number of arguments it takes. */
function paths(value: unknown, at = ""): string[] {
  if (typeof value === "function") return [`${at}(${value.length})`];
  if (typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${at}.${key}`));
}

function texts(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "function") return [String((value as (...args: unknown[]) => string)(7, "Ann"))];
  return Object.values(value as object).flatMap(texts);
}

describe("the two languages", () => {
  it("have the same texts, refusals and error words included", () => {
    expect(paths(zh).sort()).toEqual(paths(en).sort());
  });

  it("leave nothing empty", () => {
    for (const text of [...texts(en), ...texts(zh)]) expect(text.trim()).not.toBe("");
  });

  it("are not mixed up", () => {
    expect(texts(en).filter((text) => /\p{Script=Han}/u.test(text))).toEqual([]);
    const withoutHan = texts(zh).filter((text) => !/\p{Script=Han}/u.test(text));
    expect(withoutHan.sort()).toEqual(["/color a1b2c3", "/help", "/leave", "Ctrl+F", "Enter，Shift+Enter", "↑"]);
  });

  it("use every argument they are given", () => {
    for (const dictionary of [en, zh, enFiles, zhFiles, enCalls, zhCalls, enLogin, zhLogin, enAdmin, zhAdmin]) {
      for (const value of Object.values(dictionary)) {
        if (typeof value !== "function") continue;
        const marks = ["«1»", "«2»", "«3»"].slice(0, value.length);
        const text = (value as (...args: string[]) => string)(...marks);
        for (const mark of marks) expect(text).toContain(mark);
      }
    }
  });
});

describe("the language of the page", () => {
  it.each([
    [["zh-CN", "en"], "zh"],
    [["zh"], "zh"],
    [["fr", "zh-TW", "en"], "zh"],
    [["en-GB", "zh"], "en"],
    [["fr"], "en"],
    [[], "en"],
  ] as const)("for %j is %s", (languages, locale) => {
    expect(pickLocale(languages)).toBe(locale);
  });
});
