import { useState } from "preact/hooks";
import { Icon } from "../ui/Icon.tsx";
import { untold } from "./goOn.ts";
import { openAccount, who } from "./state.ts";
import { text } from "./text.ts";
import "./login.css";

/** Who one is logged in as, and out of it again; or the offer to log in. */
export function Who() {
  const t = text.value;
  const [busy, setBusy] = useState(false);
  const state = who.value;
  const logOut = async () => {
    setBusy(true);
    const result = await (await openAccount()).logOut();
    untold.value = !result.ok;
    setBusy(false);
  };
  if (state.kind === "out") {
    return (
      <>
        {untold.value && (
          <p class="note danger" role="alert">
            {t.untold}
          </p>
        )}
        <a class="quiet-button centered" href="#/login">
          <Icon name="people" />
          {t.logIn}
        </a>
      </>
    );
  }
  return (
    <p class="who">
      <span>
        {t.loggedInAs} <strong dir="auto">{state.name}</strong>
      </span>
      <button type="button" class="link-button" disabled={busy} onClick={() => void logOut()}>
        {t.logOut}
      </button>
    </p>
  );
}
