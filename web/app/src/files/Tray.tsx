import { useEffect, useState } from "preact/hooks";
import type { Choosing, Picked } from "../store/choosing.ts";
import { text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { focusField } from "./focusField.ts";
import { drawings } from "./icons.ts";
import { lengthText, number, sizeText } from "./measures.ts";
import { isPicture, nameOf, prepare, type Prepared } from "./prepare.ts";
import { mostFiles, whyUnreadable } from "./send.ts";
import { thumbUrl } from "./thumbs.ts";

/** The files that go out with the next message. */
export function Tray({ choosing }: { choosing: Choosing }) {
  const t = text.value;
  const picked = choosing.picked.value;
  const replace = (old: Picked, by?: Picked) => {
    choosing.picked.value = choosing.picked.peek().flatMap((one) => (one !== old ? [one] : by ? [by] : []));
  };
  const remove = (one: Picked) => {
    replace(one);
    focusField();
  };
  return (
    <div class="tray" role="group" aria-label={t.chosen}>
      {picked.length > mostFiles && (
        <p class="hint" role="status">
          {t.several(number(picked.length), number(Math.ceil(picked.length / mostFiles)))}
        </p>
      )}
      <ul>
        {picked.map((one) => (
          <Chosen key={keyOf(one)} picked={one} onChange={(by) => replace(one, by)} onRemove={() => remove(one)} />
        ))}
      </ul>
    </div>
  );
}

/** A file stays the same one when something is decided about it. */
const keys = new WeakMap<File, number>();
let lastKey = 0;
function keyOf({ file }: Picked): number {
  const key = keys.get(file) ?? ++lastKey;
  keys.set(file, key);
  return key;
}

interface ChosenProps {
  picked: Picked;
  onChange: (picked: Picked) => void;
  onRemove: () => void;
}

function Chosen({ picked, onChange, onRemove }: ChosenProps) {
  const t = text.value;
  const { file } = picked;
  const name = nameOf(file);
  const [prepared, setPrepared] = useState<Prepared>();
  useEffect(() => {
    let shown = true;
    setPrepared(undefined);
    void prepare(picked).then((found) => shown && setPrepared(found));
    return () => {
      shown = false;
    };
  }, [picked]);
  const draft = prepared?.kind === "ready" ? prepared.draft : undefined;
  const facts = [sizeText(draft?.blob.size ?? file.size), draft?.durMs !== undefined && lengthText(draft.durMs)];
  return (
    <li>
      {draft?.thumb ? <img src={thumbUrl(draft.thumb)} alt="" /> : <Icon path={drawingOf(file)} />}
      <div class="chosen">
        <p class="file-name" dir="auto">
          {name}
        </p>
        <p class="hint">{facts.filter(Boolean).join(" · ")}</p>
        <Word picked={picked} prepared={prepared} onChange={onChange} />
      </div>
      <button type="button" class="icon-button" aria-label={t.remove(name)} title={t.remove(name)} onClick={onRemove}>
        <Icon name="close" />
      </button>
    </li>
  );
}

/** What becomes of it on the way out, and what can be chosen about that. */
function Word({ picked, prepared, onChange }: Omit<ChosenProps, "onRemove"> & { prepared: Prepared | undefined }) {
  const t = text.value;
  const { file } = picked;
  const { unchanged: _, ...asPicture } = picked;
  if (!prepared) return <p class="hint">{t.preparing}</p>;
  if (prepared.kind === "unreadable") return <p class="problem">{whyUnreadable(picked)}</p>;
  const unchanged = (
    <button type="button" class="link-button" onClick={() => onChange({ ...picked, unchanged: true })}>
      {t.sendUnchanged}
    </button>
  );
  if (prepared.kind === "unclean") {
    return (
      <p class="problem">
        {t.unclean} {unchanged}
      </p>
    );
  }
  if (picked.unchanged) {
    return (
      <p class="hint warns">
        {t.unchanged}{" "}
        <button type="button" class="link-button" onClick={() => onChange(asPicture)}>
          {t.sendCleaned}
        </button>
      </p>
    );
  }
  if (prepared.cleaned) {
    return (
      <p class="hint">
        {prepared.large ? `${t.large} · ` : ""}
        {t.cleaned} {unchanged}
      </p>
    );
  }
  return file.type.startsWith("video/") ? <p class="hint">{t.videoHint}</p> : null;
}

/** The drawing that stands for a file. */
function drawingOf(file: File): string {
  if (isPicture(file)) return drawings.picture;
  if (file.type.startsWith("video/")) return drawings.film;
  return file.type.startsWith("audio/") ? drawings.sound : drawings.file;
}
