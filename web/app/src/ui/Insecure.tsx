import { text } from "../store/settings.ts";

/** What the button of a form that cannot encrypt here is described by. */
export const insecureId = isSecureContext ? undefined : "insecure";

/** Why a form cannot open an encrypted room: browsers encrypt only on pages that came over https or from this machine. */
export function Insecure() {
  if (isSecureContext) return null;
  return (
    <p id={insecureId} class="note warn" role="alert">
      {text.value.insecure}
    </p>
  );
}
