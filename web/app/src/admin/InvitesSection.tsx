import { useState } from "preact/hooks";
import { ActDialog } from "./ActDialog.tsx";
import { ask } from "./operator.ts";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

interface Invitation {
  id: string;
  expires: number;
}

/** Invitations to make an account that nobody has used yet. */
export function InvitesSection() {
  const t = text.value;
  const i = t.invites;
  const asked = useAsked<readonly Invitation[]>("accounts/invites");
  const [revoking, setRevoking] = useState<Invitation>();
  return (
    <Section title={t.names.invites} hint={i.hint} asked={asked}>
      {(rows) => (
        <>
          <Table
            caption={t.names.invites}
            rows={rows}
            columns={[
              { label: i.id, show: (row) => <code>{row.id}</code> },
              { label: i.expires, show: (row) => time(row.expires) },
            ]}
            keyOf={(row) => row.id}
            wordsOf={(row) => row.id}
            empty={i.none}
            acts={(row) => (
              <button type="button" class="secondary" aria-label={i.revokeOf(row.id)} onClick={() => setRevoking(row)}>
                {i.revoke}
              </button>
            )}
          />
          {revoking && (
            <ActDialog
              title={i.revokeOf(revoking.id)}
              explains={i.revokeExplains}
              does={i.revoke}
              act={() => ask("accounts/uninvite", { id: revoking.id })}
              onClose={() => setRevoking(undefined)}
              onDone={() => {
                setRevoking(undefined);
                void asked.reload();
              }}
            />
          )}
        </>
      )}
    </Section>
  );
}
