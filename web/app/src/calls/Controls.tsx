import { text } from "../store/callsText.ts";
import { Icon, type IconName } from "../ui/Icon.tsx";
import { drawings } from "./icons.ts";
import type { LiveCall } from "./live-call.ts";
import { canFloat, float } from "./floating.ts";
import type { View } from "./Stage.tsx";

interface Props {
  live: LiveCall;
  view: View;
  large: boolean;
  onView: (view: View) => void;
  onLarge: () => void;
  onDevices: () => void;
  onLeave: () => void;
}

/** What one does in a call. */
export function Controls({ live, view, large, onView, onLarge, onDevices, onLeave }: Props) {
  const t = text.value;
  const [microphone, camera, screen] = [live.microphone.value, live.camera.value, live.screen.value];
  const canShare = "getDisplayMedia" in (navigator.mediaDevices ?? {});
  return (
    <div class="call-controls" role="toolbar" aria-label={t.controls}>
      <Control
        path={microphone ? drawings.microphone : drawings.microphoneOff}
        label={t.microphone}
        pressed={microphone}
        title={microphone ? t.microphoneOff : t.microphoneOn}
        onClick={() => void live.setMicrophone(!microphone)}
      />
      <Control
        path={camera ? drawings.camera : drawings.cameraOff}
        label={t.camera}
        pressed={camera}
        title={camera ? t.cameraOff : t.cameraOn}
        onClick={() => void live.setCamera(!camera)}
      />
      {canShare && (
        <Control
          path={drawings.screen}
          label={t.screen}
          pressed={screen}
          shared
          title={screen ? t.screenOff : t.screenOn}
          onClick={() => void live.setScreen(!screen)}
        />
      )}
      <Control
        path={view === "grid" ? drawings.speaker : drawings.grid}
        label={view === "grid" ? t.speakerView : t.gridView}
        onClick={() => onView(view === "grid" ? "speaker" : "grid")}
      />
      {canFloat() && <Control path={drawings.window} label={t.floating} onClick={() => void float(live)} />}
      <Control
        path={large ? drawings.smaller : drawings.larger}
        label={large ? t.smaller : t.larger}
        onClick={onLarge}
      />
      <Control name="settings" label={t.devicesTitle} onClick={onDevices} />
      <button type="button" class="call-leave" aria-label={t.leave} title={t.leave} onClick={onLeave}>
        <Icon path={drawings.hangUp} />
        <span>{t.leave}</span>
      </button>
    </div>
  );
}

interface ControlProps {
  path?: string;
  name?: IconName;
  label: string;
  /** Whether it is on; of what is neither on nor off nothing. */
  pressed?: boolean;
  /** Of what is off as a rule. */
  shared?: boolean;
  title?: string;
  onClick: () => void;
}

function Control({ path, name, label, pressed, shared = false, title = label, onClick }: ControlProps) {
  const state = pressed === shared ? (shared ? " call-on" : " call-off") : "";
  return (
    <button
      type="button"
      class={`icon-button${state}`}
      aria-label={label}
      aria-pressed={pressed}
      title={title}
      onClick={onClick}
    >
      <Icon {...(path ? { path } : { name: name! })} />
    </button>
  );
}
