import { signal } from "@preact/signals";
import type { ComponentType } from "preact";

/** What must be seen wherever one is: a dialog that is open shows it, too. */
export const notice = signal<ComponentType | undefined>(undefined);
