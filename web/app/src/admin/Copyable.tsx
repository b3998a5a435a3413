import { useId, useRef, useState } from "preact/hooks";
import { Icon } from "../ui/Icon.tsx";
import { text } from "./text.ts";

/** Something to be copied. */
export function Copyable({ label, value }: { label: string; value: string }) {
  const t = text.value;
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    input.current!.select();
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // It is selected; a key copies it.
    }
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="share-row">
        <input id={id} ref={input} readOnly value={value} />
        <button type="button" class="secondary" onClick={() => void copy()}>
          <Icon name={copied ? "check" : "copy"} />
          {copied ? t.copied : t.copy}
        </button>
      </div>
    </div>
  );
}
