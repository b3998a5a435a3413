import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** Time until a component that could not be fetched is asked for again, ms. */
const again = 2_000;

/** Does the work when the page has nothing else to do. A failure shows when the result is needed. */
export function whenIdle(work: () => Promise<unknown>): void {
  const idle = (globalThis as { requestIdleCallback?: (run: () => void) => void }).requestIdleCallback ?? setTimeout;
  idle(() => void work().catch(() => undefined));
}

/** A module that failed is fetched under another address: some browsers remember a failure as long as the page lives. */
export function refetching<Module>(load: () => Promise<Module>): () => Promise<Module> {
  let address: string | undefined;
  return async () => {
    try {
      return await (address ? (import(/* @vite-ignore */ address) as Promise<Module>) : load());
    } catch (error) {
      const [failed] = /https?:\S+\.js/.exec(String(error)) ?? [];
      if (failed) address = `${failed}?${Date.now()}`;
      throw error;
    }
  };
}

/** A component that is fetched when it is first shown; until then nothing is drawn in its place. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [, redraw] = useState(0);
    useEffect(() => {
      let timer: ReturnType<typeof setTimeout>;
      const fetch = () => {
        load().then(
          (component) => {
            Loaded = component;
            redraw(1);
          },
          () => (timer = setTimeout(fetch, again)),
        );
      };
      if (!Loaded) fetch();
      return () => clearTimeout(timer);
    }, []);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
