import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { Result } from "@hcchat/client";
import { problemOf, text } from "../store/ownedText.ts";
import { text as start } from "../store/settings.ts";

/** Something that the server was asked for, and what came of it. */
export interface Asking {
  busy: boolean;
  /** It was done, and nothing was asked for since. */
  done: boolean;
  problem: string | undefined;
  /** Asks. @returns what came of it; nothing when it was refused */
  ask<T>(work: Promise<Result<T>>): Promise<{ value: T } | undefined>;
  clear(): void;
}

export function useAsking(): Asking {
  const [state, setState] = useState<{ busy: boolean; result?: Result<unknown> }>({ busy: false });
  const { busy, result } = state;
  return {
    busy,
    done: result?.ok === true,
    problem: result && !result.ok ? problemOf(result.refusal) : undefined,
    async ask(work) {
      setState({ busy: true });
      const came = await work;
      setState({ busy: false, result: came });
      return came.ok ? came : undefined;
    },
    clear: () => setState({ busy: false }),
  };
}

/** What came of it, also read aloud. The places are there before the words are. */
export function Outcome({ of: { done, problem }, said }: { of: Asking; said?: string | undefined }) {
  return (
    <>
      <p class="problem" role="alert">
        {problem}
      </p>
      <p class="hint outcome" role="status">
        {done ? (said ?? text.value.done) : ""}
      </p>
    </>
  );
}

interface SelectProps<T extends string | number> {
  label: string;
  value: T;
  options: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
  disabled?: boolean;
  /** The label is for screen readers alone: what stands beside it says it already. */
  quiet?: boolean;
}

/** One of several, where there is no room for all of them. */
export function Select<T extends string | number>({
  label,
  value,
  options,
  onChange,
  disabled,
  quiet,
}: SelectProps<T>) {
  const id = useId();
  return (
    <div class="pick">
      <label for={id} class={quiet ? "visually-hidden" : undefined}>
        {label}
      </label>
      <select
        id={id}
        value={String(value)}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options[event.currentTarget.selectedIndex]?.[0];
          event.currentTarget.value = String(value); // until it holds
          if (chosen !== undefined) onChange(chosen);
        }}
      >
        {options.map(([option, words]) => (
          <option key={option} value={String(option)} selected={option === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  );
}

interface SureProps {
  label: string;
  /** What it would mean. */
  means: string;
  /** The button that does it. */
  now: string;
  busy: boolean;
  onDo: () => void;
}

/** A button for something that cannot be undone: it says what that means before it is done. */
export function Sure({ label, means, now, busy, onDo }: SureProps) {
  const [asked, setAsked] = useState(false);
  if (!asked) {
    return (
      <button type="button" class="secondary" onClick={() => setAsked(true)}>
        {label}
      </button>
    );
  }
  return (
    <div class="share warn" role="group" aria-label={label}>
      <p class="hint">{means}</p>
      <div class="share-row">
        <button type="button" class="secondary" disabled={busy} onClick={onDo}>
          {now}
        </button>
        <button type="button" class="secondary" onClick={() => setAsked(false)}>
          {start.value.back}
        </button>
      </div>
    </div>
  );
}

/** A button that has to be pressed twice. */
export function Twice(props: { label: string; sure: string; disabled?: boolean; onDo: () => void }) {
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      class={asked ? "secondary danger" : "secondary"}
      disabled={props.disabled}
      onBlur={() => setAsked(false)}
      onClick={() => {
        setAsked(!asked);
        if (asked) props.onDo();
      }}
    >
      {asked ? props.sure : props.label}
    </button>
  );
}

/** What is being fetched is not there yet. */
export function Loaded<T>({ list, empty, children }: ListProps<T>) {
  if (!list) return <span class="spinner" aria-hidden="true" />;
  if (list.length === 0) return <p class="hint">{empty}</p>;
  return <ul class="kept-list">{list.map(children)}</ul>;
}

interface ListProps<T> {
  list: readonly T[] | undefined;
  empty: string;
  children: (one: T) => ComponentChildren;
}
