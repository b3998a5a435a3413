import { useEffect, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { problemOf, text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import { keptOf } from "./kept.ts";
import { loadPictures, mostByItself } from "./loadPictures.ts";
import { sizeText } from "./measures.ts";
import type { Shown } from "./shown.ts";
import { drawBlur, thumbUrl } from "./thumbs.ts";
import { TransferLine, useTransfer } from "./TransferLine.tsx";
import { usePicture } from "./usePicture.ts";

interface Props {
  opened: OpenRoom;
  pictures: readonly Shown[];
  onOpen: (picture: Shown) => void;
}

/** A picture is drawn no wider and no higher. px */
const most = { w: 420, h: 380 };
const leastSide = 72;
/** Longer ones are cut until they are opened. */
const longest = 2.5;

/** The pictures of a message: one in its shape, several as tiles. Their places are known before they are here. */
export function Pictures({ opened, pictures, onOpen }: Props) {
  const single = pictures.length === 1;
  const columns = single ? 1 : pictures.length === 2 || pictures.length === 4 ? 2 : 3;
  return (
    <div class={single ? "pictures single" : "pictures"} style={{ "--columns": columns }}>
      {pictures.map((picture) => (
        <Picture
          key={picture.file.keyB64 || picture.file.objectKey}
          opened={opened}
          picture={picture}
          single={single}
          onOpen={() => onOpen(picture)}
        />
      ))}
    </div>
  );
}

interface PictureProps {
  opened: OpenRoom;
  picture: Shown;
  single: boolean;
  onOpen: () => void;
}

function Picture({ opened, picture, single, onOpen }: PictureProps) {
  const t = text.value;
  const { file, message, index } = picture;
  const box = useRef<HTMLDivElement>(null);
  const [asked, setAsked] = useState(false);
  const [tries, setTries] = useState(0);
  const near = useNear(box);
  const transfer = useTransfer(opened, message, index);
  // What is still on its way out lies here.
  const here = message.state === "sending" || keptOf(opened).has(message.key, file);
  const free = here || (loadPictures.value === "on" && file.size <= mostByItself);
  const state = usePicture(opened, picture, near && (free || asked), tries);
  const waits = state.kind === "none" && !free && !asked;
  const again = () => setTries((n) => n + 1);
  return (
    <div class="picture" ref={box} style={single ? shape(file) : undefined}>
      <Placeholder picture={picture} />
      {state.kind === "here" && <img src={state.url} alt={file.name} decoding="async" />}
      {waits ? (
        <button
          type="button"
          class="picture-over"
          aria-label={t.showPicture(file.name, sizeText(file.size))}
          onClick={() => setAsked(true)}
        >
          <span class="pill">
            <Icon path={drawings.picture} />
            {t.show} · {sizeText(file.size)}
          </span>
        </button>
      ) : state.kind === "failed" ? (
        <div class="picture-over failed">
          <p role="alert">{problemOf(state.refusal)}</p>
          <button type="button" class="pill" onClick={again}>
            <Icon name="retry" />
            {t.again}
          </button>
        </div>
      ) : state.kind === "unshown" ? (
        <button type="button" class="picture-over" onClick={onOpen}>
          <span class="pill">{t.cannotShow}</span>
        </button>
      ) : (
        <button type="button" class="picture-over" aria-label={t.openPicture(file.name)} onClick={onOpen} />
      )}
      {transfer && <TransferLine transfer={transfer} files={opened.room.files} over />}
    </div>
  );
}

/** What stands there before the picture: a small one, or its rough colours. */
export function Placeholder({ picture: { file } }: { picture: Shown }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const url = file.thumb && thumbUrl(file.thumb);
  useEffect(() => {
    if (canvas.current) drawBlur(canvas.current, file);
  }, [file.blur]);
  if (url) return <img class="placeholder" src={url} alt="" aria-hidden="true" />;
  return file.blur ? <canvas class="placeholder" ref={canvas} aria-hidden="true" /> : null;
}

/** How a single picture stands in the list, before anything of it is here. */
export function shape({ w = 1, h = 1 }: { w?: number; h?: number }) {
  const ratio = Math.min(longest, Math.max(1 / longest, w / h));
  const width = Math.max(leastSide, Math.round(Math.min(w, most.w, most.h * ratio)));
  return { width: `${width}px`, aspectRatio: String(ratio) };
}

/** Whether something has come near what is in sight. It stays so. */
function useNear(box: { current: HTMLElement | null }): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const looks = new IntersectionObserver((seen) => {
      if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
      setNear(true);
      looks.disconnect();
    });
    looks.observe(box.current!);
    return () => looks.disconnect();
  }, []);
  return near;
}
