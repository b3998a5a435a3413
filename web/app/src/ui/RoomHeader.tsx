import type { OpenRoom } from "../store/openRoom.ts";
import { leave } from "../store/session.ts";
import { text } from "../store/settings.ts";
import { displayName } from "./displayName.ts";
import { Icon } from "./Icon.tsx";

export type Panel = "people" | "share" | "encryption" | "settings" | "help" | undefined;

interface Props {
  opened: OpenRoom;
  onPanel: (panel: Panel) => void;
  wide: boolean;
}

/** What the open room is called. */
export function roomName(opened: OpenRoom): string {
  const { address } = opened.room;
  return displayName({ ...address, title: opened.title.value ?? address.title });
}

/** The name of the room, how it is protected, and what can be done with it. */
export function RoomHeader({ opened, onPanel, wide }: Props) {
  const t = text.value;
  const { encrypted, address } = opened.room;
  const protection = encrypted ? (address.compat ? t.compatMark : t.encrypted) : t.notEncrypted;
  const count = opened.members.value.length;
  return (
    <header class="room-header">
      <div class="room-name">
        <h1 dir="auto">{roomName(opened)}</h1>
        <button
          type="button"
          class={encrypted ? "badge" : "badge warn"}
          aria-label={protection}
          onClick={() => onPanel("encryption")}
        >
          <Icon name={encrypted ? "lock" : "unlock"} />
          <span>{protection === t.encrypted && !wide ? t.modeEncrypted : protection}</span>
        </button>
      </div>
      <nav aria-label={roomName(opened)}>
        {wide ? (
          <span class="count muted">{t.people(count)}</span>
        ) : (
          <button
            type="button"
            class="icon-button with-count"
            aria-label={`${t.peopleTitle}: ${t.people(count)}`}
            onClick={() => onPanel("people")}
          >
            <Icon name="people" />
            <span aria-hidden="true">{count}</span>
          </button>
        )}
        <HeaderButton icon="share" label={t.share} onClick={() => onPanel("share")} />
        <HeaderButton icon="settings" label={t.settings} onClick={() => onPanel("settings")} />
        <HeaderButton icon="leave" label={t.leave} onClick={leave} />
      </nav>
    </header>
  );
}

function HeaderButton({
  icon,
  label,
  onClick,
}: {
  icon: "share" | "settings" | "leave";
  label: string;
  onClick: () => void;
}) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
