import { formatLink, newRoom } from "@hcchat/client";
import { describe, expect, it } from "vitest";
import { readCommand, whisperTarget } from "../src/store/commands.ts";
import { draft, dropEarly, hasDrafts, keepDraft, keepEarly, takeEarly } from "../src/store/drafts.ts";
import { fixedFields, guessable, nextNick, readForm, type FormInput } from "../src/store/openForm.ts";
import { barFragment, readRoute } from "../src/store/route.ts";

describe("what is typed", () => {
  it.each([
    ["hello", { kind: "say", text: "hello" }],
    ["//me is a command", { kind: "say", text: "/me is a command" }],
    ["// a comment", { kind: "say", text: "// a comment" }],
    ["/ alone", { kind: "say", text: "/ alone" }],
    ["/me waves 👋", { kind: "emote", text: "waves 👋" }],
    ["/ME waves", { kind: "emote", text: "waves" }],
    ["/whisper Bob two\nlines", { kind: "whisper", nick: "Bob", text: "two\nlines" }],
    ["/w @小明 你好", { kind: "whisper", nick: "小明", text: "你好" }],
    ["/nick Ann_2", { kind: "nick", value: "Ann_2" }],
    ["/color #a1b2c3", { kind: "color", value: "#a1b2c3" }],
    ["/leave", { kind: "leave" }],
    ["/help", { kind: "help" }],
    ["/whisper Bob", { kind: "incomplete", usage: "whisper" }],
    ["/me", { kind: "incomplete", usage: "me" }],
    ["/nick  ", { kind: "incomplete", usage: "nick" }],
    ["/usr/bin/env", { kind: "unknown", name: "usr/bin/env" }],
  ])("%j is understood", (typed, command) => {
    expect(readCommand(typed)).toEqual(command);
  });

  it("tells whom a whisper is for while it is being written", () => {
    expect(whisperTarget("/whisper Bob")).toBe("Bob");
    expect(whisperTarget("/w Bob hello")).toBe("Bob");
    expect(whisperTarget("/me Bob")).toBeUndefined();
  });

  it("is kept per room until it is sent", () => {
    keepDraft("a", "half a sentence");
    keepDraft("b", " ");
    expect([draft("a"), draft("b"), draft("c")]).toEqual(["half a sentence", " ", ""]);
    expect(hasDrafts()).toBe(true);
    keepDraft("a", "");
    expect(hasDrafts()).toBe(false);
  });

  it("has what was sent before there was a key, when the visit does not come about", () => {
    keepEarly("a", "one");
    keepEarly("a", "two");
    keepDraft("a", "three");
    expect(hasDrafts()).toBe(true);
    expect(takeEarly("a")).toBe("one\ntwo\nthree");
    expect(takeEarly("a")).toBe("one\ntwo\nthree");
    keepEarly("a", "four");
    dropEarly("a");
    expect(takeEarly("a")).toBe("one\ntwo\nthree");
    keepDraft("a", "");
    expect(hasDrafts()).toBe(false);
  });
});

describe("the address bar", () => {
  const room = { ...newRoom("Tea"), salt: new Uint8Array([1, 2, 3]) };
  const link = formatLink("https://chat.example", room, { secret: true });

  it("opens a room by its link", () => {
    const route = readRoute(link);
    expect(route).toMatchObject({ kind: "room", mode: "encrypted", address: { channel: room.channel, title: "Tea" } });
  });

  it("keeps neither key nor salt nor title", () => {
    const kept = barFragment(room);
    expect(kept).toBe(`#/r/${room.channel}?e=1`);
    expect(readRoute(kept)).toEqual({
      kind: "room",
      mode: "encrypted",
      address: { channel: room.channel, encrypted: true },
    });
  });

  it("says plain only where the link says so", () => {
    expect(readRoute("#/r/lounge")).toMatchObject({ mode: "unsaid" });
    expect(readRoute("#/r/lounge?e=0")).toMatchObject({ mode: "plain" });
    expect(readRoute(barFragment({ channel: "lounge", encrypted: false }))).toMatchObject({ mode: "plain" });
    expect(readRoute(`${link}&e=0`)).toMatchObject({ kind: "broken" });
  });

  it("says what is wrong with a damaged link instead of opening something else", () => {
    expect(readRoute("#/r/tea?k=short")).toEqual({ kind: "broken", error: "bad_key" });
    expect(readRoute("https://chat.example/#/elsewhere")).toEqual({ kind: "start" });
  });
});

describe("the form that opens a room", () => {
  const input = (part: Partial<FormInput>): FormInput => ({
    room: "",
    secret: "",
    protection: "encrypted",
    remember: false,
    ...part,
  });
  const room = newRoom("Tea");
  const full = formatLink("https://chat.example", room, { secret: true });
  const bare = formatLink("https://chat.example", room, { secret: false });

  it("takes a name and a passphrase", () => {
    expect(readForm(input({ room: " tea ", secret: "six words" }), undefined, true)).toEqual({
      ok: true,
      address: { channel: "tea", encrypted: true, remember: false, passphrase: "six words" },
    });
  });

  it("takes a full link without asking for more", () => {
    expect(fixedFields(input({ room: full }), undefined)).toEqual({ plain: false, needsSecret: false });
    expect(readForm(input({ room: full, remember: true }), undefined, false)).toEqual({
      ok: true,
      address: { ...room, remember: true },
    });
  });

  it("never opens an encrypted link as a plain room", () => {
    const choice = input({ room: bare, protection: "plain" });
    expect(fixedFields(choice, undefined)).toEqual({ plain: false, needsSecret: true });
    expect(readForm(choice, undefined, true)).toEqual({ ok: false, field: "secret", problem: "passphraseMissing" });
  });

  it("opens a plain room only when that was chosen", () => {
    expect(readForm(input({ room: "lounge", protection: "plain" }), undefined, false)).toEqual({
      ok: true,
      address: { channel: "lounge", encrypted: false },
    });
    expect(readForm(input({ room: "lounge" }), undefined, true)).toMatchObject({ ok: false, field: "secret" });
  });

  it("takes a link where the passphrase is asked, if it is for this room and has the key", () => {
    const known = { channel: room.channel, encrypted: true };
    expect(readForm(input({ secret: full }), known, true)).toMatchObject({ ok: true, address: { key: room.key } });
    expect(readForm(input({ secret: bare }), known, true)).toMatchObject({ problem: "linkNoKey" });
    expect(readForm(input({ secret: full }), { channel: "other", encrypted: true }, true)).toMatchObject({
      problem: "linkOtherRoom",
    });
  });

  it("knows a passphrase that is easy to guess", () => {
    for (const weak of ["a", "hunter2", "correct horse", "密码123", "２０２６１１２３"])
      expect(guessable(weak), weak).toBe(true);
    for (const good of ["correct horse battery staple", "春眠不觉晓处处", "k3#Vq9!zLm2$Tw8@pR"])
      expect(guessable(good), good).toBe(false);
  });

  it("offers a name that is likely to be free", () => {
    expect(["Ann", "Ann_2", "Ann_b", "小明_9", "_7"].map(nextNick)).toEqual([
      "Ann_2",
      "Ann_3",
      "Ann_b_2",
      "小明_10",
      "_7_2",
    ]);
    expect([...nextNick("👋".repeat(24))]).toHaveLength(24);
    expect(nextNick("x".repeat(24))).toBe(`${"x".repeat(22)}_2`);
  });

  it("asks again when the remembered key turns out to be missing", () => {
    const known = { channel: "tea", encrypted: true, remember: true };
    expect(fixedFields(input({}), known).needsSecret).toBe(false);
    expect(fixedFields(input({}), known, "no_key").needsSecret).toBe(true);
  });
});

describe("what opens the door of a room", () => {
  const form: FormInput = { room: "", secret: "", protection: "plain", remember: false };
  const invited = { channel: "tea", encrypted: false, invite: "abc" };

  it("stays with the room, whether it is pasted or was opened", () => {
    expect(readForm(form, { ...invited, password: "sesame" }, false)).toEqual({
      ok: true,
      address: { ...invited, password: "sesame" },
    });
    expect(readForm({ ...form, room: "https://chat.example/#/r/tea?i=abc&e=0" }, undefined, false)).toEqual({
      ok: true,
      address: invited,
    });
  });

  it("is not in the address bar, and in a link only when it is meant for others", () => {
    expect(barFragment(invited)).toBe("#/r/tea?e=0");
    expect(formatLink("https://chat.example", invited, { secret: false })).toBe("https://chat.example/#/r/tea");
    expect(formatLink("https://chat.example", { ...invited, password: "p" }, { secret: true })).toBe(
      "https://chat.example/#/r/tea?i=abc",
    );
  });
});
