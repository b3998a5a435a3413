import { useLayoutEffect, useRef } from "preact/hooks";
import { toRows } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { Icon } from "./Icon.tsx";
import { TimelineRow } from "./TimelineRow.tsx";
import { useMessageKeys } from "./useMessageKeys.ts";
import { useTimelineWindow } from "./useTimelineWindow.ts";
import "./Timeline.css";

interface Props {
  opened: OpenRoom;
  onShare: () => void;
  /** Shows what can be done with a message, beside that element. */
  onMenu: (key: string, anchor: HTMLElement) => void;
}

/** What happened in the room. At most 200 entries are in the page; scrolling moves that window over the list. */
export function Timeline({ opened, onShare, onMenu }: Props) {
  const t = text.value;
  const box = useRef<HTMLDivElement>(null);
  const { entries, browsing, away, scrolled, jump } = useTimelineWindow(opened, box);
  useMessageKeys(box, onMenu);
  const empty = !entries.some(({ type }) => type === "message");
  const rows = toRows(entries, opened.divider.value).filter(({ type }) => !empty || type !== "gap");
  const unread = opened.unread.value;

  // One's own message is always worth seeing.
  const last = opened.room.log.timeline.entries.at(-1);
  const ownKey = last?.type === "message" && last.message.own ? last.message.key : undefined;
  useLayoutEffect(() => {
    if (ownKey) jump();
  }, [ownKey]);

  const jumpByHand = () => {
    jump();
    box.current!.focus({ preventScroll: true }); // the button goes away under the finger
  };

  return (
    <div class="timeline-frame">
      {/* Focusable, so that the arrow keys reach the messages and scroll. */}
      <div
        class="timeline"
        role="log"
        aria-label={t.messages}
        aria-live={browsing ? "off" : "polite"}
        tabIndex={0}
        ref={box}
        onScroll={scrolled}
      >
        <div class="timeline-rows">
          {rows.map((row) => (
            <TimelineRow key={row.key} row={row} opened={opened} onMenu={onMenu} />
          ))}
          {empty && <EmptyRoom opened={opened} onShare={onShare} />}
        </div>
      </div>
      {away && (
        <button type="button" class="jump" onClick={jumpByHand}>
          <Icon name="down" />
          {unread > 0 ? t.jumpNew(unread) : t.jump}
        </button>
      )}
    </div>
  );
}
