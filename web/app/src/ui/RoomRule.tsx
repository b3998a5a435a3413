import { useEffect, useId, useState } from "preact/hooks";
import type { HistoryPolicy, Observed, Refusal, Result } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import { enRoomSettings, zhRoomSettings } from "../i18n/settings-of-rooms.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { locale } from "../store/settings.ts";
import { Field } from "./Field.tsx";

/** The texts about what a room is set to. */
export const words = () => (locale.value === "zh" ? zhRoomSettings : enRoomSettings);

/** What is wrong, in the language that is read. */
export function problemOf(refusal: Refusal | undefined): string | undefined {
  return refusal && (words().problems[refusal.code] ?? text.value.refusals[refusal.code] ?? refusal.text);
}

/** What the client reports, drawn anew when it changes. */
export function useObserved<T>(source: Observed<T>): T {
  const [value, setValue] = useState(source.value);
  useEffect(() => {
    setValue(source.value);
    return source.subscribe(setValue);
  }, [source]);
  return value;
}

/** Whether one decides about the room. */
export function useMayRule({ room, me }: OpenRoom): boolean {
  useObserved(room.settings.info);
  return room.settings.isUpTo(me.value?.level ?? 0);
}

/** Why one does not, in words. */
export function whoRules({ room }: OpenRoom): string {
  return room.settings.info.value?.owned ? words().notYours : words().notModerator;
}

/** A request to the server with what came of it. */
function useAsking(): {
  busy: boolean;
  done: boolean;
  problem: string | undefined;
  ask: (work: Promise<Result>) => Promise<boolean>;
} {
  const [state, setState] = useState<{ busy: boolean; result?: Result }>({ busy: false });
  const ask = async (work: Promise<Result>) => {
    setState({ busy: true });
    const result = await work;
    setState({ busy: false, result });
    return result.ok;
  };
  const { busy, result } = state;
  return {
    busy,
    done: result?.ok === true,
    problem: result && !result.ok ? problemOf(result.refusal) : undefined,
    ask,
  };
}

/** Sets what the server keeps. What was refused goes back to what is in force. */
export function KeptForm({ opened, policy }: { opened: OpenRoom; policy: HistoryPolicy }) {
  const t = words();
  const name = useId();
  const [change, setChange] = useState<{ mode?: HistoryPolicy["mode"]; days?: string; count?: string }>({});
  const { busy, done, problem, ask } = useAsking();
  const { mode = policy.mode, days = `${policy.days}`, count = `${policy.count}` } = change;
  const save = async (event: Event) => {
    event.preventDefault();
    const wanted = { mode, ...(mode !== "off" && { days: number(days), count: number(count) }) };
    await ask(new OwnedRoom(opened.room).keep(wanted));
    setChange({});
  };
  return (
    <form class="choice" onSubmit={(event) => void save(event)}>
      <fieldset class="choice">
        <legend>{t.kept}</legend>
        {(["off", "encrypted", "on"] as const).map((one) => (
          <label key={one} class="check">
            <input
              type="radio"
              name={name}
              checked={mode === one}
              disabled={busy}
              onChange={() => setChange({ ...change, mode: one })}
            />
            <span>{t.modes[one]}</span>
          </label>
        ))}
        {mode !== "off" && (
          <>
            <Field
              label={t.days}
              value={days}
              onInput={(value) => setChange({ ...change, days: value })}
              maxLength={4}
            />
            <Field
              label={t.count}
              value={count}
              onInput={(value) => setChange({ ...change, count: value })}
              maxLength={8}
            />
          </>
        )}
        <p class="problem" role="alert">
          {problem}
        </p>
        {done && Object.keys(change).length === 0 && (
          <p class="hint" role="status">
            {t.saved}
          </p>
        )}
        <button type="submit" class="secondary" disabled={busy || Object.keys(change).length === 0}>
          {t.save}
        </button>
      </fieldset>
    </form>
  );
}

/** The number that was typed; what is none is the server's to refuse. */
function number(typed: string): number {
  return /^\d+$/.test(typed.trim()) ? Number(typed) : 0;
}
