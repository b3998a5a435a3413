import { useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import type { LiveCall } from "./live-call.ts";
import type { Tile } from "./tile.ts";
import { TileMenu } from "./TileMenu.tsx";
import { TileView } from "./TileView.tsx";

/** All alike, or the one who speaks large. */
export type View = "grid" | "speaker";

/** Who is in the call, and the screens that are shown. */
export function Stage({ opened, live, view }: { opened: OpenRoom; live: LiveCall; view: View }) {
  const [menu, setMenu] = useState<{ identity: string; anchor: HTMLElement }>();
  const [last, setLast] = useState<string>();
  const tiles = live.tiles.value;
  const speaking = tiles.find((tile) => tile.speaking && !tile.me)?.identity;
  if (speaking && speaking !== last) setLast(speaking);
  const screens = tiles.filter((tile) => tile.screen);
  const large = view === "speaker" || screens.length > 0;
  const first =
    screens[0]?.identity ?? (tiles.find((tile) => tile.identity === last) ?? tiles[1] ?? tiles[0])?.identity;
  const open = menu && tiles.find((tile) => tile.identity === menu.identity);
  const cell = (tile: Tile) => (
    <TileView
      key={tile.identity}
      tile={tile}
      live={live}
      onMenu={(anchor) => setMenu({ identity: tile.identity, anchor })}
    />
  );
  const featured = large && screens.length === 0 ? first : undefined;
  const ordered = featured
    ? [...tiles].sort((a, b) => Number(b.identity === featured) - Number(a.identity === featured))
    : tiles;
  return (
    <>
      <ul
        class={large ? "call-stage focused" : "call-stage"}
        data-count={tiles.length}
        style={{ "--small": Math.max(1, screens.length + tiles.length - 1) }}
      >
        {screens.map((tile) => (
          <TileView key={`${tile.identity} screen`} tile={tile} live={live} screen />
        ))}
        {ordered.map(cell)}
      </ul>
      {open && (
        <TileMenu tile={open} live={live} opened={opened} anchor={menu.anchor} onClose={() => setMenu(undefined)} />
      )}
    </>
  );
}
