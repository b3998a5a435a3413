import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import { text } from '../store/settings.ts';
import { Icon } from './Icon.tsx';
import './Dialog.css';

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  /** Slides in from the side instead of standing in the middle. */
  drawer?: boolean;
}

/** A modal dialog. Escape, the button and a press beside it close it; the focus goes back to where it was. */
export function Dialog({ title, onClose, children, drawer }: Props) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const before = useRef(document.activeElement);

  useEffect(() => {
    const dialog = ref.current!;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before.current instanceof HTMLElement && before.current.isConnected) before.current.focus();
    };
  }, []);

  return (
    // The press beside the dialog is a comfort for pointers; keyboards have Escape and the button.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={ref}
      class={drawer ? 'dialog drawer' : 'dialog'}
      aria-labelledby={heading}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && onClose()}
    >
      <div class="dialog-body">
        <header>
          <h2 id={heading}>{title}</h2>
          <button type="button" class="icon-button" aria-label={text.value.close} onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
