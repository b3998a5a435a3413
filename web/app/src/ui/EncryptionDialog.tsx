import type { OpenRoom } from "../store/openRoom.ts";
import { reenter } from "../store/session.ts";
import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";
import { Icon } from "./Icon.tsx";
import { Remember } from "./Remember.tsx";

/** What is protected here and what is not, and the code by which people compare their keys. */
export function EncryptionDialog({ opened, onClose }: { opened: OpenRoom; onClose: () => void }) {
  const t = text.value;
  const { encrypted, address } = opened.room;
  const code = opened.keyCode.value;
  if (!encrypted) {
    return (
      <Dialog title={t.notEncrypted} onClose={onClose}>
        <p class="note warn">
          <Icon name="unlock" />
          {t.detailsPlain}
        </p>
      </Dialog>
    );
  }
  return (
    <Dialog title={t.detailsTitle} onClose={onClose}>
      <p>{address.compat ? t.detailsCompat : t.details}</p>
      {code && (
        <section class="code">
          <h3>{t.code}</h3>
          <p class="code-text">{grouped(code)}</p>
          <p class="hint">{t.codeHint}</p>
        </section>
      )}
      <p class={opened.keyCheck.value === "mismatch" ? "note danger" : "note"}>
        <Icon name={opened.keyCheck.value === "match" ? "check" : "key"} />
        {t.checked[opened.keyCheck.value]}
      </p>
      {!address.remember && <Remember checked={false} onChange={() => reenter({ remember: true })} />}
      <p class="hint">{t.web}</p>
    </Dialog>
  );
}

/** Four characters at a time are easier to read aloud. */
function grouped(code: string): string {
  return code.replace(/.{4}(?=.)/g, "$& ");
}
