import type { Row, Told } from "../store/items.ts";
import { text } from "../store/roomText.ts";
import { durationText } from "./historyText.ts";

/** Comings and goings shown by name before the rest is only counted. */
const mostNames = 6;

/** Kinds that are worth a second look. */
const warning = new Set<Told["kind"]>(["missing", "warn", "undone"]);

/** What happened besides messages, in one small line. */
export function QuietLine({ row }: { row: Row & { type: "quiet" } }) {
  const t = text.value;
  const shown = row.quiets.slice(-mostNames);
  const hidden = row.quiets.length - shown.length;
  const warns = warning.has(row.quiets[0]!.kind);
  return (
    <p class={warns ? "quiet warns" : "quiet"} data-key={row.key}>
      {hidden > 0 && <span>{t.more(hidden)} · </span>}
      {shown.map((quiet, i) => (
        <span key={i} dir="auto">
          {i > 0 && " · "}
          {words(quiet)}
        </span>
      ))}
    </p>
  );
}

function words(quiet: Told) {
  const t = text.value;
  switch (quiet.kind) {
    case "joined":
      return t.joined(quiet.nick);
    case "left":
      return t.left(quiet.nick);
    case "returned":
      return t.returned(quiet.nick);
    case "renamed":
      return t.renamed(quiet.from, quiet.nick);
    case "missing":
      return t.missing(quiet.count, quiet.nick);
    case "invite":
      return (
        <>
          {t.invite(quiet.nick)} <a href={`#/r/${encodeURIComponent(quiet.channel)}`}>{quiet.channel}</a>
        </>
      );
    case "timer":
      return quiet.ttl > 0 ? t.timerSet(quiet.nick, durationText(quiet.ttl)) : t.timerOff(quiet.nick);
    case "undone":
      return quiet.code === "forbidden" ? t.undoneForbidden : t.undone(t.refusals[quiet.code] ?? quiet.text);
    case "warn":
      return t.refusals[quiet.code] ?? quiet.text;
    case "info":
      return quiet.text;
  }
}
