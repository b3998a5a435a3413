import type { RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { earlier, later, windowSize, type Entry } from "../store/items.ts";
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
  // Messages: what stands between them may go away when something is put before it.
  for (const row of box.querySelectorAll<HTMLElement>(".message")) {
    const at = row.getBoundingClientRect();
    if (at.bottom > top) return { key: row.dataset["key"]!, top: at.top };
  }
  return undefined;
}

function rowOf(box: HTMLElement, key: string): HTMLElement | null {
  return box.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
}

/** Scrolls so that the row stands where it stood. */
function putBack(box: HTMLElement, held: Held): void {
  const row = rowOf(box, held.key);
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

/** The part of a room's timeline that is drawn, as scrolling moves it, and whether one has left the end of the list. */
export interface TimelineWindow {
  entries: readonly Entry[];
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
  /** The entry from which the list is drawn while one browses. */
  const [first, setFirst] = useState<Entry>();
  const [away, setAway] = useState(false);
  const [, redraw] = useState(0);

  const { timeline } = opened.room.log;
  const drawn = useRef(-1);
  const version = opened.version.value;
  const { entries } = timeline;
  const { length } = entries;
  const target = opened.target.value;
  const from = first ? Math.min(timeline.indexAt(first), Math.max(0, length - 1)) : Math.max(0, length - windowSize);
  const to = Math.min(length, from + windowSize);
  // What is drawn changes below: what stands at the top now keeps its place.
  if (version !== drawn.current && !atEnd.current && !held.current && box.current) held.current = topRow(box.current);
  drawn.current = version;

  const move = (index: number) => {
    held.current = topRow(box.current!);
    setFirst(entries[index]);
  };

  const scrolled = () => {
    const el = box.current!;
    const fromEnd = el.scrollHeight - el.scrollTop - el.clientHeight;
    // Only going upwards leaves the end: when the list or its frame has just changed its size, one is still there.
    const upwards = wentUp(last.current, placeOf(el));
    last.current = placeOf(el);
    if (to === length && fromEnd < nearEnd) atEnd.current = true;
    else if (upwards || to !== length) atEnd.current = false;
    setAway(!atEnd.current);
    attend(opened, atEnd.current);
    timeline.read(Math.floor((from + to) / 2));
    if (el.scrollTop < nearEdge && from > 0) move(earlier(from));
    else if (fromEnd < nearEdge && to < length) move(later(from, length));
    else if (atEnd.current) setFirst(undefined);
    else if (!first) setFirst(entries[from]);
    fillGaps(opened, el, () => redraw((n) => n + 1));
  };

  const jump = () => {
    atEnd.current = true;
    setFirst(undefined);
    setAway(false);
    attend(opened, true);
  };

  // A message is asked for: it is drawn first, and brought into view then.
  useLayoutEffect(() => {
    if (target === undefined) return;
    const index = timeline.indexOf(target);
    if (index < 0) return;
    atEnd.current = false;
    setAway(true);
    setFirst(entries[Math.max(0, index - windowSize / 2)]);
  }, [target]);

  useLayoutEffect(() => {
    const row = held.current;
    held.current = undefined;
    const el = box.current!;
    const wanted = target === undefined ? undefined : rowOf(el, target);
    if (wanted) {
      opened.target.value = undefined;
      wanted.scrollIntoView({ block: "center" });
      wanted.focus({ preventScroll: true });
    } else if (atEnd.current) {
      el.scrollTop = el.scrollHeight;
    } else if (row) {
      putBack(el, row);
      scrolled(); // still near an edge, there is no further scrolling that would tell
    }
  });
  useEffect(() => {
    attend(opened, atEnd.current);
    fillGaps(opened, box.current!, () => redraw((n) => n + 1));
  }, [version, opened.state.value]);
  useAttention(opened, atEnd);
  useResize(box, atEnd, last);

  return { entries: entries.slice(from, to), browsing: first !== undefined, away, scrolled, jump };
}

/** Fetches what lacks near what is in sight, from the side that one comes from. What could not be had is left to a button. */
function fillGaps(opened: OpenRoom, box: HTMLElement, filled: () => void): void {
  const { top, bottom, height } = box.getBoundingClientRect();
  for (const row of box.querySelectorAll<HTMLElement>("[data-gap=open]")) {
    const at = row.getBoundingClientRect();
    if (at.bottom < top - nearEdge || at.top > bottom + nearEdge) continue;
    const below = at.top > top + height / 2;
    void opened.fill(row.dataset["key"]!, below ? "older" : "newer").then(filled);
  }
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
