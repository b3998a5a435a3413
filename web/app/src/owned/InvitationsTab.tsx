import { useCallback, useEffect, useState } from "preact/hooks";
import { type Invitation, OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { inviteLink } from "../store/route.ts";
import { locale } from "../store/settings.ts";
import { durationText } from "../ui/historyText.ts";
import { useObserved } from "../ui/RoomRule.tsx";
import { Share } from "../ui/ShareDialog.tsx";
import { whenText } from "../ui/time.ts";
import { Loaded, Outcome, Select, useAsking } from "./parts.tsx";

/** How long an invitation may be good, seconds, and how often. */
const times = [3_600, 86_400, 604_800, 2_592_000, 31_536_000];
const counts = [1, 5, 25, 100, 10_000];

/** Makes invitations, and takes back those that are good. */
export function InvitationsTab({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const { room } = opened;
  const info = useObserved(room.settings.info);
  const [list, setList] = useState<readonly Invitation[]>();
  const asking = useAsking();
  const read = useCallback(async () => {
    const invites = await new OwnedRoom(room).invites();
    if (invites.ok) setList(invites.value);
  }, [room]);
  useEffect(() => void read(), [opened.members.value.length]); // somebody may have come by one
  const revoke = async (id: string) => {
    await asking.ask(new OwnedRoom(room).revoke(id));
    await read();
  };
  return (
    <>
      {info?.access === "locked" && <p class="note">{t.inviteLocked}</p>}
      {info?.access === "open" && !info.password && <p class="note">{t.inviteOpen}</p>}
      <Making opened={opened} onMade={() => void read()} />
      <section class="choice whose">
        <h3>{t.invitesGood}</h3>
        <Loaded list={list} empty={t.noInvites}>
          {({ id, uses, expires }) => {
            const left = t.inviteLeft(usesText(uses), whenText(expires));
            return (
              <li key={id}>
                <span class="kept-what">{left}</span>
                <button
                  type="button"
                  class="secondary"
                  disabled={asking.busy}
                  aria-label={t.revokeWhich(left)}
                  onClick={() => void revoke(id)}
                >
                  {t.revoke}
                </button>
              </li>
            );
          }}
        </Loaded>
        <Outcome of={asking} />
      </section>
    </>
  );
}

function Making({ opened, onMade }: { opened: OpenRoom; onMade: () => void }) {
  const t = text.value;
  const { address, encrypted } = opened.room;
  const [seconds, setSeconds] = useState(604_800);
  const [uses, setUses] = useState(1);
  const [link, setLink] = useState<string>();
  const asking = useAsking();
  const make = async (event: Event) => {
    event.preventDefault();
    const made = await asking.ask(new OwnedRoom(opened.room).invite(uses, seconds));
    if (!made) return;
    const title = opened.title.value ?? address.title;
    setLink(inviteLink(title ? { ...address, title } : address, true, made.value.invite));
    onMade();
  };
  return (
    <form class="choice" onSubmit={(event) => void make(event)}>
      <div class="two">
        <Select
          label={t.inviteFor}
          value={seconds}
          options={times.map((time) => [time, durationText(time)] as const)}
          onChange={setSeconds}
        />
        <Select
          label={t.inviteUses}
          value={uses}
          options={counts.map((count) => [count, usesText(count)] as const)}
          onChange={setUses}
        />
      </div>
      <button type="submit" class="primary" disabled={asking.busy}>
        {t.inviteMake}
      </button>
      <Outcome of={asking} said="" />
      {link !== undefined && (
        <Share
          key={link}
          icon={encrypted && address.key ? "key" : "share"}
          {...(encrypted && address.key && { tone: "key" as const })}
          label={t.inviteLink}
          hint={!encrypted ? t.inviteLinkPlain : address.key ? t.inviteLinkKey : t.inviteLinkNoKey}
          value={link}
        />
      )}
    </form>
  );
}

function usesText(uses: number): string {
  const t = text.value;
  return uses === 1 ? t.once : t.times(new Intl.NumberFormat(locale.value).format(uses));
}
