import type { Message } from "@hcchat/client";
import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../store/filesText.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { FileCard } from "./FileCard.tsx";
import { Gallery } from "./Gallery.tsx";
import { Pictures } from "./Pictures.tsx";
import { Player } from "./Player.tsx";
import { kindOf, type Shown, sorted } from "./shown.ts";
import { openSource } from "./sources.ts";
import { TransferLine, useTransfer } from "./TransferLine.tsx";
import { Video } from "./Video.tsx";
import "./files.css";

/** The files of a message: pictures, what plays, and all that is only saved. */
export function MessageFiles({ message, opened }: { message: Message; opened: OpenRoom }) {
  const { pictures, others } = sorted(message);
  const [shown, setShown] = useState<Shown>();
  return (
    <div class="files">
      {pictures.length > 0 && <Pictures opened={opened} pictures={pictures} onOpen={setShown} />}
      {others.map((one) => (
        <Other key={one.file.keyB64 || one.file.objectKey} opened={opened} shown={one} />
      ))}
      {shown && <Gallery opened={opened} first={shown} onClose={() => setShown(undefined)} />}
      <News message={message} />
    </div>
  );
}

function Other({ opened, shown }: { opened: OpenRoom; shown: Shown }) {
  const { file, message, index } = shown;
  const kind = kindOf(file);
  const transfer = useTransfer(opened, message, index);
  if (kind === "other") return <FileCard opened={opened} shown={shown} />;
  if (kind === "video") return <Video opened={opened} shown={shown} />;
  const t = text.value;
  return (
    <div class="sound">
      {!file.voice && <FileCard opened={opened} shown={shown} />}
      <Player
        label={file.voice ? t.voice : t.audio(file.name)}
        durMs={file.durMs}
        wave={waveOf(file.waveB64)}
        source={() => openSource(opened, message, file)}
      />
      {file.voice && transfer && <TransferLine transfer={transfer} files={opened.room.files} />}
    </div>
  );
}

function waveOf(base64: string | undefined): Uint8Array | undefined {
  try {
    return base64 ? Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)) : undefined;
  } catch {
    return undefined;
  }
}

/** Tells those who do not see it that what one sends has arrived. */
function News({ message: { own, state, files = [] } }: { message: Message }) {
  const t = text.value;
  const [news, setNews] = useState("");
  const before = useRef(state);
  useEffect(() => {
    if (own && before.current === "sending" && state === "sent") {
      setNews(files.map(({ name }) => t.sentName(name)).join(" "));
    }
    before.current = state;
  }, [state]);
  return (
    <p class="visually-hidden" role="status">
      {news}
    </p>
  );
}
