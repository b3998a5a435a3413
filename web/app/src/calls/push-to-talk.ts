import type { LiveCall } from "./live-call.ts";

/** Where the space bar writes, or chooses. */
const fields = "input, textarea, select, [contenteditable], [role=menu] *, dialog *";

/** Lets one be heard while the space bar is held and nothing is written. @returns what ends that */
export function pushToTalk(live: LiveCall): () => void {
  let held = false;
  const talk = (on: boolean) => {
    if (held === on) return;
    held = on;
    void live.setMicrophone(on);
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.code !== "Space" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!held && (event.target as Element | null)?.closest?.(fields)) return;
    event.preventDefault(); // neither scrolls nor presses the button that has the focus
    talk(event.type === "keydown");
  };
  const lost = () => talk(false);
  void live.setMicrophone(false);
  addEventListener("keydown", pressed);
  addEventListener("keyup", pressed);
  addEventListener("blur", lost);
  return () => {
    removeEventListener("keydown", pressed);
    removeEventListener("keyup", pressed);
    removeEventListener("blur", lost);
  };
}
