import { useEffect, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { answered } from "./answered.ts";
import { type Calling, ringing } from "./calling.ts";
import { choice, choose } from "./choice.ts";
import { drawings } from "./icons.ts";
import { ring } from "./ring.ts";

/** There is a call: it rings until one comes, declines or a minute is over; then it is only said that it goes on. */
export function CallBanner({ opened, calling }: { opened: OpenRoom; calling: Calling }) {
  const t = text.value;
  const call = calling.call.value;
  const young = useRinging(call?.id, call?.since ?? 0);
  const rings = young && calling.declined.value !== call!.id && !answered.value.includes(call!.id);
  const comes = opened.calling.value === "wanted" || calling.entering.value > 0;
  const aloud = choice.value.rings;
  useEffect(() => (rings && !comes && aloud ? ring() : undefined), [rings, comes, aloud]);
  if (!call || calling.entering.value) return null;
  const names = call.people.map(({ nick }) => nick);
  const wants = () => {
    calling.problem.value = undefined;
    opened.calling.value = "wanted";
  };
  return (
    <div class={rings ? "banner call-banner rings" : "banner call-banner"} role={rings ? "alert" : "status"}>
      {call.video ? <Icon path={drawings.camera} /> : <Icon name="phone" />}
      <span>
        {rings ? t.rings(call.nick) : t.running}
        {names.length > 0 && <span class="muted"> {t.inIt(names.join(", "))}</span>}
        {call.doubtful && <span class="warns"> {t.doubtful}</span>}
      </span>
      <span class="call-choice">
        {rings && (
          <>
            <button
              type="button"
              class="icon-button"
              aria-label={t.ringing}
              aria-pressed={aloud}
              title={t.ringing}
              onClick={() => choose({ rings: !aloud })}
            >
              <Icon path={aloud ? drawings.bell : drawings.bellOff} />
            </button>
            <button type="button" class="secondary" onClick={() => calling.decline(call.id)}>
              {t.decline}
            </button>
          </>
        )}
        <button type="button" class="primary" onClick={wants}>
          {t.join}
        </button>
      </span>
    </div>
  );
}

/** Whether a call began less than a minute ago. */
function useRinging(id: string | undefined, since: number): boolean {
  const [over, setOver] = useState<string>();
  const left = since + ringing - Date.now();
  useEffect(() => {
    if (id === undefined || left <= 0) return;
    const timer = setTimeout(() => setOver(id), left);
    return () => clearTimeout(timer);
  }, [id]);
  return id !== undefined && left > 0 && over !== id;
}
