import { Figures } from "./Figures.tsx";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { number, size, text } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Storage {
  database: string;
  size: number | null;
  free: number | null;
  rooms: number | null;
  messages: number | null;
  objects: number;
  objectBytes: number;
  mode: string;
  days: number;
  count: number;
  maxDays: number;
  maxCount: number;
}

interface Limit {
  name: string;
  number: number;
}

/** What is kept, how much room it takes, and how far anybody may go. */
export function StorageSection() {
  const t = text.value;
  const s = t.storage;
  const storage = useAsked<Storage>("storage");
  const limits = useAsked<readonly Limit[]>("limits");
  const both = {
    value: storage.value && limits.value ? { storage: storage.value, limits: limits.value } : undefined,
    refusal: storage.refusal ?? limits.refusal,
    busy: storage.busy || limits.busy,
    reload: async () => void (await Promise.all([storage.reload(), limits.reload()])),
  };
  return (
    <Section title={t.names.storage} hint={s.hint} asked={both}>
      {({ storage: kept, limits: figures }) => (
        <>
          <Figures
            of={[
              [s.database, kept.database],
              [s.size, size(kept.size)],
              [s.free, size(kept.free)],
              [s.rooms, number(kept.rooms)],
              [s.messages, number(kept.messages)],
              [s.objects, number(kept.objects)],
              [s.objectBytes, size(kept.objectBytes)],
              [s.mode, t.modes[kept.mode] ?? kept.mode],
              [s.days, s.ofAtMost(number(kept.days), number(kept.maxDays))],
              [s.count, s.ofAtMost(number(kept.count), number(kept.maxCount))],
            ]}
          />
          <h3>{s.limits}</h3>
          <p class="hint">{s.limitsHint}</p>
          <Table
            caption={s.limits}
            rows={figures}
            columns={[
              { label: s.limit, show: (row) => <code>{row.name}</code> },
              { label: s.number, show: (row) => number(row.number) },
            ]}
            keyOf={(row) => row.name}
            wordsOf={(row) => row.name}
            empty={t.nothing}
          />
        </>
      )}
    </Section>
  );
}
