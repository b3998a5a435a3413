import { useEffect, useRef, useState } from "preact/hooks";
import { Who } from "../login/lazy.ts";
import { methods } from "../login/methods.ts";
import { text } from "../store/settings.ts";
import { Forgetful } from "./Forgetful.tsx";
import { NewRoomForm } from "./NewRoomForm.tsx";
import { OpenRoomForm } from "./OpenRoomForm.tsx";
import { RecentRooms } from "./RecentRooms.tsx";
import { Sheet } from "./Sheet.tsx";

/** Create a room or open one. */
export function StartPage({ problem }: { problem: string | undefined }) {
  const t = text.value;
  const [tab, setTab] = useState<"new" | "open">(problem ? "open" : "new");
  const tabs = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (problem) setTab("open");
  }, [problem]);

  const move = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    setTab(tab === "new" ? "open" : "new");
    tabs.current?.querySelector<HTMLElement>("[aria-selected=false]")?.focus();
  };

  const choice = (name: "new" | "open", label: string) => (
    <button
      type="button"
      role="tab"
      id={`tab-${name}`}
      aria-controls="tab-panel"
      aria-selected={tab === name}
      tabIndex={tab === name ? 0 : -1}
      onClick={() => setTab(name)}
    >
      {label}
    </button>
  );

  return (
    <Sheet heading="HCChat" lead={t.tagline}>
      {problem && (
        <p class="note danger" role="alert">
          {problem}
        </p>
      )}
      <Forgetful />
      <RecentRooms />
      <div class="card">
        <div class="tabs" role="tablist" tabIndex={-1} ref={tabs} onKeyDown={move}>
          {choice("new", t.newRoom)}
          {choice("open", t.openRoom)}
        </div>
        <div role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
          {tab === "new" ? <NewRoomForm /> : <OpenRoomForm />}
        </div>
      </div>
      {(methods.value.accounts || methods.value.oidc) && <Who />}
    </Sheet>
  );
}
