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
  const facts = [file.size > 0 && sizeText(file.size), file.durMs !== undefined && lengthText(file.durMs)];
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
      {!transfer && message.state !== "sending" && <SaveButton opened={opened} shown={shown} />}
      {transfer && <TransferLine transfer={transfer} files={opened.room.files} />}
    </div>
  );
}

/** Saves a file, and says what became of it. */
export function SaveButton({ opened, shown }: Omit<Props, "children">) {
  const t = text.value;
  const { name } = shown.file;
  const [problem, setProblem] = useState<string>();
  const [news, setNews] = useState("");
  const save = async () => {
    setProblem(undefined);
    setNews("");
    const outcome = await saveFile(opened, shown);
    if (outcome === "saved") setNews(t.saved(name));
    else if (outcome) setProblem(problemOf(outcome));
  };
  return (
    <>
      <button
        type="button"
        class="icon-button"
        aria-label={t.saveName(name)}
        title={t.save}
        onClick={() => void save()}
      >
        <Icon path={drawings.save} />
      </button>
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
