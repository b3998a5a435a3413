import { useEffect } from "preact/hooks";
import { text } from "../store/callsText.ts";
import { type Choice, choice, choose } from "./choice.ts";
import { type Device, devices, lookForDevices } from "./devices.ts";
import { LevelMeter } from "./LevelMeter.tsx";
import { Preview } from "./Preview.tsx";

interface Props {
  /** Shows how one looks and sounds; or keeps the place for it, so that nothing moves under a finger. */
  preview?: "on" | "kept";
  onChange?: () => void;
}

/** Microphone, camera and speaker, and how the microphone works. */
export function DeviceChoice({ preview, onChange }: Props) {
  const t = text.value;
  const chosen = choice.value;
  useEffect(() => void lookForDevices(), []);
  const change = (by: Partial<Choice>) => {
    choose(by);
    onChange?.();
  };
  const { audioinput, audiooutput, videoinput } = devices.value;
  const all = (
    <>
      <Pick
        label={t.microphone}
        from={audioinput}
        id={chosen.microphoneId}
        onPick={(id) => change({ microphoneId: id })}
      />
      <Pick label={t.camera} from={videoinput} id={chosen.cameraId} onPick={(id) => change({ cameraId: id })} />
      <Pick label={t.speaker} from={audiooutput} id={chosen.speakerId} onPick={(id) => change({ speakerId: id })} />
      <label class="call-check">
        <input
          type="checkbox"
          checked={chosen.quiet}
          onChange={(event) => change({ quiet: event.currentTarget.checked })}
        />
        {t.quiet}
      </label>
      <label class="call-check">
        <input
          type="checkbox"
          checked={chosen.pushToTalk}
          onChange={(event) => change({ pushToTalk: event.currentTarget.checked })}
        />
        {t.pushToTalk}
      </label>
      <label class="call-check">
        <input
          type="checkbox"
          checked={chosen.rings}
          onChange={(event) => change({ rings: event.currentTarget.checked })}
        />
        {t.ringing}
      </label>
    </>
  );
  if (!preview) return <div class="call-devices">{all}</div>;
  // The choice is folded away: devices tell their names late, and what appears then must not push away what one is about to press.
  return (
    <div class="call-devices">
      {chosen.camera && <Preview id={chosen.cameraId} on={preview === "on"} />}
      {chosen.microphone && <LevelMeter id={chosen.microphoneId} quiet={chosen.quiet} on={preview === "on"} />}
      <details>
        <summary>{t.devicesTitle}</summary>
        <div class="call-devices">{all}</div>
      </details>
    </div>
  );
}

interface PickProps {
  label: string;
  from: readonly Device[];
  id: string | undefined;
  onPick: (id: string) => void;
}

/** One of several devices; nothing where there is no choice. */
function Pick({ label, from, id, onPick }: PickProps) {
  if (from.length < 2) return null;
  const known = from.some((one) => one.id === id);
  return (
    <label class="field call-pick">
      <span>{label}</span>
      <select value={known ? id : from[0]!.id} onChange={(event) => onPick(event.currentTarget.value)}>
        {from.map((one) => (
          <option key={one.id} value={one.id}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}
