import { useId } from "preact/hooks";
import type { Protection } from "../store/openForm.ts";
import { text } from "../store/settings.ts";

interface Props {
  value: Protection;
  onChange: (value: Protection) => void;
  open: boolean;
  /** Whether it may be opened without encryption. */
  plain: boolean;
}

/** How the room is protected. Anything but the default is folded away and says what it gives up. */
export function ProtectionChoice({ value, onChange, open, plain }: Props) {
  const t = text.value;
  const name = useId();
  const choice = (protection: Protection, label: string, hint: string) => (
    <label class="check">
      <input
        type="radio"
        name={name}
        checked={value === protection}
        aria-describedby={`${name}-${protection}`}
        onChange={() => onChange(protection)}
      />
      <span>
        {label}
        <span class="hint" id={`${name}-${protection}`}>
          {hint}
        </span>
      </span>
    </label>
  );
  return (
    <details class="fold" open={open || value !== "encrypted"}>
      <summary>{t.compatibility}</summary>
      <fieldset>
        <legend class="visually-hidden">{t.compatibility}</legend>
        {choice("encrypted", t.modeEncrypted, t.modeEncryptedHint)}
        {choice("compat", t.modeCompat, t.modeCompatHint)}
        {plain && choice("plain", t.modePlain, t.modePlainHint)}
      </fieldset>
    </details>
  );
}
