import { useState } from "preact/hooks";
import { AccountDialog, type AccountAct } from "./AccountDialogs.tsx";
import { Section } from "./Section.tsx";
import { Table } from "./Table.tsx";
import { text, time } from "./text.ts";
import { useAsked } from "./useAsked.ts";

/** An account as the server lists it. */
export interface AccountRow {
  name: string;
  identity: string;
  operator: boolean;
  disabled: boolean;
  created: number;
}

/** Accounts: adds and invites, shuts out and lets in, gives another password. */
export function AccountsSection() {
  const t = text.value;
  const a = t.accounts;
  const asked = useAsked<readonly AccountRow[]>("accounts");
  const [act, setAct] = useState<AccountAct>();
  const button = (what: AccountAct["what"], row: AccountRow, takes = false) => (
    <button
      type="button"
      class={takes ? "secondary takes" : "secondary"}
      aria-label={a.actOn(a.acts[what], row.name)}
      onClick={() => setAct({ what, name: row.name })}
    >
      {a.acts[what]}
    </button>
  );
  const acts = (
    <>
      <button type="button" class="secondary" onClick={() => setAct({ what: "add", name: "" })}>
        {a.acts.add}
      </button>
      <button type="button" class="secondary" onClick={() => setAct({ what: "invite", name: "" })}>
        {a.acts.invite}
      </button>
    </>
  );
  return (
    <Section title={t.names.accounts} hint={a.hint} asked={asked} acts={acts}>
      {(rows) => (
        <>
          <Table
            caption={t.names.accounts}
            rows={rows}
            columns={[
              {
                label: a.name,
                show: (row) => (
                  <>
                    <span dir="auto">{row.name}</span>
                    {row.operator && <span class="tag">{a.operator}</span>}
                    {row.disabled && <span class="tag warn">{a.disabled}</span>}
                  </>
                ),
              },
              { label: a.identity, show: (row) => <code>{row.identity}</code> },
              { label: a.created, show: (row) => time(row.created) },
            ]}
            keyOf={(row) => row.identity}
            wordsOf={(row) => `${row.name} ${row.identity}`}
            empty={t.nothing}
            acts={(row) => (
              <>
                {button("password", row)}
                {row.operator ? button("demote", row, true) : button("promote", row, true)}
                {row.disabled ? button("enable", row) : button("disable", row, true)}
              </>
            )}
          />
          {act && (
            <AccountDialog
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
