import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A component that is fetched when it is first shown; until then nothing is drawn in its place. */
export function lazy<Props extends object>(load: () => Promise<ComponentType<Props>>): ComponentType<Props> {
  let Loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const [, redraw] = useState(0);
    useEffect(() => {
      if (Loaded) return;
      void load().then((component) => {
        Loaded = component;
        redraw(1);
      });
    }, []);
    return Loaded ? <Loaded {...props} /> : null;
  };
}
