import { useEffect, useRef, useState } from "preact/hooks";
import { text } from "../store/callsText.ts";
import { close, open } from "./devices.ts";

/** How one looks to the others. */
export function Preview({ id }: { id: string | undefined }) {
  const t = text.value;
  const ref = useRef<HTMLVideoElement>(null);
  const [problem, setProblem] = useState<keyof typeof t.devices>();
  useEffect(() => {
    let [stream, over] = [undefined as MediaStream | undefined, false];
    void open({ video: id ? { deviceId: id } : true }).then((opened) => {
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
  }, [id]);
  return problem ? (
    <p class="note danger" role="alert">
      {t.camera}: {t.devices[problem]}
    </p>
  ) : (
    <video ref={ref} class="call-preview mirror" aria-label={t.preview} muted playsInline autoPlay />
  );
}
