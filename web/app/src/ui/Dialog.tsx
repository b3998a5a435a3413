import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { notice } from "../store/notice.ts";
import { text } from "../store/settings.ts";
import { Icon } from "./Icon.tsx";
import "./Dialog.css";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Slides in from the side instead of standing in the middle. */
  drawer?: boolean;
}

/** Light dismiss, where the browser has it; elsewhere there are Escape and the button. */
const pressBesideCloses = { closedby: "any" } as const;

/** A modal dialog. Escape, the button and a press beside it close it; the focus goes back to where it was. */
export function Dialog({ title, onClose, children, drawer }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const Notice = notice.value;
  const before = useRef(document.activeElement);

  // Before it is painted: a key pressed on sight of it is for it already.
  useLayoutEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      class={drawer ? "dialog drawer" : "dialog"}
      aria-labelledby={heading}
      onClose={onClose}
      {...pressBesideCloses}
    >
      <div class="dialog-body">
        <div class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" class="icon-button" aria-label={text.value.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </div>
        {Notice && <Notice />}
        {children}
      </div>
    </dialog>
  );
}
