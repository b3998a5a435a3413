import { useEffect, useRef } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { leave, reenter } from "../store/session.ts";
import { text } from "../store/dialogText.ts";
import { outOf } from "./outOf.ts";

/** Where the composer was: why the session is over for good. */
export function Ended({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => ref.current?.focus(), []);
  const state = opened.connection.value;
  const reason = state.kind === "closed" ? state.reason : outOf(opened.state.value);
  const [title, hint] = {
    taken_over: [t.takenOver, t.takenOverHint],
    kicked: [t.kicked, t.kickedHint],
    forbidden: [t.forbidden, t.forbiddenHint],
    closed: [t.lost, ""],
    room_closed: [t.roomClosed, t.roomClosedHint],
  }[reason];
  return (
    <div class="ended" role="alert" tabIndex={-1} ref={ref}>
      <h2>{title}</h2>
      {hint && <p class="muted">{hint}</p>}
      <div class="ended-actions">
        {reason === "kicked" && state.kind !== "closed" && (
          <button type="button" class="secondary" onClick={() => reenter()}>
            {t.comeBack}
          </button>
        )}
        {(reason === "taken_over" || reason === "closed") && (
          <button type="button" class="primary" onClick={() => reenter()}>
            {t.useHere}
          </button>
        )}
        <button type="button" class="secondary" onClick={leave}>
          {t.toStart}
        </button>
      </div>
    </div>
  );
}
