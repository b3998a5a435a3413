/** What a line in the composer asks for. */
export type Command =
  | { kind: "say" | "emote"; text: string }
  | { kind: "whisper"; nick: string; text: string }
  | { kind: "nick" | "color"; value: string }
  | { kind: "leave" | "help" }
  /** A known command without what it needs; `usage` names its entry in the help. */
  | { kind: "incomplete"; usage: "me" | "whisper" | "nick" | "color" }
  | { kind: "unknown"; name: string };

/** Reads what was typed. `//x` says `/x`; code and paths that begin with a slash are therefore sayable. */
export function readCommand(typed: string): Command {
  if (!/^\/\S/.test(typed)) return { kind: "say", text: typed };
  if (typed.startsWith("//")) return { kind: "say", text: /^\/\/\S/.test(typed) ? typed.slice(1) : typed };
  const [, name = "", rest = ""] = /^\/(\S*)\s*([^]*)$/.exec(typed) ?? [];
  const value = rest.trim();
  switch (name.toLowerCase()) {
    case "me":
      return value ? { kind: "emote", text: value } : { kind: "incomplete", usage: "me" };
    case "w":
    case "whisper": {
      const target = whisperTarget(typed);
      const text = value.replace(/^\S+\s*/, "");
      return target && text ? { kind: "whisper", nick: target, text } : { kind: "incomplete", usage: "whisper" };
    }
    case "nick":
    case "color":
      return value
        ? { kind: name.toLowerCase() as "nick" | "color", value }
        : { kind: "incomplete", usage: name.toLowerCase() as "nick" | "color" };
    case "leave":
    case "help":
      return { kind: name.toLowerCase() as "leave" | "help" };
    default:
      return { kind: "unknown", name: name.slice(0, 24) };
  }
}

/** Whom a whisper that is being written is for. */
export function whisperTarget(typed: string): string | undefined {
  return /^\/(?:w|whisper)\s+@?(\S+)\s/i.exec(`${typed} `)?.[1];
}
