import type { ComponentType } from "preact";
import { useState } from "preact/hooks";
import { AccountsSection } from "./AccountsSection.tsx";
import { AuditSection } from "./AuditSection.tsx";
import { BansSection } from "./BansSection.tsx";
import { InvitesSection } from "./InvitesSection.tsx";
import { ReportsSection } from "./ReportsSection.tsx";
import { RoomsSection } from "./RoomsSection.tsx";
import { StatusSection } from "./StatusSection.tsx";
import { StorageSection } from "./StorageSection.tsx";
import { text } from "./text.ts";

const sections = {
  status: StatusSection,
  rooms: RoomsSection,
  accounts: AccountsSection,
  invites: InvitesSection,
  bans: BansSection,
  reports: ReportsSection,
  storage: StorageSection,
  audit: AuditSection,
} satisfies Record<string, ComponentType>;

type Name = keyof typeof sections;

/** What an operator sees and may do. No content: the server has none to show. */
export function Console() {
  const t = text.value;
  const [name, setName] = useState<Name>("status");
  const Shown = sections[name];
  return (
    <>
      <nav class="admin-nav" aria-label={t.sections}>
        {(Object.keys(sections) as Name[]).map((one) => (
          <button key={one} type="button" aria-current={one === name ? "page" : undefined} onClick={() => setName(one)}>
            {t.names[one]}
          </button>
        ))}
      </nav>
      <main>
        <Shown key={name} />
      </main>
    </>
  );
}
