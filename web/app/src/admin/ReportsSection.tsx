import { useState } from "preact/hooks";
import { ActDialog } from "./ActDialog.tsx";
import { ask } from "./operator.ts";
import { RoomActDialog } from "./RoomActs.tsx";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Report {
  id: string;
  time: number;
  room: string;
  mid: string | null;
  reason: string;
  reporter: string;
}

/** What people have reported: a room or a message by its id, and why, in their words. */
export function ReportsSection() {
  const t = text.value;
  const r = t.reports;
  const asked = useAsked<readonly Report[]>("reports");
  const [act, setAct] = useState<{ what: "done" | "takedown"; report: Report }>();
  const close = () => setAct(undefined);
  const done = () => {
    close();
    void asked.reload();
  };
  return (
    <Section title={t.names.reports} hint={r.hint} asked={asked}>
      {(rows) => (
        <>
          <Table
            caption={t.names.reports}
            rows={rows}
            columns={[
              { label: r.time, show: (row) => time(row.time) },
              {
                label: r.room,
                show: (row) => (
                  <span class="room-name" dir="auto">
                    {row.room}
                  </span>
                ),
              },
              { label: r.message, show: (row) => (row.mid ? <code>{row.mid}</code> : "–") },
              { label: r.reason, show: (row) => <span dir="auto">{row.reason}</span> },
              { label: r.reporter, show: (row) => <code>{row.reporter}</code> },
            ]}
            keyOf={(row) => row.id}
            wordsOf={(row) => `${row.room} ${row.mid ?? ""} ${row.reason} ${row.reporter}`}
            empty={r.none}
            acts={(report) => (
              <>
                <button
                  type="button"
                  class="secondary"
                  aria-label={t.rooms.actOn(r.done, report.room)}
                  onClick={() => setAct({ what: "done", report })}
                >
                  {r.done}
                </button>
                <button
                  type="button"
                  class="secondary takes"
                  aria-label={t.rooms.actOn(t.rooms.acts.takedown, report.room)}
                  onClick={() => setAct({ what: "takedown", report })}
                >
                  {t.rooms.acts.takedown}
                </button>
              </>
            )}
          />
          {act?.what === "takedown" && (
            <RoomActDialog act={{ what: "takedown", room: act.report.room }} onClose={close} onDone={done} />
          )}
          {act?.what === "done" && (
            <ActDialog
              title={r.doneTitle}
              explains={r.doneExplains(act.report.room)}
              does={r.done}
              act={() => ask("reports/done", { id: act.report.id })}
              onClose={close}
              onDone={done}
            />
          )}
        </>
      )}
    </Section>
  );
}
