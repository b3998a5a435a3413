import type { Row } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { GapRow } from "./GapRow.tsx";
import { MessageGroup } from "./MessageGroup.tsx";
import { QuietLine } from "./QuietLine.tsx";
import { dayText } from "./time.ts";

interface Props {
  row: Row;
  opened: OpenRoom;
  onMenu: (key: string, anchor: HTMLElement) => void;
}

/** One piece of the timeline. `data-key` lets the list keep its place. */
export function TimelineRow({ row, opened, onMenu }: Props) {
  switch (row.type) {
    case "day":
      return (
        <div class="day" data-key={row.key}>
          <span>{dayText(row.time)}</span>
        </div>
      );
    case "unread":
      return (
        <div class="unread" data-key={row.key}>
          <span>{text.value.newMessages}</span>
        </div>
      );
    case "gap":
      return <GapRow row={row} opened={opened} />;
    case "quiet":
      return <QuietLine row={row} />;
    case "group":
      return <MessageGroup row={row} opened={opened} onMenu={onMenu} />;
  }
}
