import { useEffect, useRef } from "preact/hooks";
import type { Picture } from "./tile.ts";

/** A camera or a screen. One's own camera is shown as in a mirror. */
export function VideoOf({ track, label, mirror = false }: { track: Picture; label: string; mirror?: boolean }) {
  const ref = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    const video = ref.current!;
    track.attach(video);
    return () => void track.detach(video);
  }, [track]);
  return <video ref={ref} class={mirror ? "mirror" : undefined} aria-label={label} playsInline muted autoPlay />;
}
