import { useId } from "preact/hooks";
import { text } from "../store/settings.ts";

/** Whether the room's key stays on this device. */
export function Remember({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const t = text.value;
  const hint = useId();
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={checked}
        aria-describedby={hint}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
      <span>
        {t.remember}
        <span class="hint" id={hint}>
          {t.rememberHint}
        </span>
      </span>
    </label>
  );
}
