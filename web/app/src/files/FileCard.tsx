import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { problemOf, text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import { lengthText, sizeText } from "./measures.ts";
import { saveFile } from "./save.ts";
import { kindOf, type Shown } from "./shown.ts";
import { TransferLine, useTransfer } from "./TransferLine.tsx";

interface Props {
  opened: OpenRoom;
  shown: Shown;
  children?: ComponentChildren;
}

const drawingOf = { picture: drawings.picture, video: drawings.film, audio: drawings.sound, other: drawings.file };

/** A file by its name and size, to be saved. */
export function FileCard({ opened, shown, children }: Props) {
  const { file, message, index } = shown;
  const transfer = useTransfer(opened, message, index);
  const saving = useSaving(opened, shown);
  const isSaid = file.encryption.scheme !== "hcss"; // of the app's nobody says it
  const facts = [isSaid && sizeText(file.size), file.durMs !== undefined && lengthText(file.durMs)];
  return (
    <div class="file-card">
      <Icon path={drawingOf[kindOf(file)]} />
      <div class="chosen">
        <p class="file-name" dir="auto">
          {file.name}
        </p>
        <p class="hint">{facts.filter(Boolean).join(" · ")}</p>
        {children}
      </div>
      {!transfer && message.state !== "sending" && <SaveButton name={file.name} onSave={saving.save} />}
      {transfer && <TransferLine transfer={transfer} files={opened.room.files} />}
      <SaveNews {...saving} />
    </div>
  );
}

/** Saves a file, and what became of that. */
export function useSaving(opened: OpenRoom, shown: Shown) {
  const t = text.value;
  const [problem, setProblem] = useState<string>();
  const [news, setNews] = useState("");
  const save = async () => {
    setProblem(undefined);
    setNews("");
    const outcome = await saveFile(opened, shown);
    if (outcome === "saved") setNews(t.saved(shown.file.name));
    else if (outcome) setProblem(problemOf(outcome));
  };
  return { problem, news, save };
}

/** The button for it. */
export function SaveButton({ name, onSave }: { name: string; onSave: () => Promise<void> }) {
  const t = text.value;
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={t.saveName(name)}
      title={t.save}
      onClick={() => void onSave()}
    >
      <Icon path={drawings.save} />
    </button>
  );
}

/** What became of it, for eyes and ears. */
export function SaveNews({ problem, news }: { problem: string | undefined; news: string }) {
  return (
    <>
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      <span class="visually-hidden" role="status">
        {news}
      </span>
    </>
  );
}
