import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../store/callsText.ts";
import { close, only, open } from "./devices.ts";

/** How one looks to the others. It takes its place from the start, whether or not there is a picture. */
export function Preview({ id, on }: { id: string | undefined; on: boolean }) {
  const t = text.value;
  const ref = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<keyof typeof t.devices>();
  useEffect(() => {
    if (!on) return;
    let [stream, over] = [undefined as MediaStream | undefined, false];
    void open({ video: only("videoinput", id) }).then((opened) => {
      if (typeof opened === "string") return setProblem(opened);
      stream = opened;
      if (over) return close(stream);
      setProblem(undefined);
      ref.current!.srcObject = stream;
    });
    return () => {
      over = true;
      close(stream);
    };
  }, [id, on]);
  return (
    <div class="call-preview">
      {problem ? (
        <p class="note danger" role="alert">
          {t.camera}: {t.devices[problem]}
        </p>
      ) : (
        <video ref={ref} class="mirror" aria-label={t.preview} muted playsInline autoPlay />
      )}
    </div>
  );
}
