import type { RemoteAudioTrack } from "livekit-client";
import { useEffect, useRef } from "preact/hooks";

/** What is heard of somebody. */
export function SoundOf({ track, volume }: { track: RemoteAudioTrack; volume: number }) {
  const ref = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    const audio = ref.current!;
    track.attach(audio);
    return () => void track.detach(audio);
  }, [track]);
  useEffect(() => track.setVolume(volume), [track, volume]);
  // oxlint-disable-next-line jsx-a11y/media-has-caption -- nobody writes down what is said
  return <audio ref={ref} autoPlay />;
}
