import { useEffect, useState } from "preact/hooks";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import { type Calling, ringing } from "./calling.ts";
import { drawings } from "./icons.ts";

/** There is a call: it rings until one comes, declines or a minute is over; then it is only said that it goes on. */
export function CallBanner({ opened, calling }: { opened: OpenRoom; calling: Calling }) {
  const t = text.value;
  const call = calling.call.value;
  const rings = useRinging(call?.id, call?.since ?? 0) && calling.declined.value !== call?.id;
  if (!call || calling.entering.value) return null;
  const names = call.people.map(({ nick }) => nick);
  const wants = () => {
    calling.problem.value = undefined;
    opened.calling.value = true;
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
          <button type="button" class="secondary" onClick={() => calling.decline(call.id)}>
            {t.decline}
          </button>
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
