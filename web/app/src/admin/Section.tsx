import type { ComponentChildren } from "preact";
import { Icon } from "../ui/Icon.tsx";
import { text } from "./text.ts";
import type { Asked } from "./useAsked.ts";

interface Props<T> {
  title: string;
  hint?: string;
  asked: Asked<T>;
  /** What one may do besides reading. */
  acts?: ComponentChildren;
  children: (value: T) => ComponentChildren;
}

/** A part of the console: what the server says, or why it says nothing. */
export function Section<T>({ title, hint, asked, acts, children }: Props<T>) {
  const t = text.value;
  const { value, refusal, busy, reload } = asked;
  return (
    <section class="section" aria-labelledby="section-title" aria-busy={busy}>
      <div class="section-head">
        <h2 id="section-title">{title}</h2>
        <div class="section-acts">
          {acts}
          <button type="button" class="secondary" onClick={() => void reload()}>
            <Icon name="retry" />
            {t.reload}
          </button>
        </div>
      </div>
      {hint && <p class="hint">{hint}</p>}
      {refusal && (
        <p class="note danger" role="alert">
          {t.problems[refusal.code] ?? refusal.text}
        </p>
      )}
      {value !== undefined && children(value)}
    </section>
  );
}
