import { text } from "../store/callsText.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { DeviceChoice } from "./DeviceChoice.tsx";
import type { LiveCall } from "./live-call.ts";

/** Other devices, while one is in the call. */
export function DevicesDialog({ live, onClose }: { live: LiveCall; onClose: () => void }) {
  return (
    <Dialog title={text.value.devicesTitle} onClose={onClose}>
      <DeviceChoice onChange={() => void live.useChoice()} />
      <p class="muted">{text.value.keysHint}</p>
    </Dialog>
  );
}
