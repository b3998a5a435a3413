import { recent } from "../store/recent.ts";
import { route } from "../store/route.ts";
import { forget } from "../store/session.ts";
import { text } from "../store/settings.ts";
import { displayName } from "./displayName.ts";
import { Icon } from "./Icon.tsx";

/** The rooms opened on this device, newest first. */
export function RecentRooms() {
  const t = text.value;
  if (recent.value.length === 0) return null;
  return (
    <section class="recent" aria-labelledby="recent-heading">
      <h2 id="recent-heading">{t.recent}</h2>
      <ul>
        {recent.value.map((room) => {
          const name = displayName(room);
          const open = () => {
            const { channel, encrypted } = room;
            history.pushState(null, "", `#/r/${encodeURIComponent(channel)}`);
            route.value = { kind: "room", address: { channel, encrypted }, mode: encrypted ? "encrypted" : "plain" };
          };
          return (
            <li key={room.channel}>
              <button type="button" class="recent-open" onClick={open}>
                <Icon name={room.encrypted ? "lock" : "unlock"} />
                <span class="name" dir="auto">
                  {name}
                </span>
                {!room.encrypted && <span class="tag warn">{t.plainShort}</span>}
                {room.remembered && room.encrypted && <span class="tag">{t.remembered}</span>}
              </button>
              <button
                type="button"
                class="icon-button"
                aria-label={t.forget(name)}
                onClick={() => void forget(room.channel)}
              >
                <Icon name="close" />
              </button>
            </li>
          );
        })}
      </ul>
      <p class="hint">{t.recentHint}</p>
    </section>
  );
}
