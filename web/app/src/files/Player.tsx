import type { Result } from "@hcchat/client";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { problemOf, text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import { lengthText } from "./measures.ts";
import { playsAlone, type Source } from "./sources.ts";
import { Wave } from "./Wave.tsx";
import "./voice.css";

const speeds = [1, 1.5, 2];

interface Props {
  /** What is heard, for people. */
  label: string;
  durMs: number | undefined;
  wave: Uint8Array | undefined;
  /** Asked for when it is first played. */
  source: () => Promise<Result<Source>>;
}

/** Plays a sound: a button, its wave to go along, and how fast. */
export function Player({ label, durMs, wave, source }: Props) {
  const t = text.value;
  const problemId = useId();
  const [state, setState] = useState<"idle" | "loading" | "paused" | "playing">("idle");
  const [at, setAt] = useState(0); // seconds
  const [length, setLength] = useState((durMs ?? 0) / 1000);
  const [speed, setSpeed] = useState(1);
  const [problem, setProblem] = useState<string>();
  const audio = useRef<HTMLAudioElement>(undefined);
  const opened = useRef<Source>(undefined);
  const gone = useRef(false);

  useEffect(
    () => () => {
      gone.current = true;
      audio.current?.pause();
      opened.current?.close();
    },
    [],
  );

  const load = async (): Promise<HTMLAudioElement | undefined> => {
    const result = await source();
    if (!result.ok) {
      setProblem(problemOf(result.refusal));
      return undefined;
    }
    opened.current = result.value;
    if (gone.current) {
      result.value.close();
      return undefined;
    }
    const media = new Audio();
    playsAlone(media);
    media.addEventListener("timeupdate", () => setAt(media.currentTime));
    media.addEventListener("play", () => setState("playing"));
    media.addEventListener("pause", () => setState("paused"));
    media.addEventListener("ended", () => setAt(0));
    if (!(await metadata(media, result.value))) {
      const why = await result.value.trouble?.();
      result.value.close();
      setProblem(why ? problemOf(why) : t.cannotPlay);
      return undefined;
    }
    if (Number.isFinite(media.duration)) setLength(media.duration);
    audio.current = media;
    return media;
  };

  const toggle = async () => {
    if (state === "loading") return;
    if (audio.current && !audio.current.paused) return audio.current.pause();
    setProblem(undefined);
    if (!audio.current) setState("loading");
    const media = audio.current ?? (await load());
    if (!media || gone.current) return setState("idle");
    media.playbackRate = speed;
    if (media.ended || Math.abs(media.currentTime - at) > 0.5) media.currentTime = at;
    await media.play().catch(() => {
      setState("paused");
      setProblem(t.cannotPlay);
    });
  };
  const seek = (to: number) => {
    setAt(to);
    if (audio.current) audio.current.currentTime = to;
  };
  const faster = () => {
    const next = speeds[(speeds.indexOf(speed) + 1) % speeds.length]!;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  const playing = state === "playing";
  return (
    <div class="player" role="group" aria-label={label}>
      <button
        type="button"
        class="player-button"
        aria-label={playing ? t.pausePlaying : t.play}
        aria-busy={state === "loading"}
        aria-describedby={problemId}
        onClick={() => void toggle()}
      >
        {state === "loading" ? <span class="spinner" /> : <Icon path={playing ? drawings.pause : drawings.play} />}
      </button>
      <Wave wave={wave} at={at} length={length} onSeek={seek} />
      <span class="player-time">{lengthText((at > 0 ? at : length) * 1000)}</span>
      <button type="button" class="player-speed" aria-label={t.speed(`${speed}×`)} onClick={faster}>
        {speed}×
      </button>
      <p id={problemId} class="problem" role="alert">
        {problem}
      </p>
    </div>
  );
}

/** Reads what it is. What was recorded in a browser does not say how long it is until its end was looked at. */
function metadata(media: HTMLAudioElement, { url, progressive }: Source): Promise<boolean> {
  return new Promise((resolve) => {
    media.addEventListener("error", () => resolve(false), { once: true });
    const toBegin = () => {
      if (!Number.isFinite(media.duration)) return;
      media.removeEventListener("durationchange", toBegin);
      media.addEventListener("seeked", () => resolve(true), { once: true });
      media.currentTime = 0;
    };
    const read = () => {
      if (progressive || Number.isFinite(media.duration)) return resolve(true);
      media.addEventListener("durationchange", toBegin);
      media.currentTime = Number.MAX_SAFE_INTEGER;
    };
    media.addEventListener("loadedmetadata", read, { once: true });
    media.preload = "auto";
    media.src = url;
  });
}
