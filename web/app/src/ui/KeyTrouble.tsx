import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/dialogText.ts";
import { Icon } from "./Icon.tsx";

/** Identity keys, of others or one's own, could not be read or kept: a change would not be noticed, so that is said. */
export function KeyTrouble({ opened }: { opened: OpenRoom }) {
  const t = text.value;
  const trouble = opened.keyTrouble.value;
  return (
    <div class="banner danger" role="alert">
      <Icon name="alert" />
      <span>{trouble === "unreadable" ? t.keysUnreadable : trouble === "unkept" ? t.keysUnkept : t.keyLost}</span>
      {trouble === "unreadable" && (
        <button type="button" class="secondary" onClick={() => opened.room.authors.startAnew()}>
          {t.beginAnew}
        </button>
      )}
    </div>
  );
}
