import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Refusal } from "@hcchat/client";
import { problemOf, text } from "../store/filesText.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { Icon } from "../ui/Icon.tsx";
import { focusField } from "./focusField.ts";
import { drawings } from "./icons.ts";
import { lengthText } from "./measures.ts";
import { Player } from "./Player.tsx";
import { send } from "./send.ts";
import { sourceOf } from "./sources.ts";
import { type Spoken, Voice } from "./voice.ts";

/** Records what is spoken: with its level, to be paused, listened to, discarded or sent. */
export function VoiceRecorder({ opened, onEnd }: { opened: OpenRoom; onEnd: () => void }) {
  const t = text.value;
  const { choosing } = opened;
  const voice = useMemo(() => choosing.recording ?? new Voice(), []);
  const [refusal, setRefusal] = useState<Refusal>();
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const state = voice.state.value;

  useEffect(() => {
    if (!choosing.recording) void voice.begin();
    choosing.recording = voice;
    // Whoever goes to another room finds here what they have spoken, as what they have typed.
    return () => {
      if (choosing.recording === voice && !voice.stop()) choosing.recording = undefined;
    };
  }, []);
  // The button that was pressed may be gone: the focus stays here.
  useLayoutEffect(() => {
    const lost = !document.activeElement || document.activeElement === document.body;
    if (lost || state.kind === "asking") box.current?.focus({ preventScroll: true });
  }, [state.kind]);
  useEffect(() => {
    // What was spoken is not lost by a key.
    const escape = ({ key }: KeyboardEvent) => key === "Escape" && !voice.stop() && end();
    box.current!.addEventListener("keydown", escape);
    return () => box.current?.removeEventListener("keydown", escape);
  }, []);
  useEffect(() => {
    if (sending && state.kind === "done") deliver(state.spoken);
  }, [sending, state]);

  const end = () => {
    voice.end();
    choosing.recording = undefined;
    onEnd();
    focusField();
  };
  const deliver = ({ blob, durMs, wave }: Spoken) => {
    const name = `voice-${nameTime(new Date())}.${extension(blob.type)}`;
    const writing = opened.writing.peek();
    const re = writing?.kind === "reply" ? writing.message.key : undefined;
    const result = send(opened, [{ blob, name, mime: blob.type, durMs, wave, voice: true }], "", re);
    if (result.ok) {
      if (re) opened.writing.value = undefined;
      return end();
    }
    setSending(false);
    setRefusal(result.refusal);
  };
  const sendNow = () => {
    setSending(true);
    voice.stop();
  };

  const { kind } = state;
  const runs = kind === "recording" || kind === "paused";
  return (
    <div class="recorder" role="group" aria-label={t.voice} tabIndex={-1} ref={box}>
      <Tool path={drawings.stop} label={t.cancelRecording} trash onClick={end} />
      {kind === "asking" && <p role="status">{t.micAsking}</p>}
      {kind === "failed" && (
        <p class="problem" role="alert">
          {t[state.why]}
        </p>
      )}
      {runs && <Running voice={voice} paused={kind === "paused"} />}
      {kind === "recording" && <Tool path={drawings.pause} label={t.pauseRecording} onClick={() => voice.pause()} />}
      {kind === "paused" && <Tool path={drawings.play} label={t.resumeRecording} onClick={() => voice.resume()} />}
      {runs && <Tool path={drawings.stop} label={t.stopRecording} onClick={() => voice.stop()} />}
      {kind === "done" && (
        <Player
          label={t.recorded}
          durMs={state.spoken.durMs}
          wave={state.spoken.wave}
          source={async () => ({ ok: true, value: sourceOf(state.spoken.blob) })}
        />
      )}
      {(runs || kind === "done") && (
        <button type="button" class="send" aria-label={t.sendRecording} title={t.sendRecording} onClick={sendNow}>
          <Icon name="send" />
        </button>
      )}
      {refusal && (
        <p class="problem" role="alert">
          {problemOf(refusal)}
        </p>
      )}
    </div>
  );
}

function Tool({ path, label, trash, onClick }: { path: string; label: string; trash?: true; onClick: () => void }) {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={onClick}>
      {trash ? <Icon name="trash" /> : <Icon path={path} />}
    </button>
  );
}

/** How loud it is and how long it has become. */
function Running({ voice, paused }: { voice: Voice; paused: boolean }) {
  const t = text.value;
  return (
    <div class="recorder-state">
      <span role="status" class={paused ? undefined : "recorder-on"}>
        <span class="visually-hidden">{paused ? t.recordingPaused : t.recording}</span>
      </span>
      <time>{lengthText(voice.time.value)}</time>
      <meter aria-label={t.level} min={0} max={1} value={voice.level.value} />
    </div>
  );
}

function extension(type: string): string {
  return type === "audio/webm" ? "webm" : type === "audio/ogg" ? "ogg" : "m4a";
}

/** `2026-11-26-2230`, by the speaker's clock. */
function nameTime(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
  return `${day}-${two(now.getHours())}${two(now.getMinutes())}`;
}
