import { useState } from "preact/hooks";
import { Field } from "../ui/Field.tsx";
import { RoomActs, type RoomAct, RoomActDialog } from "./RoomActs.tsx";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { number, text } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface RoomRow {
  room: string;
  people: number;
  owned: boolean;
  access: string;
  listed: boolean;
  history: string;
}

/** Rooms that somebody is in, and any other by its name. */
export function RoomsSection() {
  const t = text.value;
  const r = t.rooms;
  const asked = useAsked<readonly RoomRow[]>("rooms");
  const [act, setAct] = useState<RoomAct>();
  const [other, setOther] = useState("");
  return (
    <Section title={t.names.rooms} hint={r.hint} asked={asked}>
      {(rows) => (
        <>
          <Table
            caption={t.names.rooms}
            rows={rows}
            columns={[
              {
                label: r.room,
                show: (row) => (
                  <span class="room-name" dir="auto">
                    {row.room}
                  </span>
                ),
              },
              { label: r.people, show: (row) => number(row.people) },
              { label: r.owned, show: (row) => (row.owned ? t.yes : t.no) },
              { label: r.access, show: (row) => r.doors[row.access] ?? row.access },
              { label: r.listed, show: (row) => (row.listed ? t.yes : t.no) },
              { label: r.history, show: (row) => t.modes[row.history] ?? row.history },
            ]}
            keyOf={(row) => row.room}
            wordsOf={(row) => row.room}
            empty={r.none}
            acts={(row) => <RoomActs room={row.room} onAct={setAct} />}
          />
          <div class="by-name">
            <Field label={r.byName} hint={r.byNameHint} value={other} onInput={setOther} maxLength={120} />
            {other.trim() !== "" && <RoomActs room={other.trim()} onAct={setAct} />}
          </div>
          {act && (
            <RoomActDialog
              act={act}
              onClose={() => setAct(undefined)}
              onDone={() => {
                setAct(undefined);
                void asked.reload();
              }}
            />
          )}
        </>
      )}
    </Section>
  );
}
