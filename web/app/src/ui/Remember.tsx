import { useId } from "preact/hooks";
import { text } from "../store/settings.ts";
import { forgets } from "../store/storage.ts";

/** Whether the room's key stays on this device, where it can. */
export function Remember({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const t = text.value;
  const hint = useId();
  if (forgets.value) return null;
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
