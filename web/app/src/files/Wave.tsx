import { text } from "../store/filesText.ts";
import { lengthText } from "./measures.ts";

interface Props {
  wave: Uint8Array | undefined;
  /** Seconds. */
  at: number;
  length: number;
  onSeek: (seconds: number) => void;
}

/** Steps of an arrow key. seconds */
const step = 1;
/** Of the drawing; it is stretched to its place. */
const [height, between] = [32, 4];

/** Loudness over time, with how far it was played. It is a slider, for hands and keys. */
export function Wave({ wave, at, length, onSeek }: Props) {
  const t = text.value;
  const levels = wave ?? new Uint8Array(40).fill(24);
  const path = Array.from(levels, (level, i) => {
    const half = Math.max(1, (level / 255) * (height / 2 - 2));
    return `M${i * between + between / 2} ${height / 2 - half}v${2 * half}`;
  }).join("");
  const share = length > 0 ? Math.min(1, at / length) : 0;
  return (
    <span class="wave">
      <svg viewBox={`0 0 ${levels.length * between} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={path} />
        <path class="played" d={path} style={{ clipPath: `inset(-50% ${100 - share * 100}% -50% 0)` }} />
      </svg>
      <input
        type="range"
        min={0}
        max={Math.max(length, 0.1)}
        step={0.1}
        value={at}
        aria-label={t.position}
        aria-valuetext={t.progress(lengthText(at * 1000), lengthText(length * 1000))}
        onKeyDown={(event) => {
          const by = { ArrowRight: step, ArrowUp: step, ArrowLeft: -step, ArrowDown: -step }[event.key];
          if (!by) return;
          event.preventDefault();
          onSeek(Math.max(0, Math.min(length, at + by)));
        }}
        onInput={(event) => onSeek(event.currentTarget.valueAsNumber)}
      />
    </span>
  );
}
