import type { Message } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";

/** The signs under a message: how many gave each, and who. Pressing one adds or takes back one's own. */
export function Reactions({ message, opened }: { message: Message; opened: OpenRoom }) {
  const t = text.value;
  return (
    <ul class="reactions" aria-label={t.reactions}>
      {message.reactions?.map(({ key, nicks, mine }) => {
        const who = new Intl.ListFormat(document.documentElement.lang).format(nicks);
        return (
          <li key={key}>
            <button
              type="button"
              tabIndex={-1}
              aria-pressed={mine}
              aria-label={`${key} ${nicks.length}: ${who}`}
              title={who}
              onClick={() => opened.room.react(message.key, key)}
            >
              {/* Somebody else's sign may be any text. */}
              <span dir="auto">{key.length > 12 ? `${key.slice(0, 12).toWellFormed()}…` : key}</span> {nicks.length}
            </button>
          </li>
        );
      })}
    </ul>
  );
}
