import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { incomplete } from "../store/session.ts";
import { language, locale, text } from "../store/settings.ts";
import { fetchLater } from "./fetchLater.ts";
import { Icon } from "./Icon.tsx";
import { lazy } from "./lazy.tsx";

const SettingsDialog = lazy(() => fetchLater().then((m) => m.SettingsDialog));

/** The first page of a visit leaves the focus alone. */
let beenElsewhere = false;

/** The quiet page outside of rooms: a heading, a column, and what concerns the whole application below. */
export function Sheet({
  heading,
  lead,
  children,
}: {
  heading: string;
  lead?: string | undefined;
  children: ComponentChildren;
}) {
  const t = text.value;
  const [settings, setSettings] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // Whoever comes from a room by keyboard or screen reader starts at the top, unless a field has taken the focus.
    if (beenElsewhere && document.activeElement === document.body) title.current!.focus();
    beenElsewhere = true;
  }, []);
  return (
    <div class="sheet">
      <main>
        <header class="masthead">
          <img src="./icon.svg" alt="" width="44" height="44" />
          <h1 dir="auto" tabIndex={-1} ref={title}>
            {heading}
          </h1>
          {lead && <p class="muted">{lead}</p>}
        </header>
        {incomplete.value && (
          <p class="note danger" role="alert">
            {t.incomplete}
          </p>
        )}
        {children}
      </main>
      <footer>
        <button
          type="button"
          class="quiet-button"
          lang={locale.value === "zh" ? "en" : "zh-CN"}
          onClick={() => (language.value = locale.value === "zh" ? "en" : "zh")}
        >
          {locale.value === "zh" ? "English" : "简体中文"}
        </button>
        <button type="button" class="quiet-button" onClick={() => setSettings(true)}>
          <Icon name="settings" />
          {t.settings}
        </button>
      </footer>
      {settings && <SettingsDialog onClose={() => setSettings(false)} />}
    </div>
  );
}
