import { useState } from "preact/hooks";
import { problemOf, text } from "../store/callsText.ts";
import { Dialog } from "../ui/Dialog.tsx";
import type { Calling } from "./calling.ts";
import { choice, choose } from "./choice.ts";
import { ConnectionTest } from "./ConnectionTest.tsx";
import { DeviceChoice } from "./DeviceChoice.tsx";

/** Before a call: what one comes with, how one looks and sounds, and whether the way there is open. */
export function EnterDialog({ calling }: { calling: Calling }) {
  const t = text.value;
  const [testing, setTesting] = useState(false);
  const { microphone, camera } = choice.value;
  const problem = calling.problem.value;
  const tries = calling.entering.value;
  const busy = tries > 0;
  const close = () => {
    if (calling.live.peek()) return; // it closes as well when one is in
    calling.leave();
    calling.problem.value = undefined;
  };
  return (
    <Dialog title={calling.call.value ? t.joinTitle : t.callTitle} onClose={close}>
      <div class="call-switches">
        <label>
          <input
            type="checkbox"
            checked={microphone}
            onChange={(event) => choose({ microphone: event.currentTarget.checked })}
          />
          {t.withMicrophone}
        </label>
        <label>
          <input
            type="checkbox"
            checked={camera}
            onChange={(event) => choose({ camera: event.currentTarget.checked })}
          />
          {t.withCamera}
        </label>
      </div>
      <DeviceChoice preview={busy ? "kept" : "on"} />
      {problem && (
        <p class="note danger" role="alert">
          {problemOf(problem)}
        </p>
      )}
      <button type="button" class="primary" disabled={busy} onClick={() => void calling.enter(choice.peek())}>
        {busy ? t.entering : problem ? t.again : calling.call.value ? t.join : t.begin}
      </button>
      <p role="status" class={tries > 1 ? "note" : "visually-hidden"}>
        {tries > 1 ? t.enteringAgain : busy ? t.entering : ""}
      </p>
      {testing ? (
        <ConnectionTest calling={calling} />
      ) : (
        <button type="button" class="link-button" onClick={() => setTesting(true)}>
          {t.test}
        </button>
      )}
      <p class="muted">{t.encryptedHint}</p>
    </Dialog>
  );
}
