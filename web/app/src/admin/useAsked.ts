import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "@hcchat/client";
import { ask } from "./operator.ts";

/** What the server answered, and how to ask again. */
export interface Asked<T> {
  value: T | undefined;
  refusal: Refusal | undefined;
  busy: boolean;
  reload(): Promise<void>;
}

/** Asks the server when the component is shown. What was there stays while it is asked again. */
export function useAsked<T>(path: string): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "reload">>({ value: undefined, refusal: undefined, busy: true });
  const newest = useRef(0);
  const reload = async () => {
    const mine = ++newest.current;
    setState((before) => ({ ...before, busy: true }));
    const answer = await ask<T>(path);
    if (mine !== newest.current) return;
    setState((before) => ({
      value: answer.ok ? answer.value : before.value,
      refusal: answer.ok ? undefined : answer.refusal,
      busy: false,
    }));
  };
  useEffect(() => {
    void reload();
    return () => void newest.current++;
  }, [path]);
  return { ...state, reload };
}
