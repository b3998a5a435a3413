import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { problemOf, text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { SaveButton, SaveNews, useSaving } from "./FileCard.tsx";
import { drawings } from "./icons.ts";
import { number } from "./measures.ts";
import { Placeholder } from "./Pictures.tsx";
import { type Shown, sorted } from "./shown.ts";
import { usePicture } from "./usePicture.ts";
import "./gallery.css";

interface Props {
  opened: OpenRoom;
  /** Where one begins. */
  first: Shown;
  onClose: () => void;
}

/** How many times larger than the screen a picture gets. */
const zooms = [1, 2, 4];
/** A finger that goes so far means the next one. px */
const swipe = 48;

/** The pictures of the room, one at a time over the whole screen. */
export function Gallery({ opened, first, onClose }: Props) {
  const t = text.value;
  const dialog = useRef<HTMLDialogElement>(null);
  const [at, setAt] = useState({ key: first.message.key, index: first.index });
  const [zoom, setZoom] = useState(1);
  const from = useRef<{ x: number; y: number }>(undefined);
  void opened.version.value; // what is deleted goes from here, too
  const all = picturesOf(opened);
  const place = all.findIndex(({ message, index }) => message.key === at.key && index === at.index);
  const picture = all[place];

  useLayoutEffect(() => {
    const before = document.activeElement;
    const shown = dialog.current!;
    shown.showModal();
    return () => {
      shown.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useLayoutEffect(() => {
    if (!picture) onClose();
  }, [picture === undefined]);
  // The button that was pressed may be gone, or do nothing more: the keys stay with the pictures.
  useLayoutEffect(() => {
    const shown = dialog.current!;
    if (!shown.querySelector(":focus:not(:disabled)")) shown.focus();
  }, [at, zoom]);

  const go = (by: number) => {
    const next = all[place + by];
    if (!next) return;
    setZoom(1);
    setAt({ key: next.message.key, index: next.index });
  };
  const resize = (by: number) => setZoom(zooms[Math.max(0, Math.min(zooms.length - 1, zooms.indexOf(zoom) + by))]!);
  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowRight" && zoom === 1) go(1);
    else if (event.key === "ArrowLeft" && zoom === 1) go(-1);
    else if (event.key === "+" || event.key === "=") resize(1);
    else if (event.key === "-") resize(-1);
    else return;
    event.preventDefault();
  };
  const up = (event: PointerEvent) => {
    const start = from.current;
    from.current = undefined;
    if (!start || zoom > 1 || event.pointerType === "mouse") return;
    const [x, y] = [event.clientX - start.x, event.clientY - start.y];
    if (Math.abs(x) > swipe && Math.abs(x) > 2 * Math.abs(y)) go(x < 0 ? 1 : -1);
  };
  return (
    <dialog ref={dialog} class="gallery" tabIndex={-1} aria-label={t.gallery} onClose={onClose} onKeyDown={keyDown}>
      {picture && (
        <>
          <header>
            <div class="chosen">
              <p class="file-name" dir="auto">
                {picture.file.name}
              </p>
              {all.length > 1 && (
                <p class="hint" role="status">
                  {t.place(number(place + 1), number(all.length))}
                </p>
              )}
            </div>
            <Tool path={drawings.smaller} label={t.zoomOut} off={zoom === zooms[0]} onClick={() => resize(-1)} />
            <Tool path={drawings.larger} label={t.zoomIn} off={zoom === zooms.at(-1)} onClick={() => resize(1)} />
            <Save key={`${at.key} ${at.index}`} opened={opened} shown={picture} />
            <button type="button" class="icon-button" aria-label={t.close} title={t.close} onClick={onClose}>
              <Icon name="close" />
            </button>
          </header>
          <div
            class={zoom > 1 ? "gallery-stage zoomed" : "gallery-stage"}
            onPointerDown={(event) => (from.current = { x: event.clientX, y: event.clientY })}
            onPointerUp={up}
            onPointerCancel={() => (from.current = undefined)}
            onDblClick={() => setZoom(zoom === 1 ? 2 : 1)}
          >
            <Large key={`${at.key} ${at.index}`} opened={opened} picture={picture} zoom={zoom} />
          </div>
          {place > 0 && <Turn path={drawings.left} side="back" label={t.previous} onClick={() => go(-1)} />}
          {place < all.length - 1 && <Turn path={drawings.right} side="on" label={t.next} onClick={() => go(1)} />}
        </>
      )}
    </dialog>
  );
}

function Save({ opened, shown }: { opened: OpenRoom; shown: Shown }) {
  const saving = useSaving(opened, shown);
  return (
    <>
      <SaveButton name={shown.file.name} onSave={saving.save} />
      <SaveNews {...saving} />
    </>
  );
}

/** The pictures that are in the list now. */
function picturesOf({ room }: OpenRoom): Shown[] {
  return room.log.timeline.entries.flatMap((entry) =>
    entry.type === "message" && entry.message.files && !entry.message.deleted ? sorted(entry.message).pictures : [],
  );
}

function Large({ opened, picture, zoom }: { opened: OpenRoom; picture: Shown; zoom: number }) {
  const t = text.value;
  const { file } = picture;
  const state = usePicture(opened, picture, true);
  const { w = 1, h = 1 } = file;
  // Its place is known before it is here; small ones are not blown up unless one asks.
  const size = { width: `min(${w * zoom}px, ${100 * zoom}%, ${(84 * zoom * w) / h}dvh)`, aspectRatio: `${w} / ${h}` };
  return (
    <div class="picture large" style={size}>
      <Placeholder picture={picture} />
      {state.kind === "here" && <img src={state.url} alt={file.name} draggable={false} />}
      {(state.kind === "none" || state.kind === "loading") && (
        <p class="pill" role="status">
          <span class="spinner" />
          {t.loading}
        </p>
      )}
      {state.kind === "failed" && (
        <p class="pill" role="alert">
          {problemOf(state.refusal)}
        </p>
      )}
      {state.kind === "unshown" && (
        <p class="pill" role="alert">
          {t.cannotShow}
        </p>
      )}
    </div>
  );
}

interface ToolProps {
  path: string;
  label: string;
  off?: boolean;
  onClick: () => void;
}

function Tool({ path, label, off, onClick }: ToolProps) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} disabled={off} onClick={onClick}>
      <Icon path={path} />
    </button>
  );
}

function Turn({ path, label, side, onClick }: ToolProps & { side: "back" | "on" }) {
  return (
    <button type="button" class={`gallery-turn ${side}`} aria-label={label} title={label} onClick={onClick}>
      <Icon path={path} />
    </button>
  );
}
