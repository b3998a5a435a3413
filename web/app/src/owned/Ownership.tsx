import { useState } from "preact/hooks";
import type { RoomInfo } from "@hcchat/client";
import { OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { words } from "../ui/RoomRule.tsx";
import { moderatorLevel, roleOfLevel } from "./names.ts";
import { Outcome, Sure, useAsking } from "./parts.tsx";

interface Props {
  opened: OpenRoom;
  info: RoomInfo;
  onClosed: () => void;
}

/** Whose the room is, how it becomes one's own and nobody's again, and its end. */
export function Ownership({ opened, info, onClosed }: Props) {
  const t = text.value;
  const { room } = opened;
  const level = opened.me.value?.level ?? 0;
  const decides = room.settings.isUpTo(level);
  const asking = useAsking();
  const owned = new OwnedRoom(room);
  const close = async () => {
    if (await asking.ask(owned.close())) onClosed();
  };
  const whose = !info.owned ? t.nobodys : decides ? t.yours : level >= moderatorLevel ? t.youModerate : t.others;
  return (
    <section class="choice whose">
      <h3>{t.whose}</h3>
      <p class="hint">{whose}</p>
      {!info.owned && (
        <>
          <button type="button" class="secondary" disabled={asking.busy} onClick={() => void asking.ask(owned.claim())}>
            {words().claim}
          </button>
          <p class="hint">{words().claimHint}</p>
        </>
      )}
      {info.owned && roleOfLevel(level) === "none" && <ShowKey opened={opened} />}
      {info.owned && decides && (
        <Sure
          label={t.giveBack}
          means={t.giveBackSure}
          now={t.giveBackNow}
          busy={asking.busy}
          onDo={() => void asking.ask(owned.unclaim())}
        />
      )}
      {decides && (
        <Sure
          label={words().close}
          means={words().closeSure}
          now={words().closeNow}
          busy={asking.busy}
          onDo={() => void close()}
        />
      )}
      <Outcome of={asking} said="" />
    </section>
  );
}

/** Whoever has a role that the server cannot see yet. */
function ShowKey({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const [shown, setShown] = useState(false);
  const asking = useAsking();
  const show = async () => setShown((await asking.ask(opened.room.prove())) !== undefined);
  return (
    <>
      <p class="hint">{t.haveRoleHere}</p>
      <button type="button" class="secondary" disabled={asking.busy} onClick={() => void show()}>
        {t.showKey}
      </button>
      <Outcome of={asking} said={shown ? t.noRole : ""} />
    </>
  );
}
