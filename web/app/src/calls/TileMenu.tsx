import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { Menu, type MenuItem } from "../ui/Menu.tsx";
import { drawings } from "./icons.ts";
import type { LiveCall } from "./live-call.ts";
import type { Tile } from "./tile.ts";

interface Props {
  tile: Tile;
  live: LiveCall;
  opened: OpenRoom;
  anchor: HTMLElement;
  onClose: () => void;
}

/** How loud somebody is, and what those who keep order may do. */
export function TileMenu({ tile, live, opened, anchor, onClose }: Props) {
  const t = text.value;
  const { identity, name, microphoneSid } = tile;
  const moderates = (opened.me.value?.level ?? 0) >= 9_999;
  const volume = Math.round((live.volumes.value.get(identity) ?? 1) * 100);
  const items: MenuItem[] = [];
  if (moderates && tile.heard && microphoneSid) {
    const icon = { path: drawings.microphoneOff };
    items.push({ icon, label: t.mute, onSelect: () => void live.silence(identity, microphoneSid) });
  }
  if (moderates) {
    items.push({ icon: "leave", label: t.putOut, danger: true, onSelect: () => void live.putOut(identity) });
  }
  return (
    <Menu anchor={anchor} label={t.more(name)} items={items} onClose={onClose}>
      <label class="call-volume">
        <span>
          <Icon path={drawings.volume} /> {t.volumeOf(name)}
        </span>
        <input
          type="range"
          min="0"
          max="100"
          step="5"
          value={volume}
          aria-valuetext={t.percent(String(volume))}
          onInput={(event) => live.setVolume(identity, Number(event.currentTarget.value) / 100)}
        />
      </label>
    </Menu>
  );
}
