import { useId, useState } from "preact/hooks";
import { keeps, type Refusal } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";
import { durationText, historyText } from "./historyText.ts";
import { Icon } from "./Icon.tsx";

/** Times that are offered, seconds. */
const times = [0, 300, 3_600, 86_400, 604_800, 2_592_000];

/** What is kept of the room, for how long, and who can read it; and after which time messages disappear. */
export function HistoryDialog({ opened, onClose }: { opened: OpenRoom; onClose: () => void }) {
  const t = text.value;
  const { room } = opened;
  const [problem, setProblem] = useState<Refusal>();
  const name = useId();
  const policy = opened.history.value;
  const kept = !policy || keeps(policy, room.encrypted);
  const timer = opened.timer.value || (opened.history.value?.ttl ?? 0);
  const choices = times.includes(timer) ? times : [...times, timer].sort((a, b) => a - b);
  const choose = (ttl: number) => {
    const result = room.setTimer(ttl);
    setProblem(result.ok ? undefined : result.refusal);
  };
  return (
    <Dialog title={t.history} onClose={onClose}>
      <p class="note">
        <Icon name="clock" />
        <span>{historyText(opened) ?? t.keptUnknown}</span>
      </p>
      {kept && <p class="hint">{room.encrypted ? t.seenSealed : t.seenPlain}</p>}
      <p class="hint">
        {room.address.remember ? t.deviceKeeps : t.deviceKeepsNot}
        {room.encrypted && !room.address.remember && ` ${t.unsentNeedsKey}`}
      </p>
      {!room.address.compat && (
        <fieldset class="choice">
          <legend>{t.disappearing}</legend>
          <div class="times">
            {choices.map((ttl) => (
              <label key={ttl} class="check">
                <input type="radio" name={name} checked={timer === ttl} onChange={() => choose(ttl)} />
                <span>{ttl === 0 ? t.never : t.after(durationText(ttl))}</span>
              </label>
            ))}
          </div>
          <p class="hint">{room.encrypted ? t.disappearingHint : t.disappearingPlain}</p>
          <p class="problem" role="alert">
            {problem && (t.refusals[problem.code] ?? problem.text)}
          </p>
        </fieldset>
      )}
    </Dialog>
  );
}
