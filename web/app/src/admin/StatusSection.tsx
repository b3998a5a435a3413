import { useState } from "preact/hooks";
import { ActDialog } from "./ActDialog.tsx";
import { Figures } from "./Figures.tsx";
import { ask } from "./operator.ts";
import { Section } from "./Section.tsx";
import { number, text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

/** When newcomers pay by work: when somebody attacks, always, never. */
const raidModes = ["auto", "on", "off"] as const;
type RaidMode = (typeof raidModes)[number];

interface Status {
  started: number;
  connections: number;
  rooms: number;
  people: number;
  messages: number;
  banned: number;
  reports: number;
  raid: RaidMode;
  raidedRooms: number;
}

/** How the server is, and what it does against raids. */
export function StatusSection() {
  const t = text.value;
  const asked = useAsked<Status>("status");
  const [raid, setRaid] = useState<RaidMode>();
  const close = () => setRaid(undefined);
  return (
    <Section title={t.names.status} asked={asked}>
      {(status) => (
        <>
          <Figures
            of={[
              [t.status.started, time(status.started)],
              [t.status.connections, number(status.connections)],
              [t.status.people, number(status.people)],
              [t.status.rooms, number(status.rooms)],
              [t.status.messages, number(status.messages)],
              [t.status.reports, number(status.reports)],
              [t.status.banned, number(status.banned)],
              [t.raid.title, t.raid.modes[status.raid]],
              [t.raid.rooms, number(status.raidedRooms)],
            ]}
          />
          <h3>{t.raid.title}</h3>
          <p class="hint">{t.raid.hint}</p>
          <div class="section-acts">
            {raidModes.map((mode) => (
              <button
                key={mode}
                type="button"
                class="secondary"
                aria-pressed={mode === status.raid}
                onClick={() => setRaid(mode)}
              >
                {t.raid.modes[mode]}
              </button>
            ))}
          </div>
          {raid && (
            <ActDialog
              title={t.raid.title}
              explains={t.raid.explains[raid]}
              does={t.raid.modes[raid]}
              act={() => ask("raid", { mode: raid })}
              onClose={close}
              onDone={() => {
                close();
                void asked.reload();
              }}
            />
          )}
        </>
      )}
    </Section>
  );
}
