import type { KeyboardEvent } from "preact/compat";
import { useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { BansTab } from "./BansTab.tsx";
import { DoorTab } from "./DoorTab.tsx";
import { InvitationsTab } from "./InvitationsTab.tsx";
import { moderatorLevel } from "./names.ts";
import { RolesTab } from "./RolesTab.tsx";
import { useObserved } from "../ui/RoomRule.tsx";
import "./owned.css";

const tabs = ["door", "people", "invitations", "bans"] as const;
export type SettingsTab = (typeof tabs)[number];

interface Props {
  opened: OpenRoom;
  /** What is wanted of it. */
  begin?: SettingsTab;
  onClose: () => void;
  /** Puts a whisper into the composer. */
  onInsert: (typed: string) => void;
}

/** What a room is set to and whose it is; for those who keep order also who has which role, invitations and bans. */
export function RoomSettingsDialog({ opened, begin = "door", onClose, onInsert }: Props) {
  const t = text.value;
  const [chosen, setChosen] = useState<SettingsTab>(begin);
  const list = useRef<HTMLDivElement>(null);
  const info = useObserved(opened.room.settings.info);
  const keeps = info?.owned === true && (opened.me.value?.level ?? 0) >= moderatorLevel;
  const tab = keeps ? chosen : "door";
  const move = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const next = (tabs.indexOf(tab) + step + tabs.length) % tabs.length;
    setChosen(tabs[next]!);
    list.current!.querySelectorAll<HTMLElement>("[role=tab]")[next]!.focus();
  };
  return (
    <Dialog title={t.settings} onClose={onClose}>
      {keeps && (
        <div class="tabs room-tabs" role="tablist" aria-label={t.settings} tabIndex={-1} ref={list} onKeyDown={move}>
          {tabs.map((one) => (
            <button
              key={one}
              type="button"
              role="tab"
              id={`room-tab-${one}`}
              aria-controls="room-tab-panel"
              aria-selected={tab === one}
              tabIndex={tab === one ? 0 : -1}
              onClick={() => setChosen(one)}
            >
              {t.tabs[one]}
            </button>
          ))}
        </div>
      )}
      <div
        class="room-tab"
        {...(keeps && { role: "tabpanel", id: "room-tab-panel", "aria-labelledby": `room-tab-${tab}` })}
      >
        {tab === "door" && <DoorTab opened={opened} onClosed={onClose} />}
        {tab === "people" && <RolesTab opened={opened} onInsert={onInsert} />}
        {tab === "invitations" && <InvitationsTab opened={opened} />}
        {tab === "bans" && <BansTab opened={opened} />}
      </div>
    </Dialog>
  );
}
