import { signal } from "@preact/signals";
import { load, save } from "../store/storage.ts";

/** Most calls remembered. */
const most = 100;

/** Calls that one has entered or declined on this device, by their random ids: the others were missed. */
export const answered = signal<readonly string[]>(load("calls", []));

// What is answered in one tab rings in no other.
addEventListener("storage", () => (answered.value = load("calls", [])));

/** Such a call is not missed any more. */
export function answer(id: string): void {
  if (answered.peek().includes(id)) return;
  answered.value = [...answered.peek(), id].slice(-most);
  save("calls", answered.value);
}
