import type { RefObject } from "preact";

/** Arrow keys go from message to message; Enter or the menu key shows what can be done with one. */
export function useMessageKeys(
  box: RefObject<HTMLDivElement | null>,
  onMenu: (key: string, anchor: HTMLElement) => void,
): (event: KeyboardEvent) => void {
  return (event) => {
    const inside = event.target as HTMLElement;
    if (inside !== box.current && !inside.classList.contains("message")) return; // a link or a button has its own keys
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      const rows = [...box.current!.querySelectorAll<HTMLElement>(".message")];
      const at = rows.indexOf(inside);
      const next = at < 0 ? lastInSight(box.current!, rows) : rows[at + (event.key === "ArrowUp" ? -1 : 1)];
      if (!next) return;
      event.preventDefault();
      next.focus({ preventScroll: true });
      next.scrollIntoView({ block: "nearest" });
    } else if ((event.key === "Enter" || event.key === "ContextMenu") && inside !== box.current) {
      event.preventDefault();
      onMenu(inside.dataset["key"]!, inside);
    }
  };
}

function lastInSight(box: HTMLElement, rows: HTMLElement[]): HTMLElement | undefined {
  const { bottom } = box.getBoundingClientRect();
  return rows.findLast((row) => row.getBoundingClientRect().top < bottom);
}
