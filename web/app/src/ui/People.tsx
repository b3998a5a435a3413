import { useState } from "preact/hooks";
import type { Member } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { locale } from "../store/settings.ts";
import { Avatar } from "./Avatar.tsx";
import { Dialog } from "./Dialog.tsx";

interface Props {
  opened: OpenRoom;
  /** Puts a mention or a whisper into the composer. */
  onInsert: (typed: string) => void;
}

/** The people beside the timeline, where there is room. */
export function PeoplePanel(props: Props) {
  return (
    <aside class="people-panel" aria-labelledby="people-heading">
      <h2 id="people-heading">{text.value.peopleTitle}</h2>
      <PeopleList {...props} />
    </aside>
  );
}

/** The people on a narrow screen. */
export function PeopleDrawer({ onClose, ...props }: Props & { onClose: () => void }) {
  return (
    <Dialog title={text.value.peopleTitle} onClose={onClose} drawer>
      <PeopleList {...props} />
    </Dialog>
  );
}

function PeopleList({ opened, onInsert }: Props) {
  const [chosen, setChosen] = useState<number>();
  const collator = new Intl.Collator(locale.value);
  const people = [...opened.members.value].sort(
    (a, b) => Number(b.isme) - Number(a.isme) || collator.compare(a.nick, b.nick),
  );
  const moderates = (opened.me.value?.level ?? 0) >= 9_999;
  const show = ({ nick }: Member) => (opened.person.value = { nick });
  return (
    <ul class="people">
      {people.map((member) => (
        <li key={member.userid}>
          <Person
            member={member}
            open={chosen === member.userid}
            onToggle={() => setChosen(chosen === member.userid ? undefined : member.userid)}
            onInsert={onInsert}
            onShow={opened.room.signs || (moderates && !member.isme) ? () => show(member) : undefined}
            moderates={moderates}
          />
        </li>
      ))}
    </ul>
  );
}

interface PersonProps {
  member: Member;
  open: boolean;
  onToggle: () => void;
  onInsert: (typed: string) => void;
  /** Tells more of the person. Absent where nobody signs. */
  onShow: (() => void) | undefined;
  /** Whether one keeps order here. */
  moderates: boolean;
}

function Person({ member, open, onToggle, onInsert, onShow, moderates }: PersonProps) {
  const t = text.value;
  const rank = member.level >= 9_999 && (member.level === 99_999 ? t.owner : t.moderator);
  const who = (
    <>
      <Avatar who={member} />
      <span class="person-name">
        <span dir="auto">{member.nick}</span>
        {member.trip && <span class="trip">{member.trip}</span>}
      </span>
      {member.isme && <span class="tag">{t.you}</span>}
      {member.isBot && <span class="tag">{t.bot}</span>}
      {rank && <span class="tag">{rank}</span>}
    </>
  );
  if (member.isme) {
    if (!onShow) return <div class="person">{who}</div>;
    return (
      <button type="button" class="person" onClick={onShow}>
        {who}
      </button>
    );
  }
  return (
    <>
      <button type="button" class="person" aria-expanded={open} onClick={onToggle}>
        {who}
      </button>
      {open && (
        <div class="person-actions">
          <button type="button" class="secondary" onClick={() => onInsert(`@${member.nick} `)}>
            {t.mention}
          </button>
          <button type="button" class="secondary" onClick={() => onInsert(`/whisper ${member.nick} `)}>
            {t.whisper}
          </button>
          {onShow && (
            <button type="button" class="secondary" onClick={onShow}>
              {moderates ? t.manage : t.check}
            </button>
          )}
        </div>
      )}
    </>
  );
}
