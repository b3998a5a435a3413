import { useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { Menu, type MenuItem } from "./Menu.tsx";

/** Signs that are offered; any other can be joined where somebody has given it. */
const signs = ["👍", "❤️", "😂", "😮", "😢", "🙏"];

interface Props {
  opened: OpenRoom;
  messageKey: string;
  anchor: HTMLElement;
  onClose: () => void;
  /** The composer is wanted. */
  onWrite: () => void;
  /** Puts the beginning of a whisper into the composer. */
  onInsert: (typed: string) => void;
}

/** What can be done with a message. */
export function MessageMenu({ opened, messageKey, anchor, onClose, onWrite, onInsert }: Props) {
  const t = text.value;
  const { room } = opened;
  const [sure, setSure] = useState(false);
  const message = room.log.timeline.find(messageKey);
  if (!message) return null;
  const may = room.may(message);
  const write = (kind: "reply" | "edit") => {
    opened.writing.value = { kind, message };
    onWrite();
  };
  const items: MenuItem[] = [];
  if (may.react) items.push({ icon: "reply", label: t.reply, onSelect: () => write("reply") });
  if (room.mayWhisper(message)) {
    items.push({ icon: "whisper", label: t.whisper, onSelect: () => onInsert(`/whisper ${message.nick} `) });
  }
  if (may.edit) items.push({ icon: "edit", label: t.edit, onSelect: () => write("edit") });
  if (message.text) {
    items.push({ icon: "copy", label: t.copyText, onSelect: () => void navigator.clipboard?.writeText(message.text) });
  }
  if (room.signs) {
    const { nick } = message;
    items.push({ icon: "key", label: t.about(nick), onSelect: () => (opened.person.value = { nick, message }) });
  }
  if (may.delete) {
    items.push({
      icon: "trash",
      label: sure ? t.deleteSure : t.delete,
      danger: true,
      stays: !sure,
      onSelect: () => (sure ? room.delete(messageKey) : setSure(true)),
    });
  }
  return (
    <Menu anchor={anchor} label={t.actions} items={items} onClose={onClose}>
      {may.react && !room.address.compat && (
        <div class="menu-signs" role="group" aria-label={t.react}>
          {signs.map((sign) => (
            <button
              key={sign}
              type="button"
              role="menuitemcheckbox"
              aria-checked={message.reactions?.some(({ key, mine }) => key === sign && mine) ?? false}
              aria-label={sign}
              onClick={() => {
                onClose();
                room.react(messageKey, sign);
              }}
            >
              {sign}
            </button>
          ))}
        </div>
      )}
    </Menu>
  );
}
