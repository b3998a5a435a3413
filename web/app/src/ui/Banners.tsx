import { useEffect, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { reenter } from "../store/session.ts";
import { text } from "../store/roomText.ts";
import { fetchLater } from "./fetchLater.ts";
import { outOf } from "./outOf.ts";
import { Icon } from "./Icon.tsx";
import { lazy } from "./lazy.tsx";

const WrongKey = lazy(() => fetchLater().then((m) => m.WrongKey));

/** What needs attention above the timeline: a lost connection, a key that is not the others'. */
export function Banners({ opened }: { opened: OpenRoom }) {
  return (
    <>
      {!opened.room.encrypted && (
        <p class="banner warn">
          <Icon name="unlock" />
          {text.value.notEncryptedHint}
        </p>
      )}
      <Reconnecting opened={opened} />
      <div role="status">
        {opened.slowed.value && <p class="banner">{text.value.slowed}</p>}
        {opened.stalled.value && (
          <p class="banner">
            {text.value.stalled[opened.stalled.value.code] ?? text.value.slowed}
            <UnsentNote opened={opened} />
          </p>
        )}
      </div>
      <Refused opened={opened} />
      {opened.wrongKey.value && <WrongKey opened={opened} />}
    </>
  );
}

/** How it stands with the server, in one sentence. */
export function connectionText(opened: OpenRoom): string {
  const t = text.value;
  const state = opened.connection.value;
  if (state.kind === "connecting") return state.restart ? t.restarting : t.connecting;
  if (!opened.wasConnected.value) return t.unreachable;
  return state.kind === "waiting" && state.restart ? t.restarting : t.lost;
}

function Reconnecting({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const state = opened.connection.value;
  const retryAt = state.kind === "waiting" ? state.retryAt : 0;
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!retryAt) return;
    setNow(Date.now());
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [retryAt]);
  const shown = state.kind === "waiting" || (state.kind === "connecting" && opened.wasJoined.value);
  return (
    // One status element for all of it, so that a change is announced once and the seconds are not.
    <div role="status">
      {shown && (
        <div class="banner">
          <span class="spinner" aria-hidden="true" />
          <span>{connectionText(opened)}</span>
          {state.kind === "waiting" && (
            <>
              <span class="muted" aria-hidden="true">
                {t.retryIn(Math.max(0, Math.ceil((retryAt - now) / 1000)))}
              </span>
              <button type="button" class="secondary" onClick={() => opened.client.retryNow()}>
                {t.retryNow}
              </button>
            </>
          )}
          <UnsentNote opened={opened} />
        </div>
      )}
    </div>
  );
}

/** What becomes of unsent messages when the page is closed, where that is not the same as ever. */
function UnsentNote({ opened }: { opened: OpenRoom }) {
  void opened.version.value; // they are looked for anew
  return opened.needsKeyToSend() ? <span class="whole muted">{text.value.unsentNeedsKey}</span> : null;
}

/** The room refused us when we came back, e.g. because the name is taken now. What was said stays in view. */
function Refused({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const state = opened.state.value;
  if (state.kind !== "refused" || opened.connection.value.kind === "closed" || outOf(state) !== "closed") return null;
  return (
    <div class="banner danger" role="alert">
      <Icon name="alert" />
      <span>{t.refusals[state.refusal.code] ?? state.refusal.text}</span>
      <button type="button" class="secondary" onClick={() => reenter()}>
        {t.retry}
      </button>
    </div>
  );
}
