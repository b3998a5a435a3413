import { useEffect, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { problemOf, text } from "../store/filesText.ts";
import { Icon } from "../ui/Icon.tsx";
import { FileCard } from "./FileCard.tsx";
import { drawings } from "./icons.ts";
import { Placeholder, shape } from "./Pictures.tsx";
import type { Shown } from "./shown.ts";
import { openSource, playsAlone, type Source } from "./sources.ts";

/** A film: its picture until it is played, while it loads where the browser can do that. */
export function Video({ opened, shown }: { opened: OpenRoom; shown: Shown }) {
  const t = text.value;
  const { file, message } = shown;
  const [source, setSource] = useState<Source>();
  const [loading, setLoading] = useState(false);
  const [problem, setProblem] = useState<string>();
  const gone = useRef(false);
  useEffect(() => () => void (gone.current = true), []);
  useEffect(() => () => source?.close(), [source]);

  const play = async () => {
    if (loading) return;
    setLoading(true);
    setProblem(undefined);
    const result = await openSource(opened, message, file);
    if (gone.current) return result.ok && result.value.close();
    if (result.ok) return setSource(result.value);
    setLoading(false);
    setProblem(problemOf(result.refusal));
  };
  const fail = async () => {
    const why = await source?.trouble?.();
    setSource(undefined);
    setLoading(false);
    setProblem(why ? problemOf(why) : t.cannotPlay);
  };
  const { w = 16, h = 9 } = file;
  return (
    <div class="film">
      <div class="picture" style={shape({ w: w < 240 ? (240 * w) / h : w, h: w < 240 ? 240 : h })}>
        <Placeholder picture={shown} />
        {source && (
          <Screen
            source={source}
            label={t.video(file.name)}
            onRuns={() => setLoading(false)}
            onFail={() => void fail()}
          />
        )}
        {!source && !loading && (
          <button type="button" class="picture-over" aria-label={t.playVideo(file.name)} onClick={() => void play()}>
            <span class="round">
              <Icon path={drawings.play} />
            </span>
          </button>
        )}
        {loading && (
          <p class="pill film-loading" role="status">
            <span class="spinner" />
            {t.loading}
          </p>
        )}
      </div>
      <FileCard opened={opened} shown={shown}>
        {problem && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        {source?.progressive && <p class="hint">{t.unverified}</p>}
      </FileCard>
    </div>
  );
}

interface ScreenProps {
  source: Source;
  label: string;
  onRuns: () => void;
  onFail: () => void;
}

function Screen({ source, label, onRuns, onFail }: ScreenProps) {
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const media = video.current!;
    playsAlone(media);
    media.focus();
    // A browser that does not begin by itself shows its own button.
    media.play().catch(() => onRuns());
    return () => {
      media.pause();
      media.removeAttribute("src");
      media.load(); // gives back what it holds
    };
  }, []);
  return (
    // oxlint-disable-next-line jsx-a11y/media-has-caption -- people's own films have none
    <video
      ref={video}
      src={source.url}
      controls
      controlsList="nodownload" // it would be saved unverified, and without its name
      playsInline
      preload="auto"
      aria-label={label}
      onPlaying={onRuns}
      onError={onFail}
    />
  );
}
