import { useEffect, useState } from "preact/hooks";
import { text } from "../store/callsText.ts";
import { Icon } from "../ui/Icon.tsx";
import type { Calling } from "./calling.ts";
import type { Outcome, Step } from "./checks.ts";
import { fetchLive } from "./fetchLive.ts";

const steps: readonly Step[] = ["microphone", "camera", "encryption", "server", "media", "relay"];
const fine = new Set<Outcome>(["good", "by_udp", "by_relay", "by_tcp", "no_relay"]);

/** Tries whether a call would work from here, and says in words what does not. */
export function ConnectionTest({ calling }: { calling: Calling }) {
  const t = text.value;
  const [outcomes, setOutcomes] = useState<Partial<Record<Step, Outcome>>>({});
  useEffect(() => {
    let over = false;
    const tell = (step: Step, outcome: Outcome) => {
      if (!over) setOutcomes((before) => ({ ...before, [step]: outcome }));
    };
    Promise.all([calling.desk, fetchLive()]).then(
      ([desk, { checkConnection }]) => checkConnection(desk, tell),
      () => steps.forEach((step) => tell(step, step === "server" ? "unreachable" : "skipped")),
    );
    return () => void (over = true);
  }, [calling]);
  return (
    <ul class="call-test" role="status">
      {steps.map((step) => {
        const outcome = outcomes[step];
        return (
          <li key={step} class={outcome && !fine.has(outcome) ? "warns" : undefined}>
            {outcome ? (
              <Icon name={fine.has(outcome) ? "check" : "alert"} />
            ) : (
              <span class="spinner" aria-hidden="true" />
            )}
            <span>
              {t.steps[step]}: {outcome ? t.outcomes[outcome] : t.testing}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
