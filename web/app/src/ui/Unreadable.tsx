import type { Message } from "@hcchat/client";
import { text } from "../store/dialogText.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { Icon } from "./Icon.tsx";

interface Props {
  message: Message;
  opened: OpenRoom;
  /** How many messages this stands for. */
  count: number;
}

/** What stands in the place of messages that could not be opened, and why. */
export function Unreadable({ message, opened, count }: Props) {
  const t = text.value;
  const { error = "E_FORMAT" } = message;
  // A plain room has no key that could be compared.
  const elsewhere = error === "E_KEY_UNKNOWN" && !opened.room.encrypted;
  return (
    <p class="unreadable-text">
      <Icon name="key" />
      <span>
        <strong>{t.unreadable(count)}</strong> {elsewhere ? t.unreadableInPlain : (t.unreadableWhy[error] ?? error)}
      </span>
    </p>
  );
}
