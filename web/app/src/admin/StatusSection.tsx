import { Figures } from "./Figures.tsx";
import { Section } from "./Section.tsx";
import { number, text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Status {
  started: number;
  connections: number;
  rooms: number;
  people: number;
  messages: number;
  banned: number;
  reports: number;
}

/** How the server is. */
export function StatusSection() {
  const t = text.value;
  const asked = useAsked<Status>("status");
  return (
    <Section title={t.names.status} asked={asked}>
      {(status) => (
        <Figures
          of={[
            [t.status.started, time(status.started)],
            [t.status.connections, number(status.connections)],
            [t.status.people, number(status.people)],
            [t.status.rooms, number(status.rooms)],
            [t.status.messages, number(status.messages)],
            [t.status.reports, number(status.reports)],
            [t.status.banned, number(status.banned)],
          ]}
        />
      )}
    </Section>
  );
}
