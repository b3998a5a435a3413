import type { Message } from "@hcchat/client";
import { fetchOwned } from "../owned/fetchOwned.ts";
import { text } from "../store/dialogText.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { Dialog } from "./Dialog.tsx";
import { Fingerprint } from "./Fingerprint.tsx";
import { Icon } from "./Icon.tsx";
import { lazy } from "./lazy.tsx";

interface Props {
  opened: OpenRoom;
  /** By the list of people, or by one of the messages. */
  who: { nick: string; message?: Message };
  /** Puts a whisper into the composer. */
  onInsert: (typed: string) => void;
}

const PersonRights = lazy(() => fetchOwned().then((m) => m.PersonRights));

/** Somebody: the key by which this device knows the nick, and what can be done to be sure of it. */
export function PersonDialog({ opened, who: { nick, message }, onInsert }: Props) {
  const t = text.value;
  const isMe = message ? message.own : opened.me.value?.nick === nick;
  const own = opened.client.identity.current.value;
  const moderates = (opened.me.value?.level ?? 0) >= 9_999;
  const member = opened.members.value.find((one) => one.nick === nick);
  return (
    <Dialog title={nick} onClose={() => (opened.person.value = undefined)}>
      {isMe && own && (
        <>
          <Fingerprint label={t.yourKey} of={own.key} />
          <p class="hint">{t.yourKeyCompare}</p>
        </>
      )}
      {!isMe && message && <Doubt opened={opened} message={message} />}
      {!isMe && opened.room.signs && <Known opened={opened} nick={nick} message={message} />}
      {member && moderates && (
        <PersonRights
          opened={opened}
          member={member}
          onInsert={(typed) => {
            opened.person.value = undefined;
            onInsert(typed);
          }}
        />
      )}
    </Dialog>
  );
}

/** Why a message of that nick may be somebody else's. */
function Doubt({ opened, message }: { opened: OpenRoom; message: Message }) {
  const t = text.value;
  const { nick, signer } = message;
  const standing = opened.standing(message);
  const { authors } = opened.room;
  if (standing === "missing") {
    return (
      <p class="note danger" role="alert">
        <Icon name="alert" />
        {t.notSigned(nick)}
      </p>
    );
  }
  if (standing !== "changed" || signer === undefined) return null;
  return (
    <>
      <p class="note danger" role="alert">
        <Icon name="alert" />
        <span>
          {t.otherKey(nick)} {t.newKeyHint(nick)} {authors.judge(nick, signer).pin?.verified && t.newKeyVerified}
        </span>
      </p>
      <Fingerprint label={t.fingerprintNew} of={signer} />
      <OtherNames opened={opened} nick={nick} of={signer} />
      <button type="button" class="secondary" onClick={() => authors.accept(nick, signer)}>
        {t.acceptKey}
      </button>
    </>
  );
}

/** The key by which the nick is known, and the comparing of it. */
function Known({ opened, nick, message }: { opened: OpenRoom; nick: string; message: Message | undefined }) {
  const t = text.value;
  const { authors } = opened.room;
  const changed = message !== undefined && opened.standing(message) === "changed";
  void opened.authors.value; // it is looked up anew
  const { pin } = authors.judge(nick, undefined);
  const hint = !message && <p class="hint">{t.listHint}</p>;
  if (!pin) {
    return (
      <>
        <p class="note">{t.personUnknown(nick)}</p>
        {hint}
      </>
    );
  }
  return (
    <>
      <Fingerprint label={changed ? t.fingerprintKnown(nick) : t.fingerprint} of={pin.key} />
      <OtherNames opened={opened} nick={nick} of={pin.key} />
      {pin.verified ? (
        <p class="note" role="status">
          <Icon name="shield" />
          {t.personVerified}
        </p>
      ) : (
        !changed && <Comparing opened={opened} nick={nick} of={pin.key} />
      )}
      {hint}
    </>
  );
}

function Comparing({ opened, nick, of }: { opened: OpenRoom; nick: string; of: string }) {
  const t = text.value;
  return (
    <>
      <p>{t.personPinned(nick)}</p>
      <p class="hint">{t.compareHint(nick)}</p>
      <button type="button" class="primary" onClick={() => opened.room.authors.verify(nick, of)}>
        <Icon name="shield" />
        {t.verify}
      </button>
    </>
  );
}

function OtherNames({ opened, nick, of }: { opened: OpenRoom; nick: string; of: string }) {
  const others = opened.room.authors.alsoKnownAs(nick, of);
  if (others.length === 0) return null;
  const names = new Intl.ListFormat(document.documentElement.lang).format(others.slice(-6));
  return <p dir="auto">{text.value.alsoKnownAs(names)}</p>;
}
