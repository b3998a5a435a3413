import { useLayoutEffect, useEffect, useRef, useState } from "preact/hooks";
import { earlier, later, tail, toRows, type Slice } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";
import { text } from "../store/settings.ts";
import { EmptyRoom } from "./EmptyRoom.tsx";
import { Icon } from "./Icon.tsx";
import { TimelineRow } from "./TimelineRow.tsx";
import "./Timeline.css";

/** Distance from the end that still counts as being there. px */
const nearEnd = 48;
/** Distance from an edge at which more is drawn. px */
const nearEdge = 400;

/** What happened in the room. At most 200 items are in the page; scrolling moves that window over the list. */
export function Timeline({ opened, onShare }: { opened: OpenRoom; onShare: () => void }) {
  const t = text.value;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const kept = useRef<{ key: string; top: number } | undefined>(undefined);
  const [browsing, setBrowsing] = useState<Slice>();
  const [away, setAway] = useState(false);

  const items = opened.items.value;
  const base = items[0]?.seq ?? 0;
  const end = base + items.length;
  const shown = browsing && browsing.from >= base ? browsing : tail(base, end);
  const rows = toRows(items.slice(shown.from - base, shown.to - base), opened.divider.value);
  const unread = opened.unread.value;

  const attend = () => opened.attend(atEnd.current && document.visibilityState === "visible");

  /** Remembers what stands at the top, so that it stays there when the window moves. */
  const hold = () => {
    const top = box.current!.getBoundingClientRect().top;
    for (const row of box.current!.querySelectorAll<HTMLElement>("[data-key]")) {
      const at = row.getBoundingClientRect();
      if (at.bottom > top) {
        kept.current = { key: row.dataset["key"]!, top: at.top };
        return;
      }
    }
  };

  const scrolled = () => {
    const el = box.current!;
    const fromEnd = el.scrollHeight - el.scrollTop - el.clientHeight;
    // Only going upwards leaves the end: when the list has just become lower, one is still there.
    const upwards = el.scrollTop < lastTop.current - 1;
    lastTop.current = el.scrollTop;
    if (shown.to === end && fromEnd < nearEnd) atEnd.current = true;
    else if (upwards || shown.to !== end) atEnd.current = false;
    setAway(!atEnd.current);
    attend();
    if (el.scrollTop < nearEdge && shown.from > base) {
      hold();
      setBrowsing(earlier(shown, base));
    } else if (fromEnd < nearEdge && shown.to < end) {
      hold();
      const next = later(shown, end);
      setBrowsing(next.to === end ? undefined : next);
    } else if (atEnd.current && browsing) {
      setBrowsing(undefined);
    } else if (!atEnd.current && !browsing) {
      setBrowsing(shown);
    }
  };

  const jump = () => {
    atEnd.current = true;
    setBrowsing(undefined);
    setAway(false);
    box.current!.scrollTop = box.current!.scrollHeight;
    attend();
  };

  const jumpByHand = () => {
    jump();
    box.current!.focus({ preventScroll: true }); // the button goes away under the finger
  };

  useLayoutEffect(() => {
    const el = box.current!;
    const held = kept.current;
    kept.current = undefined;
    if (atEnd.current) {
      el.scrollTop = el.scrollHeight;
    } else if (held) {
      const row = el.querySelector<HTMLElement>(`[data-key="${CSS.escape(held.key)}"]`);
      if (row) el.scrollTop += row.getBoundingClientRect().top - held.top;
      scrolled(); // still near an edge, there is no further scrolling that would tell
    }
  });

  // One's own message is always worth seeing.
  const last = items.at(-1);
  const ownKey = last?.type === "message" && last.message.own ? last.message.key : undefined;
  useLayoutEffect(() => {
    if (ownKey) jump();
  }, [ownKey]);

  useEffect(() => {
    const el = box.current!;
    const resized = new ResizeObserver(() => {
      if (atEnd.current) el.scrollTop = el.scrollHeight;
    });
    resized.observe(el);
    document.addEventListener("visibilitychange", attend);
    attend();
    return () => {
      resized.disconnect();
      document.removeEventListener("visibilitychange", attend);
    };
  }, [opened]);

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
          {!items.some((i) => i.type === "message") && <EmptyRoom opened={opened} onShare={onShare} />}
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
