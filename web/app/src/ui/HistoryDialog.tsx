import { useEffect, useId, useState } from "preact/hooks";
import { keeps, type Refusal } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { Dialog } from "./Dialog.tsx";
import { durationText, historyText } from "./historyText.ts";
import { Icon } from "./Icon.tsx";
import { KeptForm, problemOf, useMayRule, whoRules, words } from "./RoomRule.tsx";

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
  const may = useMayRule(opened);
  // What is asked for, until it holds or was refused.
  const [wanted, setWanted] = useState<number>();
  useEffect(() => setWanted(undefined), [timer]);
  useEffect(
    () =>
      room.events.on("undone", (why) => {
        setWanted(undefined);
        setProblem(why);
      }),
    [room],
  );
  const choose = async (ttl: number) => {
    setWanted(ttl);
    setProblem(undefined);
    const result = await (room.encrypted ? room.setTimer(ttl) : new OwnedRoom(room).keep({ ttl }));
    if (result.ok) return;
    setWanted(undefined);
    setProblem(result.refusal);
  };
  return (
    <Dialog title={t.history} onClose={onClose}>
      <p class="note">
        <Icon name="clock" />
        <span>{historyText(opened) ?? t.keptUnknown}</span>
      </p>
      {kept && <p class="hint">{room.encrypted ? words().seenSealed : words().seenPlain}</p>}
      <p class="hint">
        {room.address.remember ? t.deviceKeeps : words().deviceKeepsNot}
        {room.encrypted && !room.address.remember && ` ${words().tabKeeps} ${t.unsentNeedsKey}`}
      </p>
      {!room.address.compat && (
        <fieldset class="choice">
          <legend>{t.disappearing}</legend>
          <div class="times">
            {choices.map((ttl) => (
              <label key={ttl} class="check">
                <input
                  type="radio"
                  name={name}
                  checked={(wanted ?? timer) === ttl}
                  disabled={!room.encrypted && !may}
                  onChange={() => void choose(ttl)}
                />
                <span>{ttl === 0 ? t.never : t.after(durationText(ttl))}</span>
              </label>
            ))}
          </div>
          <p class="hint">{room.encrypted || may ? t.disappearingHint : whoRules(opened)}</p>
          <p class="problem" role="alert">
            {problemOf(problem)}
          </p>
        </fieldset>
      )}
      {policy && may && <KeptForm opened={opened} policy={policy} />}
    </Dialog>
  );
}
