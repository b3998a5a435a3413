import type { RoomRole } from "@hcchat/client";
import { text } from "../store/ownedText.ts";

interface Props {
  nick: string;
  role: RoomRole;
  /** Puts a whisper into the composer. */
  onInsert: (typed: string) => void;
}

/** A role that counts only when its holder shows the key, and a word to them. */
export function Unproven({ nick, role, onInsert }: Props) {
  const t = text.value;
  return (
    <div class="note" role="status">
      <span>
        {t.unproven(nick)}{" "}
        <button
          type="button"
          class="link-button"
          onClick={() => onInsert(`/whisper ${nick} ${t.tellText(t.roles[role])}`)}
        >
          {t.tellThem(nick)}
        </button>
      </span>
    </div>
  );
}
