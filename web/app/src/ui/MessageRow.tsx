import type { Message } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/settings.ts";
import { Icon } from "./Icon.tsx";
import { MessageBody } from "./MessageBody.tsx";
import { clockText, fullText } from "./time.ts";

interface Props {
  message: Message;
  opened: OpenRoom;
  /** Whether it is the last one of its group. */
  last: boolean;
  /** How many messages this row stands for, when they could not be opened for the same reason. */
  unreadable: number;
}

/** One message: its text, how far it can be trusted, and for one's own how far it has come. */
export function MessageRow({ message, opened, last, unreadable }: Props) {
  const t = text.value;
  const classes = ["message", message.security, message.state];
  return (
    <div class={classes.filter(Boolean).join(" ")} data-key={message.key} title={fullText(message.time)}>
      {message.security === "unreadable" ? (
        <p class="unreadable-text">
          <Icon name="key" />
          <span>
            <strong>{t.unreadable(unreadable)}</strong> {unreadableText(message, opened)}
          </span>
        </p>
      ) : (
        <MessageBody text={message.text} me={opened.me.value?.nick} roomLinks={!opened.room.encrypted} />
      )}
      {message.security === "not_encrypted" && (
        <p class="remark warns">
          <Icon name="unlock" />
          <span>{t.forged}</span>
        </p>
      )}
      {message.claimedTime !== undefined && <p class="remark">{t.claimedTime(clockText(message.claimedTime))}</p>}
      {/* A tick under every line would be noise: the last one of a group speaks for those above it. */}
      {message.own && message.state && (last || message.state !== "sent") && (
        <SendMark message={message} opened={opened} />
      )}
    </div>
  );
}

/** Why a message could not be opened. A plain room has no key that could be compared. */
function unreadableText({ error = "E_FORMAT" }: Message, opened: OpenRoom): string {
  const t = text.value;
  if (error === "E_KEY_UNKNOWN" && !opened.room.encrypted) return t.unreadableInPlain;
  return t.unreadableWhy[error] ?? error;
}

function SendMark({ message, opened }: { message: Message; opened: OpenRoom }) {
  const t = text.value;
  if (message.state === "failed") {
    const why = message.failure && (t.refusals[message.failure.code] ?? message.failure.text);
    return (
      <p class="remark danger" role="alert">
        <Icon name="alert" />
        <span>
          {why ? t.failedWhy(why) : t.failed}{" "}
          <button type="button" class="link-button" onClick={() => opened.room.retry(message.key)}>
            <Icon name="retry" />
            {t.retry}
          </button>
        </span>
      </p>
    );
  }
  return (
    <span class="send-mark" role="img" aria-label={message.state === "sent" ? t.sent : t.sending}>
      <Icon name={message.state === "sent" ? "check" : "clock"} />
    </span>
  );
}
