import { useEffect, useState } from "preact/hooks";
import type { Knock } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import { notice } from "../store/notice.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { whenText } from "../ui/time.ts";
import { identityText } from "./names.ts";
import { useAsking } from "./parts.tsx";
import "./owned.css";

/** Seconds. */
const day = 24 * 60 * 60;

/** What those who keep order in a room are told: who knocks, and who was banned by others. */
export function Keeping({ opened }: { opened: OpenRoom }) {
  const { room } = opened;
  useEffect(() => {
    // A dialog makes all the rest deaf and dumb, so it shows who knocks as well.
    notice.value = () => <Knocks opened={opened} />;
    const tell = (words: string) => room.log.timeline.note({ kind: "info", text: words });
    const ends = [
      room.events.on("putOut", ({ by = "?", nick = "?" }) => tell(text.value.putOut(by, nick))),
      room.events.on("banned", ({ by = "?", nick, muted, expires }) =>
        tell((muted ? text.value.muted : text.value.banned)(by, nick, whenText(expires))),
      ),
    ];
    return () => {
      notice.value = undefined;
      for (const end of ends) end();
    };
  }, [room]);
  return <Knocks opened={opened} />;
}

function Knocks({ opened }: { opened: OpenRoom }) {
  return (
    <>
      {opened.knocks.value.map((knock) => (
        <KnockBanner key={knock.userid} opened={opened} knock={knock} />
      ))}
    </>
  );
}

function KnockBanner({ opened, knock }: { opened: OpenRoom; knock: Knock }) {
  const t = text.value;
  const { userid, nick, trip, identity, text: says } = knock;
  const { busy, problem, ask } = useAsking();
  const [answered, setAnswered] = useState(false);
  const answer = async (deny: boolean) => {
    setAnswered(true);
    if (!(await ask(new OwnedRoom(opened.room).admit(userid, deny)))) setAnswered(false);
  };
  const shutOut = async () => {
    setAnswered(true);
    if (!(await ask(new OwnedRoom(opened.room).ban({ userid, nick }, day)))) setAnswered(false);
  };
  const known = identity ? identityText(identity) : trip && t.byTrip(trip);
  return (
    <div class="banner knock" role="alert">
      <p class="knock-who">
        <strong dir="auto">{t.knocks(nick)}</strong>
        {known && <span class="trip">{known}</span>}
        {says && <span dir="auto">{t.knocksSays(says)}</span>}
        {problem && <span class="problem">{problem}</span>}
      </p>
      <div class="knock-actions">
        <button
          type="button"
          class="secondary"
          disabled={busy || answered}
          aria-label={t.turnAwayWho(nick)}
          onClick={() => void answer(true)}
        >
          {t.turnAway}
        </button>
        <button
          type="button"
          class="secondary"
          disabled={busy || answered}
          aria-label={t.shutOutWho(nick)}
          onClick={() => void shutOut()}
        >
          {t.shutOut}
        </button>
        <button
          type="button"
          class="primary"
          disabled={busy || answered}
          aria-label={t.letInWho(nick)}
          onClick={() => void answer(false)}
        >
          {t.letIn}
        </button>
      </div>
    </div>
  );
}
