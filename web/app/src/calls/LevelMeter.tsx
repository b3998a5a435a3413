import { useEffect, useState } from "preact/hooks";
import { text } from "../store/callsText.ts";
import { close, only, open } from "./devices.ts";

/** How often the level is measured, ms. */
const interval = 100;

/** How loud one is to the others. */
export function LevelMeter({ id, quiet, on }: { id: string | undefined; quiet: boolean; on: boolean }) {
  const t = text.value;
  const [level, setLevel] = useState(0);
  const [problem, setProblem] = useState<keyof typeof t.devices>();
  useEffect(() => {
    if (!on) return setLevel(0);
    let end = () => undefined as void;
    let over = false;
    void open({ audio: { noiseSuppression: quiet, ...only("audioinput", id) } }).then((opened) => {
      if (typeof opened === "string") return setProblem(opened);
      if (over) return close(opened);
      setProblem(undefined);
      end = measure(opened, setLevel);
    });
    return () => {
      over = true;
      end();
    };
  }, [id, quiet, on]);
  return problem ? (
    <p class="note danger" role="alert">
      {t.microphone}: {t.devices[problem]}
    </p>
  ) : (
    <label class="call-level">
      <span>{t.level}</span>
      <meter min={0} max={1} value={level} />
    </label>
  );
}

/** Measures until it is ended, and then lets the microphone go. */
function measure(stream: MediaStream, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
    tell(Math.min(1, Math.sqrt(power) * 4));
  }, interval);
  return () => {
    clearInterval(timer);
    close(stream);
    void context.close();
  };
}
