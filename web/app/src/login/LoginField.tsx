import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../ui/Icon.tsx";

interface Props {
  label: string;
  /** What password managers know it by. */
  kind: "username" | "current-password" | "new-password";
  value: string;
  onInput: (value: string) => void;
  hint?: string | undefined;
  /** What is wrong with it; the field takes the focus when this appears. */
  problem?: string | undefined;
  focusFirst?: boolean;
  /** What the button says that shows a password, and hides it. */
  reveal?: readonly [show: string, hide: string];
}

/** A name or a password, as browsers and password managers expect it. */
export function LoginField({ label, kind, value, onInput, hint, problem, focusFirst, reveal }: Props) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (problem || focusFirst) input.current?.focus();
  }, [problem]);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="input">
        <input
          ref={input}
          id={id}
          name={kind === "username" ? "username" : "password"}
          type={(kind === "username" || shown ? "text" : "password") as "text"}
          autoComplete={kind}
          autoCapitalize="off"
          spellcheck={false}
          dir="auto"
          required
          value={value}
          onInput={(event) => onInput(event.currentTarget.value)}
          aria-invalid={problem ? "true" : undefined}
          aria-describedby={hint ? `${id}-hint ${id}-problem` : `${id}-problem`}
        />
        {reveal && (
          <button type="button" class="icon-button" aria-label={reveal[shown ? 1 : 0]} onClick={() => setShown(!shown)}>
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
