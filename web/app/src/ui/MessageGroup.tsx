import type { Message } from "@hcchat/client";
import type { Row } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Avatar, tintStyle } from "./Avatar.tsx";
import { Icon } from "./Icon.tsx";
import { MessageRow } from "./MessageRow.tsx";
import { clockText, fullText } from "./time.ts";

interface Props {
  row: Row & { type: "group" };
  opened: OpenRoom;
  onMenu: (key: string, anchor: HTMLElement) => void;
}

/** Messages that one person wrote one after the other. */
export function MessageGroup({ row, opened, onMenu }: Props) {
  const t = text.value;
  const { first } = row;
  const classes = [
    "group",
    first.own && "own",
    first.kind === "whisper" && "whisper",
    first.kind === "emote" && "emote",
  ];
  return (
    <article class={classes.filter(Boolean).join(" ")} aria-label={`${first.nick}, ${clockText(first.time)}`}>
      <Avatar who={first} />
      <div class="group-body">
        <header class="group-head">
          {first.kind === "whisper" ? (
            <span class="whisper-mark">
              <Icon name="whisper" />
              {first.own ? t.whisperTo(first.to?.nick ?? "?") : t.whisperFrom(first.nick)}
            </span>
          ) : (
            <span class="nick" dir="auto" style={tintStyle(first)}>
              {first.nick}
            </span>
          )}
          {first.flair && <span aria-hidden="true">{first.flair}</span>}
          {first.trip && <span class="trip">{first.trip}</span>}
          {first.own && first.kind === "text" && <span class="you">{t.you}</span>}
          <time dateTime={new Date(first.time).toISOString()} title={fullText(first.time)}>
            {clockText(first.time)}
          </time>
        </header>
        {first.claimedNick && <p class="remark warns">{t.claimed(first.claimedNick)}</p>}
        {gather(row.messages).map(({ message, count }, i, all) => (
          <MessageRow
            key={message.key}
            message={message}
            opened={opened}
            last={i === all.length - 1}
            unreadable={count}
            onMenu={onMenu}
          />
        ))}
      </div>
    </article>
  );
}

/** Messages that could not be opened for one reason share a row: a wrong key would else fill the screen. */
function gather(messages: readonly Message[]): { message: Message; count: number }[] {
  const rows: { message: Message; count: number }[] = [];
  for (const message of messages) {
    const last = rows.at(-1);
    if (last && message.security === "unreadable" && last.message.error === message.error) last.count++;
    else rows.push({ message, count: 1 });
  }
  return rows;
}
