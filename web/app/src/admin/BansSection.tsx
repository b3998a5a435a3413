import { useState } from "preact/hooks";
import { ActDialog } from "./ActDialog.tsx";
import { ask } from "./operator.ts";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Ban {
  id: string;
  nick: string;
  expires: number;
  subjects: string;
}

/** Who is shut out of the whole server. */
export function BansSection() {
  const t = text.value;
  const b = t.bans;
  const asked = useAsked<readonly Ban[]>("bans");
  const [lifting, setLifting] = useState<Ban>();
  return (
    <Section title={t.names.bans} hint={b.hint} asked={asked}>
      {(rows) => (
        <>
          <Table
            caption={t.names.bans}
            rows={rows}
            columns={[
              { label: b.nick, show: (row) => <span dir="auto">{row.nick}</span> },
              { label: b.subjects, show: (row) => <code>{row.subjects}</code> },
              { label: b.expires, show: (row) => time(row.expires) },
            ]}
            keyOf={(row) => row.id}
            wordsOf={(row) => `${row.nick} ${row.subjects}`}
            empty={b.none}
            acts={(row) => (
              <button type="button" class="secondary" aria-label={b.liftOf(row.nick)} onClick={() => setLifting(row)}>
                {b.lift}
              </button>
            )}
          />
          {lifting && (
            <ActDialog
              title={b.liftOf(lifting.nick)}
              explains={b.liftExplains}
              does={b.lift}
              act={() => ask("bans/lift", { id: lifting.id })}
              onClose={() => setLifting(undefined)}
              onDone={() => {
                setLifting(undefined);
                void asked.reload();
              }}
            />
          )}
        </>
      )}
    </Section>
  );
}
