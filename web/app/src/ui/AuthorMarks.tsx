import type { Message, Standing } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Icon } from "./Icon.tsx";

/** The fingerprint of its author was compared. */
export function VerifiedMark() {
  const { verified } = text.value;
  return (
    <span class="verified" role="img" aria-label={verified} title={verified}>
      <Icon name="shield" />
    </span>
  );
}

/** Why a message may be somebody else's than its nick says, and the way to find out. */
export function AuthorRemark({
  message,
  standing,
  opened,
}: {
  message: Message;
  standing: Standing | undefined;
  opened: OpenRoom;
}) {
  const t = text.value;
  const { nick } = message;
  return (
    <p class="remark danger">
      <Icon name="alert" />
      <span>
        {standing === "changed" ? t.otherKey(nick) : t.notSigned(nick)}{" "}
        <button type="button" class="link-button" onClick={() => (opened.person.value = { nick, message })}>
          {t.check}
        </button>
      </span>
    </p>
  );
}
