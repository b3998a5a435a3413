import { isDoubtful, type Message } from "@hcchat/client";
import type { Row } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { AuthorRemark, VerifiedMark } from "./AuthorMarks.tsx";
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
  const standing = opened.standing(first);
  const doubtful = isDoubtful(standing);
  const look = standing === "verified" ? t.verified : doubtful && t.doubtful;
  const classes = [
    "group",
    first.own && "own",
    first.kind === "whisper" && "whisper",
    first.kind === "emote" && "emote",
    doubtful && "doubtful",
  ];
  const label = [first.nick, look, clockText(first.time)].filter(Boolean).join(", ");
  return (
    <article class={classes.filter(Boolean).join(" ")} aria-label={label}>
      <Avatar who={first} />
      <div class="group-body">
        <header class="group-head">
          {first.kind === "whisper" ? (
            <span class="whisper-mark">
              <Icon name="whisper" />
              {first.own ? t.whisperTo(first.to?.nick ?? "?") : t.whisperFrom(first.nick)}
            </span>
          ) : (
            <Nick of={first} opened={opened} />
          )}
          {standing === "verified" && <VerifiedMark />}
          {first.flair && <span aria-hidden="true">{first.flair}</span>}
          {first.trip && <span class="trip">{first.trip}</span>}
          {first.own && first.kind === "text" && <span class="you">{t.you}</span>}
          <time dateTime={new Date(first.time).toISOString()} title={fullText(first.time)}>
            {clockText(first.time)}
          </time>
        </header>
        {first.claimedNick && <p class="remark warns">{t.claimed(first.claimedNick)}</p>}
        {first.writtenTo && <p class="remark warns">{t.writtenTo(first.writtenTo)}</p>}
        {doubtful && <AuthorRemark message={first} standing={standing} opened={opened} />}
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

/** Pressed, it tells more of the person; keys find that in the menu of a message. */
function Nick({ of, opened }: { of: Message; opened: OpenRoom }) {
  const looks = { class: "nick", dir: "auto", style: tintStyle(of) } as const;
  if (!opened.room.signs) return <span {...looks}>{of.nick}</span>;
  const show = () => (opened.person.value = { nick: of.nick, message: of });
  return (
    <button type="button" {...looks} aria-label={text.value.about(of.nick)} tabIndex={-1} onClick={show}>
      {of.nick}
    </button>
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
