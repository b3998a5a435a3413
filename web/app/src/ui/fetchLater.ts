import { refetching } from "./lazy.tsx";

/** Fetches what is not needed for talking. */
export const fetchLater = refetching(() => import("./later.ts"));
