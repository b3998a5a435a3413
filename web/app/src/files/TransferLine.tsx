import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Message, Room, Transfer } from "@hcchat/client";
import { useMemo, useState } from "preact/hooks";
import { problemOf, text } from "../store/filesText.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { Icon } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import { sizeText, waitText } from "./measures.ts";
import { pickOne } from "./pick.ts";

const rooms = new WeakMap<OpenRoom, ReadonlySignal<ReadonlyMap<string, Transfer>>>();

/** What is on its way in a room, by message and number. */
function transfersOf(opened: OpenRoom): ReadonlySignal<ReadonlyMap<string, Transfer>> {
  const known = rooms.get(opened);
  if (known) return known;
  const { transfers } = opened.room.files;
  const copy = signal(transfers.value);
  transfers.subscribe((value) => (copy.value = value));
  const sorted = computed(() => new Map([...copy.value.values()].map((one) => [`${one.message} ${one.index}`, one])));
  rooms.set(opened, sorted);
  return sorted;
}

/** A file of a message that is on its way. */
export function useTransfer(opened: OpenRoom, { key }: Message, index: number): Transfer | undefined {
  const mine = useMemo(() => computed(() => transfersOf(opened).value.get(`${key} ${index}`)), [opened, key, index]);
  const found = mine.value;
  const over = found?.state === "done" || (found?.way === "down" && found.state === "failed");
  return over ? undefined : found;
}

interface Props {
  transfer: Transfer;
  files: Room["files"];
  /** It lies over a picture: there is little space. */
  over?: true;
}

/** How far a file is on its way, and what can be done about it. */
export function TransferLine({ transfer, files, over }: Props) {
  const t = text.value;
  const [problem, setProblem] = useState<string>();
  const { id, name, way, state, done, size, refusal } = transfer;
  const pick = async () => {
    // Where the browser knows the file it asks whether it may be read again.
    await files.retry(id);
    if (files.transfers.value.get(id)?.state !== "lost") return;
    const file = await pickOne();
    if (!file) return;
    const result = await files.pick(id, file);
    setProblem(result.ok ? undefined : problemOf(result.refusal));
  };
  const wrong = problem ?? (["failed", "waiting", "lost"].includes(state) && refusal ? problemOf(refusal) : undefined);
  return (
    <div class={over ? "transfer over" : "transfer"}>
      <div
        class={`bar ${state}`}
        role="progressbar"
        aria-label={way === "up" ? t.uploading(name) : t.downloading(name)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.floor((done / Math.max(1, size)) * 100)}
        aria-valuetext={how(transfer)}
      >
        <span style={{ width: `${(done / Math.max(1, size)) * 100}%` }} />
      </div>
      <p class="transfer-how">{how(transfer)}</p>
      {transfer.inMemory && <p class="hint">{t.inMemory}</p>}
      <div class="transfer-tools">
        {(state === "running" || state === "waiting") && (
          <Tool path={drawings.pause} label={t.pauseName(name)} onClick={() => files.pause(id)} />
        )}
        {state === "paused" && (
          <Tool path={drawings.play} label={t.resumeName(name)} onClick={() => files.resume(id)} />
        )}
        {state === "failed" && (
          <button type="button" class="link-button" aria-label={t.retryName(name)} onClick={() => files.retry(id)}>
            <Icon name="retry" />
            {t.retry}
          </button>
        )}
        {state === "lost" && (
          <button type="button" class="link-button" aria-label={t.pickName(name)} onClick={() => void pick()}>
            {t.pick}
          </button>
        )}
        <Tool label={t.cancelName(name)} onClick={() => files.cancel(id)} />
      </div>
      {wrong && (
        <p class="problem" role="alert">
          {wrong}
        </p>
      )}
    </div>
  );
}

function how({ state, done, size, rate }: Transfer): string {
  const t = text.value;
  if (state === "lost") return t.lost;
  if (state === "failed") return t.stillFailed;
  const far = t.progress(sizeText(done), sizeText(size));
  if (state === "paused") return `${far} · ${t.paused}`;
  if (state === "waiting") return `${far} · ${t.waiting}`;
  if (rate <= 0) return far;
  return `${far} · ${sizeText(rate, true)} · ${t.left(waitText((size - done) / rate))}`;
}

function Tool({ path, label, onClick }: { path?: string; label: string; onClick: () => void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      {path ? <Icon path={path} /> : <Icon name="close" />}
    </button>
  );
}
