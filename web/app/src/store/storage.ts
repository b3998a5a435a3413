import { signal } from "@preact/signals";

/** Where something is kept: for all tabs of the browser, or for this one as long as it is open. */
type Where = "localStorage" | "sessionStorage";

/** Small settings. A browser that refuses storage (private mode, policy) costs comfort, never an error. */
export function load<T>(key: string, fallback: T, where: Where = "localStorage"): T {
  try {
    const raw = globalThis[where].getItem(`hcchat.${key}`);
    return raw === null ? fallback : (JSON.parse(raw) as T);
  } catch {
    return fallback;
  }
}

export function save(key: string, value: unknown, where: Where = "localStorage"): void {
  try {
    globalThis[where].setItem(`hcchat.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the setting holds until the page is closed.
  }
}

/** Whether the browser lets the page keep nothing beyond its own life. */
export const forgets = signal(isForbidden());

function isForbidden(): boolean {
  try {
    return !(globalThis.localStorage && globalThis.sessionStorage && globalThis.indexedDB);
  } catch {
    return true;
  }
}
