import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { Result } from "@hcchat/client";
import { Dialog } from "../ui/Dialog.tsx";
import { Field } from "../ui/Field.tsx";
import { text } from "./text.ts";

interface Props {
  title: string;
  /** What it does. */
  explains: string;
  /** What has to be typed before something is taken from somebody: the name of what it is done to. */
  names?: string;
  /** What the button says. */
  does: string;
  children?: ComponentChildren;
  /** What is wrong with what was filled in. */
  problem?: (() => string | undefined) | undefined;
  act: () => Promise<Result<unknown>>;
  onClose: () => void;
  onDone: () => void;
}

/** An act: what it does, what it needs to know, and where something is taken from somebody the name of whom or what. */
export function ActDialog({ title, explains, names, does, children, problem, act, onClose, onDone }: Props) {
  const t = text.value;
  const [typed, setTyped] = useState("");
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const named = names === undefined || typed.trim() === names;

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    const first = named ? problem?.() : t.nameIt;
    setWrong(first);
    if (first) return;
    setBusy(true);
    const result = await act();
    setBusy(false);
    if (result.ok) return onDone();
    setWrong(t.problems[result.refusal.code] ?? result.refusal.text);
  };

  return (
    <Dialog title={title} onClose={onClose}>
      <form class="act" onSubmit={(event) => void submit(event)} noValidate>
        <p>{explains}</p>
        {children}
        {names !== undefined && (
          <>
            <p class="object" dir="auto">
              {names}
            </p>
            <Field label={t.typeName} value={typed} onInput={setTyped} focusFirst />
          </>
        )}
        {wrong && (
          <p class="problem" role="alert">
            {wrong}
          </p>
        )}
        <div class="act-buttons">
          <button type="button" class="secondary" onClick={onClose}>
            {t.cancel}
          </button>
          <button
            type="submit"
            class={names === undefined ? "primary" : "primary destroys"}
            aria-disabled={!named || busy}
          >
            {busy && <span class="spinner" aria-hidden="true" />}
            {does}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
