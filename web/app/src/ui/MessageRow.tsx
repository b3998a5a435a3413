import type { Message } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { fetchCalls } from "../calls/fetchCalls.ts";
import { fetchFiles } from "../files/fetchFiles.ts";
import { fetchLater } from "./fetchLater.ts";
import { Icon } from "./Icon.tsx";
import { lazy } from "./lazy.tsx";
import { MessageBody } from "./MessageBody.tsx";
import { Quote } from "./Quote.tsx";
import { Reactions } from "./Reactions.tsx";
import { SendMark } from "./SendMark.tsx";
import { clockText, fullText } from "./time.ts";

const CallLine = lazy(() => fetchCalls().then((m) => m.CallLine));
const MessageFiles = lazy(() => fetchFiles().then((m) => m.MessageFiles));
const Unreadable = lazy(() => fetchLater().then((m) => m.Unreadable));

interface Props {
  message: Message;
  opened: OpenRoom;
  /** Whether it is the last one of its group. */
  last: boolean;
  /** How many messages this row stands for, when they could not be opened for the same reason. */
  unreadable: number;
  onMenu: (key: string, anchor: HTMLElement) => void;
}

/** One message: its text, how far it can be trusted, and for one's own how far it has come. */
export function MessageRow({ message, opened, last, unreadable, onMenu }: Props) {
  const t = text.value;
  const { key, own, state, reactions } = message;
  const classes = ["message", message.security, state, message.deleted && "deleted"];
  return (
    <div class={classes.filter(Boolean).join(" ")} data-key={key} tabIndex={-1} title={fullText(message.time)}>
      {message.re && <Quote of={message.re} opened={opened} />}
      <Content message={message} opened={opened} unreadable={unreadable} />
      {message.security === "not_encrypted" && (
        <p class="remark warns">
          <Icon name="unlock" />
          <span>{t.forged}</span>
        </p>
      )}
      {message.claimedTime !== undefined && <p class="remark">{t.claimedTime(clockText(message.claimedTime))}</p>}
      {reactions && <Reactions message={message} opened={opened} />}
      {/* A tick under every line would be noise: the last one of a group speaks for those above it. */}
      {own && state && !message.deleted && (last || state !== "sent") && <SendMark message={message} opened={opened} />}
      {opened.room.may(message).react && (
        <button
          type="button"
          class="message-more"
          tabIndex={-1}
          aria-label={t.actions}
          onClick={(event) => onMenu(key, event.currentTarget)}
        >
          <Icon name="more" />
        </button>
      )}
    </div>
  );
}

function Content({ message, opened, unreadable }: Pick<Props, "message" | "opened" | "unreadable">) {
  const t = text.value;
  if (message.deleted) {
    return <p class="tombstone">{message.deleted === "moderator" ? t.removedByModerator : t.deletedByAuthor}</p>;
  }
  if (message.security === "unreadable") return <Unreadable message={message} opened={opened} count={unreadable} />;
  if (message.call) return <CallLine message={message} opened={opened} />;
  return (
    <>
      {message.files && <MessageFiles message={message} opened={opened} />}
      {(message.text || !message.files) && (
        <MessageBody text={message.text} me={opened.me.value?.nick} roomLinks={!opened.room.encrypted} />
      )}
      {message.edited && <span class="edited">{t.edited}</span>}
    </>
  );
}
