import { useState } from "preact/hooks";
import type { Member, Result, RoomRole } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { durationText } from "../ui/historyText.ts";
import { moderatorLevel, roleOfLevel } from "./names.ts";
import { Outcome, Select, Twice, useAsking } from "./parts.tsx";
import { rolesToGive } from "./RolesTab.tsx";
import { Unproven } from "./Unproven.tsx";
import "./owned.css";

/** How long a ban or a mute may last, seconds. */
const times = [600, 3_600, 86_400, 604_800, 2_592_000, 31_536_000];

interface Props {
  opened: OpenRoom;
  member: Member;
  onInsert: (typed: string) => void;
}

/** What whoever keeps order can do about somebody: give a role, put out, ban, mute. */
export function PersonRights({ opened, member, onInsert }: Props) {
  const t = text.value;
  const mine = opened.me.value?.level ?? 0;
  if (mine < moderatorLevel || member.isme) return null;
  return (
    <section class="choice whose">
      <h3>{t.order}</h3>
      {opened.room.settings.info.value?.owned && <Role opened={opened} member={member} onInsert={onInsert} />}
      {member.level >= mine ? <p class="hint">{t.sameRank(member.nick)}</p> : <Out opened={opened} member={member} />}
    </section>
  );
}

function Role({ opened, member, onInsert }: Props) {
  const t = text.value;
  const asking = useAsking();
  const [unproven, setUnproven] = useState<RoomRole>();
  const give = rolesToGive(opened.me.value?.level ?? 0);
  const role = roleOfLevel(member.level);
  if (role === undefined || (role !== "none" && !give.includes(role))) return null;
  const choose = async (wanted: RoomRole | "none") => {
    const given = await asking.ask(new OwnedRoom(opened.room).setRoleOf(member, wanted));
    setUnproven(given?.value === "unproven" && wanted !== "none" ? wanted : undefined);
  };
  return (
    <>
      <Select
        label={t.giveRole}
        value={role as RoomRole | "none"}
        options={([...give, "none"] as const).map((one) => [one, t.roles[one]] as const)}
        disabled={asking.busy}
        onChange={(wanted) => void choose(wanted)}
      />
      <Outcome of={asking} said={unproven && ""} />
      {unproven && <Unproven nick={member.nick} role={unproven} onInsert={onInsert} />}
    </>
  );
}

function Out({ opened, member }: { opened: OpenRoom; member: Member }) {
  const t = text.value;
  const [seconds, setSeconds] = useState(86_400);
  const asking = useAsking();
  const [muted, setMuted] = useState(false);
  const owned = new OwnedRoom(opened.room);
  const putOut = async (work: Promise<Result>) => {
    setMuted(false);
    if (await asking.ask(work)) opened.person.value = undefined;
  };
  const mute = async () => setMuted((await asking.ask(owned.mute(member, seconds))) !== undefined);
  return (
    <>
      <Select
        label={t.howLong}
        value={seconds}
        options={times.map((time) => [time, durationText(time)] as const)}
        onChange={setSeconds}
      />
      <div class="identity-actions">
        <button type="button" class="secondary" disabled={asking.busy} onClick={() => void mute()}>
          {t.mute}
        </button>
        <Twice
          label={t.ban}
          sure={t.banSure}
          disabled={asking.busy}
          onDo={() => void putOut(owned.ban(member, seconds))}
        />
        <Twice label={t.kick} sure={t.kickSure} disabled={asking.busy} onDo={() => void putOut(owned.kick(member))} />
      </div>
      <p class="hint">{t.muteHint}</p>
      <Outcome of={asking} said={muted ? t.muteDone(member.nick) : ""} />
    </>
  );
}
