import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { earlier, later, tail, type Item, type Slice } from "../store/items.ts";
import type { OpenRoom } from "../store/openRoom.ts";

/** Distance from the end that still counts as being there. px */
const nearEnd = 48;
/** Distance from an edge at which more is drawn. px */
const nearEdge = 400;

/** A row and where it stood on the screen. */
interface Held {
  key: string;
  top: number;
}

/** What stands at the top of the list. */
function topRow(box: HTMLElement): Held | undefined {
  const { top } = box.getBoundingClientRect();
  for (const row of box.querySelectorAll<HTMLElement>("[data-key]")) {
    const at = row.getBoundingClientRect();
    if (at.bottom > top) return { key: row.dataset["key"]!, top: at.top };
  }
  return undefined;
}

/** Scrolls so that the row stands where it stood. */
function putBack(box: HTMLElement, held: Held): void {
  const row = box.querySelector<HTMLElement>(`[data-key="${CSS.escape(held.key)}"]`);
  if (row) box.scrollTop += row.getBoundingClientRect().top - held.top;
}

/** The part of a room's items that is drawn, as scrolling moves it, and whether one has left the end of the list. */
export interface TimelineWindow {
  items: readonly Item[];
  /** One reads what was said before. */
  browsing: boolean;
  /** The end is out of sight. */
  away: boolean;
  scrolled(): void;
  jump(): void;
}

/** Keeps the list at its end while one is there, and in its place while one is not. */
export function useTimelineWindow(opened: OpenRoom, box: RefObject<HTMLDivElement | null>): TimelineWindow {
  const atEnd = useRef(true);
  const lastTop = useRef(0);
  const held = useRef<Held | undefined>(undefined);
  const [browsing, setBrowsing] = useState<Slice>();
  const [away, setAway] = useState(false);

  const items = opened.items.value;
  const base = items[0]?.seq ?? 0;
  const end = base + items.length;
  const shown = browsing && browsing.from >= base ? browsing : tail(base, end);

  const move = (to: Slice) => {
    held.current = topRow(box.current!);
    setBrowsing(to);
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
    attend(opened, atEnd.current);
    if (el.scrollTop < nearEdge && shown.from > base) move(earlier(shown, base));
    else if (fromEnd < nearEdge && shown.to < end) move(later(shown, end));
    else if (atEnd.current) setBrowsing(undefined);
    else if (!browsing) setBrowsing(shown);
  };

  const jump = () => {
    atEnd.current = true;
    setBrowsing(undefined);
    setAway(false);
    attend(opened, true);
  };

  useLayoutEffect(() => {
    const row = held.current;
    held.current = undefined;
    if (atEnd.current) {
      box.current!.scrollTop = box.current!.scrollHeight;
    } else if (row) {
      putBack(box.current!, row);
      scrolled(); // still near an edge, there is no further scrolling that would tell
    }
  });
  useAttention(opened, box, atEnd);

  return {
    items: items.slice(shown.from - base, shown.to - base),
    browsing: browsing !== undefined,
    away,
    scrolled,
    jump,
  };
}

/** Somebody sees the newest message when the end is in sight and the page is too. */
function attend(opened: OpenRoom, atEnd: boolean): void {
  opened.attend(atEnd && document.visibilityState === "visible");
}

function useAttention(opened: OpenRoom, box: RefObject<HTMLDivElement | null>, atEnd: RefObject<boolean>): void {
  useEffect(() => {
    const el = box.current!;
    const seen = () => attend(opened, atEnd.current === true);
    const resized = new ResizeObserver(() => {
      if (atEnd.current) el.scrollTop = el.scrollHeight;
    });
    resized.observe(el);
    document.addEventListener("visibilitychange", seen);
    seen();
    return () => {
      resized.disconnect();
      document.removeEventListener("visibilitychange", seen);
    };
  }, [opened]);
}
