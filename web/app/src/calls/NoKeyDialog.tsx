import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Dialog } from "../ui/Dialog.tsx";

/** Why there are no calls in a room that has no key for them. */
export function NoKeyDialog({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const close = () => (opened.calling.value = undefined);
  return (
    <Dialog title={t.noKeyTitle} onClose={close}>
      <p>{t.noKey}</p>
      <button type="button" class="primary" onClick={close}>
        {t.dismiss}
      </button>
    </Dialog>
  );
}
