import type { AccountRow } from "./AccountsSection.tsx";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Entry {
  time: number;
  actor: string;
  act: string;
  subject: string;
}

/** What operators have done, the newest first. */
export function AuditSection() {
  const t = text.value;
  const a = t.audit;
  const asked = useAsked<readonly Entry[]>("audit");
  const accounts = useAsked<readonly AccountRow[]>("accounts");
  const nameOf = (actor: string) =>
    actor === "local" ? a.local : (accounts.value?.find(({ identity }) => identity === actor)?.name ?? actor);
  /** That it was about an operator's account stands behind its name. */
  const subjectOf = ({ subject }: Entry) => subject.replace(/\(operator\)$/, a.operator);
  return (
    <Section title={t.names.audit} hint={a.hint} asked={asked}>
      {(rows) => (
        <Table
          caption={t.names.audit}
          rows={rows.map((entry, i) => ({ ...entry, key: `${entry.time} ${i}` }))}
          columns={[
            { label: a.time, show: (row) => time(row.time) },
            { label: a.actor, show: (row) => <span dir="auto">{nameOf(row.actor)}</span> },
            { label: a.act, show: (row) => a.acts[row.act] ?? row.act },
            { label: a.subject, show: (row) => <span dir="auto">{subjectOf(row)}</span> },
          ]}
          keyOf={(row) => row.key}
          wordsOf={(row) => `${nameOf(row.actor)} ${a.acts[row.act] ?? row.act} ${subjectOf(row)}`}
          empty={t.nothing}
        />
      )}
    </Section>
  );
}
