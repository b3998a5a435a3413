import { useEffect, useRef, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { choice } from "./choice.ts";
import { Controls } from "./Controls.tsx";
import { DevicesDialog } from "./DevicesDialog.tsx";
import type { LiveCall } from "./live-call.ts";
import { pushToTalk } from "./push-to-talk.ts";
import { Stage, type View } from "./Stage.tsx";

interface Props {
  opened: OpenRoom;
  live: LiveCall;
  onLeave: () => void;
}

/** A call that one is in. What is said in the room stays beside or below it. */
export function CallView({ opened, live, onLeave }: Props) {
  const t = text.value;
  const [view, setView] = useState<View>("grid");
  const [large, setLarge] = useState(false);
  const [devices, setDevices] = useState(false);
  const ref = useRef<HTMLElement>(null);
  const { state, problems, told } = live;
  const byHand = choice.value.pushToTalk;

  useEffect(() => (byHand ? pushToTalk(live) : undefined), [live, byHand]);
  useEffect(() => {
    ref.current!.focus();
    // Whoever leaves goes on where calls are begun; whoever is elsewhere stays there.
    return () => {
      if (document.activeElement === document.body) document.getElementById("call-button")?.focus();
    };
  }, []);

  const said = told.value && t.told[told.value.kind](told.value.name);
  return (
    <section class={large ? "call large" : "call"} aria-label={t.call} tabIndex={-1} ref={ref}>
      <div class="call-head">
        <p class="badge" title={t.encryptedHint}>
          <Icon name="lock" />
          <span>{t.encrypted}</span>
        </p>
        <span class="muted">{t.people(live.tiles.value.length)}</span>
        {byHand && <span class="muted">{t.holdSpace}</span>}
      </div>
      <div role="status">
        {state.value !== "connected" && <p class="banner">{t.states[state.value]}</p>}
        {live.silenced.value && <p class="banner warn">{t.silenced}</p>}
        {problems.value.map((one) => (
          <p key={one} class="banner danger">
            <span>{t.problems[`cannot_${one}`]}</span>
            <button type="button" class="secondary" onClick={() => live.dismiss(one)}>
              {t.dismiss}
            </button>
          </p>
        ))}
      </div>
      <p class="visually-hidden" aria-live="polite">
        {said}
      </p>
      <Stage opened={opened} live={live} view={view} />
      <Controls
        live={live}
        view={view}
        large={large}
        onView={setView}
        onLarge={() => setLarge(!large)}
        onDevices={() => setDevices(true)}
        onLeave={onLeave}
      />
      {devices && <DevicesDialog live={live} onClose={() => setDevices(false)} />}
    </section>
  );
}
