import { useLayoutEffect, useRef } from "preact/hooks";
import { toRows } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/settings.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { Icon } from "./Icon.tsx";
import { TimelineRow } from "./TimelineRow.tsx";
import { useTimelineWindow } from "./useTimelineWindow.ts";
import "./Timeline.css";

/** What happened in the room. At most 200 items are in the page; scrolling moves that window over the list. */
export function Timeline({ opened, onShare }: { opened: OpenRoom; onShare: () => void }) {
  const t = text.value;
  const box = useRef<HTMLDivElement>(null);
  const { items, browsing, away, scrolled, jump } = useTimelineWindow(opened, box);
  const rows = toRows(items, opened.divider.value);
  const unread = opened.unread.value;
  const all = opened.items.value;

  // One's own message is always worth seeing.
  const last = all.at(-1);
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
      {/* Focusable, so that the arrow keys scroll it. */}
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
            <TimelineRow key={row.key} row={row} opened={opened} />
          ))}
          {!all.some((i) => i.type === "message") && <EmptyRoom opened={opened} onShare={onShare} />}
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
