import { useEffect, useRef } from "preact/hooks";
import { KnockAtDoor, type KnockState, type KnockWords } from "@hcchat/client/owned";
import { problemOf, text } from "../store/ownedText.ts";
import { session } from "../store/session.ts";

interface Props {
  words: KnockWords;
  /** Somebody has opened. */
  onEntered: () => void;
  /** It is over without that. */
  onEnd: (problem?: string) => void;
}

/** Waits at the door until somebody opens. */
export function KnockPanel({ words, onEntered, onEnd }: Props) {
  const t = text.value;
  const panel = useRef<HTMLDivElement>(null);
  useEffect(() => {
    panel.current?.focus();
    const client = session.peek()?.client;
    if (!client) return onEnd();
    const knock = new KnockAtDoor(client, words);
    const settled = (state: KnockState) => {
      if (state.kind === "admitted") onEntered();
      else if (state.kind === "refused") onEnd(problemOf(state.refusal));
    };
    const unheard = knock.state.subscribe(settled);
    return () => {
      unheard();
      knock.end();
    };
  }, []);
  return (
    <div class="card knocking" tabIndex={-1} ref={panel}>
      <p role="status">
        <span class="spinner" aria-hidden="true" />
        <strong>{t.knocking}</strong>
      </p>
      <p class="hint">{t.knockingHint}</p>
      <button type="button" class="secondary" onClick={() => onEnd()}>
        {t.goAway}
      </button>
    </div>
  );
}
