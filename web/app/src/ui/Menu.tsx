import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./Icon.tsx";

/** One thing to choose. */
export interface MenuItem {
  /** By its name, or as a path. */
  icon: IconName | { path: string };
  label: string;
  danger?: boolean;
  /** Keeps the menu open: a second press is asked for. */
  stays?: boolean;
  onSelect: () => void;
}

interface Props {
  /** What it belongs to; it stands beside it, and the focus goes back there. */
  anchor: HTMLElement;
  label: string;
  items: readonly MenuItem[];
  onClose: () => void;
  /** Stands above the items. */
  children?: ComponentChildren;
}

/** A small menu over everything. Escape, a press beside it, and a choice close it; arrow keys go through it. */
export function Menu({ anchor, label, items, onClose, children }: Props) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = ref.current!;
    menu.showPopover();
    place(menu, anchor);
    menu.querySelector("button")?.focus();
    const toggled = (event: Event) => {
      if ((event as ToggleEvent).newState === "closed") onClose();
    };
    menu.addEventListener("toggle", toggled);
    return () => {
      menu.removeEventListener("toggle", toggled);
      if (menu.contains(document.activeElement) && anchor.isConnected) anchor.focus({ preventScroll: true });
    };
  }, []);

  const keyDown = (event: KeyboardEvent) => {
    if (event.key === "Tab") return onClose();
    const step = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const buttons = [...ref.current!.querySelectorAll("button")];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    buttons[(at + step + buttons.length) % buttons.length]?.focus();
  };

  return (
    <div class="menu" role="menu" aria-label={label} popover="auto" tabIndex={-1} ref={ref} onKeyDown={keyDown}>
      {children}
      {items.map(({ icon, label: words, danger, stays, onSelect }) => (
        <button
          key={words}
          type="button"
          role="menuitem"
          class={danger ? "danger" : undefined}
          onClick={() => {
            if (!stays) onClose();
            onSelect();
          }}
        >
          <Icon {...(typeof icon === "string" ? { name: icon } : icon)} />
          {words}
        </button>
      ))}
    </div>
  );
}

/** Beside its anchor, and wholly on the screen. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const margin = 8;
  const at = anchor.getBoundingClientRect();
  const { width, height } = menu.getBoundingClientRect();
  const wanted = at.left < innerWidth / 2 ? at.left : at.right - width;
  const left = Math.min(wanted, innerWidth - width - margin);
  const below = at.bottom + 4;
  const top = below + height + margin > innerHeight ? at.top - height - 4 : below;
  menu.style.left = `${Math.max(margin, left)}px`;
  menu.style.top = `${Math.max(margin, Math.min(top, innerHeight - height - margin))}px`;
}
