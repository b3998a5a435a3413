import { useCallback, useEffect, useState } from "preact/hooks";
import type { Member, RoomRole } from "@hcchat/client";
import { OwnedRoom, type RoleHolder } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { useObserved } from "../ui/RoomRule.tsx";
import { identityText, memberLevel, ownerLevel, roleOfLevel } from "./names.ts";
import { type Asking, Loaded, Outcome, Select, useAsking } from "./parts.tsx";
import { Unproven } from "./Unproven.tsx";

interface Props {
  opened: OpenRoom;
  onInsert: (typed: string) => void;
}

/** The roles that one may give. */
export function rolesToGive(level: number): readonly RoomRole[] {
  return level >= ownerLevel ? ["owner", "moderator", "member"] : ["member"];
}

/** Who has which role, and the giving and taking of them. */
export function RolesTab({ opened, onInsert }: Props) {
  const t = text.value;
  const { room } = opened;
  const asking = useAsking();
  const [holders, setHolders] = useState<readonly RoleHolder[]>();
  // Read anew when a role was given or taken, and when who has one comes or goes.
  const info = useObserved(room.settings.info);
  const ranks = opened.members.value.map(({ userid, level }) => (level >= memberLevel ? `${userid} ${level}` : ""));
  const read = useCallback(async () => {
    const roles = await new OwnedRoom(room).roles();
    if (roles.ok) setHolders(roles.value);
  }, [room]);
  useEffect(() => void read(), [info, ranks.join()]);
  return (
    <>
      <p class="hint">{t.rolesHint}</p>
      <Loaded list={holders} empty={t.nobodyHere}>
        {(holder) => <Holder key={holder.identity} opened={opened} holder={holder} asking={asking} />}
      </Loaded>
      <Outcome of={asking} />
      <Giving opened={opened} onInsert={onInsert} />
    </>
  );
}

function Holder({ opened, holder, asking }: { opened: OpenRoom; holder: RoleHolder; asking: Asking }) {
  const t = text.value;
  const { identity, role, nick } = holder;
  const me = opened.me.value;
  const give = rolesToGive(me?.level ?? 0);
  const who = nick ?? identityText(identity);
  const options = ([...give, "none"] as const).map((one) => [one, t.roles[one]] as const);
  return (
    <li>
      <span class="kept-what">
        <span dir="auto">
          {who}
          {nick !== undefined && nick === me?.nick && <span class="tag">{t.you}</span>}
        </span>
        <span class="trip">{nick === undefined ? t.away : identityText(identity)}</span>
      </span>
      {give.includes(role) ? (
        <Select
          label={t.roleOf(who)}
          quiet
          value={role as RoomRole | "none"}
          options={options}
          disabled={asking.busy}
          onChange={(wanted) => void asking.ask(new OwnedRoom(opened.room).setRole(identity, wanted))}
        />
      ) : (
        <span class="tag">{t.roles[role]}</span>
      )}
    </li>
  );
}

/** Gives a role to somebody who is here and has none. */
function Giving({ opened, onInsert }: Props) {
  const t = text.value;
  const asking = useAsking();
  const give = rolesToGive(opened.me.value?.level ?? 0);
  const people = opened.members.value.filter((member) => roleOfLevel(member.level) === "none");
  const [userid, setUserid] = useState(0);
  const [role, setRole] = useState<RoomRole>("member");
  const [unproven, setUnproven] = useState<Member>();
  const member = people.find((one) => one.userid === userid);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!member) return;
    const given = await asking.ask(new OwnedRoom(opened.room).setRoleOf(member, role));
    setUnproven(given?.value === "unproven" ? member : undefined);
  };
  return (
    <form class="choice whose" onSubmit={(event) => void submit(event)}>
      <h3>{t.give}</h3>
      {people.length === 0 && !unproven ? (
        <p class="hint">{t.nobodyHere}</p>
      ) : (
        <>
          <Select
            label={t.givePerson}
            value={member ? userid : 0}
            options={[[0, t.choose], ...people.map((one) => [one.userid, one.nick] as const)]}
            onChange={setUserid}
          />
          <Select
            label={t.giveRole}
            value={role}
            options={give.map((one) => [one, t.roles[one]] as const)}
            onChange={setRole}
          />
          <button type="submit" class="secondary" disabled={!member || asking.busy}>
            {t.give}
          </button>
        </>
      )}
      <Outcome of={asking} said={unproven && ""} />
      {unproven && <Unproven nick={unproven.nick} role={role} onInsert={onInsert} />}
    </form>
  );
}
