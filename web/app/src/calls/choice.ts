import { signal } from "@preact/signals";
import { load, save } from "../store/storage.ts";
import { only } from "./devices.ts";

/** With what one comes into a call. Devices by their id; the browser's own choice when there is none. */
export interface Choice {
  microphone: boolean;
  camera: boolean;
  microphoneId?: string;
  cameraId?: string;
  speakerId?: string;
  /** Whether the browser takes noise out of what the microphone hears. */
  quiet: boolean;
  /** Whether a call is heard to ring. */
  rings: boolean;
  /** Whether one is heard only while the space bar is held. */
  pushToTalk: boolean;
}

const standard: Choice = { microphone: true, camera: false, quiet: true, rings: true, pushToTalk: false };

/** As it was the last time on this device. */
export const choice = signal<Choice>({ ...standard, ...load<Partial<Choice>>("call", {}) });

/** Chooses, and keeps it for the next time. */
export function choose(change: Partial<Choice>): void {
  choice.value = { ...choice.peek(), ...change };
  save("call", choice.value);
}

/** How the microphone is asked for. */
export function microphoneOptions({ microphoneId, quiet }: Choice) {
  return {
    echoCancellation: true,
    autoGainControl: true,
    noiseSuppression: quiet,
    ...only("audioinput", microphoneId),
  };
}

/** How the camera is asked for. */
export function cameraOptions({ cameraId }: Choice) {
  return { resolution: { width: 1280, height: 720, frameRate: 30 }, ...only("videoinput", cameraId) };
}
