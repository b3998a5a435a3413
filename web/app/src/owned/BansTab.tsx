import { useCallback, useEffect, useState } from "preact/hooks";
import { type Ban, OwnedRoom } from "@hcchat/client/owned";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/ownedText.ts";
import { whenText } from "../ui/time.ts";
import { identityText } from "./names.ts";
import { Loaded, Outcome, useAsking } from "./parts.tsx";

/** Who is shut out or not heard, until when, and the lifting of it. */
export function BansTab({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const { room } = opened;
  const [list, setList] = useState<readonly Ban[]>();
  const asking = useAsking();
  const read = useCallback(async () => {
    const bans = await new OwnedRoom(room).bans();
    if (bans.ok) setList(bans.value);
  }, [room]);
  useEffect(() => {
    void read();
    return room.events.on("banned", () => void read());
  }, [room]);
  const pardon = async (id: string) => {
    await asking.ask(new OwnedRoom(room).pardon(id));
    await read();
  };
  return (
    <>
      <Loaded list={list} empty={t.bansNone}>
        {({ id, nick, muted, expires, identities }) => (
          <li key={id}>
            <span class="kept-what">
              <span dir="auto">{nick}</span>
              <span class="hint">{(muted ? t.mutedUntil : t.bannedUntil)(whenText(expires))}</span>
              {identities.map((identity) => (
                <span key={identity} class="trip">
                  {identityText(identity)}
                </span>
              ))}
            </span>
            <button
              type="button"
              class="secondary"
              disabled={asking.busy}
              aria-label={t.pardonWho(nick)}
              onClick={() => void pardon(id)}
            >
              {t.pardon}
            </button>
          </li>
        )}
      </Loaded>
      <Outcome of={asking} />
    </>
  );
}
