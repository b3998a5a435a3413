import { leave } from "../store/session.ts";
import { text } from "../store/dialogText.ts";
import { Menu } from "./Menu.tsx";
import type { Panel } from "./RoomHeader.tsx";

/** What can be done with the room besides talking in it. */
export function RoomMenu(props: { anchor: HTMLElement; onClose: () => void; onPanel: (panel: Panel) => void }) {
  const t = text.value;
  const { anchor, onClose, onPanel } = props;
  return (
    <Menu
      anchor={anchor}
      label={t.roomMenu}
      onClose={onClose}
      items={[
        { icon: "clock", label: t.history, onSelect: () => onPanel("history") },
        { icon: "timer", label: t.disappearing, onSelect: () => onPanel("history") },
        { icon: "door", label: t.roomSettings, onSelect: () => onPanel("room") },
        { icon: "settings", label: t.settings, onSelect: () => onPanel("settings") },
        { icon: "leave", label: t.leave, onSelect: leave },
      ]}
    />
  );
}
