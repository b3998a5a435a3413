import { useId } from "preact/hooks";
import { text } from "../store/dialogText.ts";
import { language, theme } from "../store/settings.ts";
import { loadPictures } from "../files/loadPictures.ts";
import { Dialog } from "./Dialog.tsx";
import { IdentitySettings } from "./IdentitySettings.tsx";

/** Language, appearance, and one's own identity. */
export function SettingsDialog({ onClose }: { onClose: () => void }) {
  const t = text.value;
  return (
    <Dialog title={t.settings} onClose={onClose}>
      <Choice
        label={t.languageLabel}
        value={language.value}
        onChange={(value) => (language.value = value)}
        options={[
          ["auto", t.languageAuto],
          ["en", "English"],
          ["zh", "简体中文"],
        ]}
      />
      <Choice
        label={t.theme}
        value={theme.value}
        onChange={(value) => (theme.value = value)}
        options={[
          ["system", t.themeSystem],
          ["light", t.themeLight],
          ["dark", t.themeDark],
        ]}
      />
      <Choice
        label={t.pictures}
        hint={t.picturesHint}
        value={loadPictures.value}
        onChange={(value) => (loadPictures.value = value)}
        options={[
          ["on", t.picturesOn],
          ["off", t.picturesOff],
        ]}
      />
      <IdentitySettings />
    </Dialog>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  hint?: string;
  value: T;
  onChange: (value: T) => void;
  options: readonly (readonly [T, string])[];
}

function Choice<T extends string>({ label, hint, value, onChange, options }: ChoiceProps<T>) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{label}</legend>
      <div class="segments">
        {options.map(([option, words]) => (
          <label key={option}>
            <input type="radio" name={name} checked={value === option} onChange={() => onChange(option)} />
            <span>{words}</span>
          </label>
        ))}
      </div>
      {hint && <p class="hint">{hint}</p>}
    </fieldset>
  );
}
