import { tint } from "../store/items.ts";

type Who = { nick: string; color?: string };

/** Hue and strength of a person's colour, for the style sheet to make readable in either theme. */
export function tintStyle(who: Who): Record<string, string> {
  const { hue, grey } = tint(who);
  return { "--hue": String(hue), "--chroma": grey ? "0.01" : "0.11" };
}

/** The first character of a name in the person's colour. */
export function Avatar({ who }: { who: Who }) {
  const first = [...new Intl.Segmenter().segment(who.nick)][0]?.segment ?? "?";
  return (
    <span class="avatar" aria-hidden="true" style={tintStyle(who)}>
      {first.toUpperCase()}
    </span>
  );
}
