import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { text } from "../store/settings.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  label: string;
  value: string;
  onInput: (value: string) => void;
  hint?: ComponentChildren;
  /** What is wrong with it; the field takes the focus when this appears. */
  problem?: string | undefined;
  optional?: boolean;
  /** Hidden while typing, with a button that shows it. */
  secret?: boolean;
  maxLength?: number;
  autoComplete?: string;
  focusFirst?: boolean;
}

/** A labelled line of text, with its hint and its problem tied to it for screen readers. */
export function Field({
  label,
  value,
  onInput,
  hint,
  problem,
  optional,
  secret,
  maxLength,
  autoComplete = "off",
  focusFirst,
}: Props) {
  const t = text.value;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (problem || focusFirst) input.current?.focus();
  }, [problem]);
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="muted"> · {t.optional}</span>}
      </label>
      <div class="input">
        <input
          ref={input}
          id={id}
          type={(secret && !shown ? "password" : "text") as "text"}
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
          maxLength={maxLength}
          autoComplete={autoComplete}
          autoCapitalize="off"
          spellcheck={false}
          dir="auto"
          aria-invalid={problem ? "true" : undefined}
          aria-describedby={hint ? `${id}-hint ${id}-problem` : `${id}-problem`}
        />
        {secret && (
          <button
            type="button"
            class="icon-button"
            aria-label={shown ? t.hidePassphrase : t.showPassphrase}
            onClick={() => setShown(!shown)}
          >
            <Icon name={shown ? "eyeOff" : "eye"} />
          </button>
        )}
      </div>
      <p id={`${id}-problem`} class="problem" role="alert">
        {problem}
      </p>
      {hint && (
        <p id={`${id}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  );
}
