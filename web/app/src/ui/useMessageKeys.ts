import type { RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";

/** Arrow keys go from message to message; Enter or the menu key shows what can be done with one. */
export function useMessageKeys(
  box: RefObject<HTMLDivElement | null>,
  onMenu: (key: string, anchor: HTMLElement) => void,
): void {
  const menu = useRef(onMenu);
  menu.current = onMenu;
  useEffect(() => {
    const el = box.current!;
    const pressed = (event: KeyboardEvent) => keyDown(el, event, menu.current!);
    el.addEventListener("keydown", pressed);
    return () => el.removeEventListener("keydown", pressed);
  }, []);
}

function keyDown(box: HTMLElement, event: KeyboardEvent, onMenu: (key: string, anchor: HTMLElement) => void): void {
  const inside = event.target as HTMLElement;
  if (inside !== box && !inside.classList.contains("message")) return; // a link or a button has its own keys
  if (event.key === "ArrowUp" || event.key === "ArrowDown") {
    const rows = [...box.querySelectorAll<HTMLElement>(".message")];
    const at = rows.indexOf(inside);
    const next = at < 0 ? lastInSight(box, rows) : rows[at + (event.key === "ArrowUp" ? -1 : 1)];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  } else if ((event.key === "Enter" || event.key === "ContextMenu") && inside !== box) {
    event.preventDefault();
    onMenu(inside.dataset["key"]!, inside);
  }
}

function lastInSight(box: HTMLElement, rows: HTMLElement[]): HTMLElement | undefined {
  const { bottom } = box.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom);
}
