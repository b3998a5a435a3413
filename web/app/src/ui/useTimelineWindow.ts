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

/** Where the list stood, and how large it and its frame were. px */
interface Place {
  top: number;
  scrollHeight: number;
  clientHeight: number;
}

function placeOf({ scrollTop, scrollHeight, clientHeight }: HTMLElement): Place {
  return { top: scrollTop, scrollHeight, clientHeight };
}

/** Whether a person scrolled upwards: when a size has changed too, the browser may have moved the list by itself. */
function wentUp(from: Place, to: Place): boolean {
  return to.top < from.top - 1 && to.scrollHeight === from.scrollHeight && to.clientHeight === from.clientHeight;
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
  const last = useRef<Place>({ top: 0, scrollHeight: 0, clientHeight: 0 });
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
    // Only going upwards leaves the end: when the list or its frame has just changed its size, one is still there.
    const upwards = wentUp(last.current, placeOf(el));
    last.current = placeOf(el);
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
  useAttention(opened, atEnd);
  useResize(box, atEnd, last);

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

function useAttention(opened: OpenRoom, atEnd: RefObject<boolean>): void {
  useEffect(() => {
    const seen = () => attend(opened, atEnd.current === true);
    document.addEventListener("visibilitychange", seen);
    seen();
    return () => document.removeEventListener("visibilitychange", seen);
  }, [opened]);
}

/** Stays at the end when the frame changes its size: a growing draft, a banner, a keyboard on the screen. */
function useResize(box: RefObject<HTMLDivElement | null>, atEnd: RefObject<boolean>, last: RefObject<Place>): void {
  useEffect(() => {
    const el = box.current!;
    const resized = new ResizeObserver((changes) => {
      if (atEnd.current && changes.some(({ target }) => target === el)) el.scrollTop = el.scrollHeight;
      last.current = placeOf(el); // a browser tells of scrolling first, so the next upward move is a person's
    });
    resized.observe(el);
    resized.observe(el.firstElementChild!);
    return () => resized.disconnect();
  }, []);
}
