import { text } from "../store/callsText.ts";
import { Avatar } from "../ui/Avatar.tsx";
import { Icon } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import type { LiveCall } from "./live-call.ts";
import { SoundOf } from "./SoundOf.tsx";
import type { Tile } from "./tile.ts";
import { VideoOf } from "./VideoOf.tsx";

interface Props {
  tile: Tile;
  live: LiveCall;
  /** Their screen in the place of their camera. */
  screen?: boolean;
  onMenu?: (anchor: HTMLElement) => void;
}

/** Somebody in a call, or the screen that they show. */
export function TileView({ tile, live, screen = false, onMenu }: Props) {
  const t = text.value;
  const { name, me, trouble, quality } = tile;
  const picture = screen ? tile.screen : tile.camera;
  const shown = screen ? t.screenOf(name) : me ? t.you : name;
  const classes = ["call-tile", screen && "screen", tile.speaking && !screen && "speaking", trouble && "troubled"];
  return (
    <li class={classes.filter(Boolean).join(" ")} data-identity={tile.identity}>
      {picture && !trouble ? (
        <VideoOf track={picture} label={t.pictureOf(shown)} mirror={me && !screen} />
      ) : (
        <Avatar who={{ nick: name }} />
      )}
      {trouble && (
        <p class="call-trouble">
          <Icon name={trouble === "clear" ? "unlock" : "key"} />
          <span>{t.troubles[trouble](name)}</span>
        </p>
      )}
      {!screen && !trouble && tile.paused && (
        <p class="call-trouble">
          <Icon path={drawings.bars} />
          <span>{t.paused}</span>
        </p>
      )}
      <p class="call-name">
        {!screen && !tile.heard && <Icon path={drawings.microphoneOff} />}
        <span dir="auto">{shown}</span>
        {!screen && (
          <span class="visually-hidden">
            {tile.heard ? "" : t.isMuted}
            {tile.speaking ? t.isSpeaking : ""}
          </span>
        )}
        {!screen && quality !== "unknown" && quality !== "good" && (
          <span class={`call-quality ${quality}`} title={t.qualities[quality]}>
            <Icon path={drawings.bars} />
            <span class="visually-hidden">{t.qualities[quality]}</span>
          </span>
        )}
      </p>
      {!me && !screen && onMenu && (
        <button
          type="button"
          class="icon-button call-more"
          aria-label={t.more(name)}
          onClick={(event) => onMenu(event.currentTarget)}
        >
          <Icon name="more" />
        </button>
      )}
      {!screen &&
        tile.sounds.map((track) => (
          <SoundOf key={track.sid} track={track} volume={live.volumes.value.get(tile.identity) ?? 1} />
        ))}
    </li>
  );
}
