/** Small settings in localStorage. A browser that refuses storage (private mode, policy) costs comfort, never an error. */
export function load<T>(key: string, fallback: T): T {
  try {
    const raw = localStorage.getItem(`hcchat.${key}`);
    return raw === null ? fallback : (JSON.parse(raw) as T);
  } catch {
    return fallback;
  }
}

export function save(key: string, value: unknown): void {
  try {
    localStorage.setItem(`hcchat.${key}`, JSON.stringify(value));
  } catch {
    // Full or forbidden: the setting holds until the page is closed.
  }
}
