import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { displayName } from "./displayName.ts";
import { durationText } from "./historyText.ts";
import { Icon, type IconName } from "./Icon.tsx";

export type Panel =
  | "people"
  | "share"
  | "encryption"
  | "settings"
  | "help"
  | "history"
  | "search"
  | "room"
  | "invitations"
  | undefined;

interface Props {
  opened: OpenRoom;
  onPanel: (panel: Panel) => void;
  onMenu: (anchor: HTMLElement) => void;
  wide: boolean;
}

/** What the open room is called. */
export function roomName(opened: OpenRoom): string {
  const { address } = opened.room;
  return displayName({ ...address, title: opened.title.value ?? address.title });
}

/** The name of the room, how it is protected, and what can be done with it. */
export function RoomHeader({ opened, onPanel, onMenu, wide }: Props) {
  const t = text.value;
  const { encrypted, address } = opened.room;
  const protection = encrypted ? (address.compat ? t.compatMark : t.encrypted) : t.notEncrypted;
  const timer = opened.timer.value || (opened.history.value?.ttl ?? 0);
  const count = opened.members.value.length;
  return (
    <header class="room-header">
      <div class="room-name">
        <h1 dir="auto">{roomName(opened)}</h1>
        <div class="room-marks">
          <button
            type="button"
            class={encrypted ? "badge" : "badge warn"}
            aria-label={protection}
            onClick={() => onPanel("encryption")}
          >
            <Icon name={encrypted ? "lock" : "unlock"} />
            <span>{protection === t.encrypted && !wide ? t.modeEncrypted : protection}</span>
          </button>
          {timer > 0 && (
            <button
              type="button"
              class="badge timer"
              aria-label={t.timerIs(durationText(timer))}
              onClick={() => onPanel("history")}
            >
              <Icon name="timer" />
              <span>{durationText(timer)}</span>
            </button>
          )}
        </div>
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
        {opened.calls.value && (
          <HeaderButton
            id="call-button"
            icon="phone"
            label={t.call}
            onClick={() => (opened.calling.value = "wanted")}
          />
        )}
        <HeaderButton icon="search" label={t.search} onClick={() => onPanel("search")} />
        <HeaderButton icon="share" label={t.share} onClick={() => onPanel("share")} />
        <HeaderButton icon="more" label={t.roomMenu} onClick={(event) => onMenu(event.currentTarget)} />
      </nav>
    </header>
  );
}

interface ButtonProps {
  id?: string;
  icon: IconName;
  label: string;
  onClick: (event: MouseEvent & { currentTarget: HTMLButtonElement }) => void;
}

function HeaderButton({ id, icon, label, onClick }: ButtonProps) {
  return (
    <button id={id} type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      <Icon name={icon} />
    </button>
  );
}
