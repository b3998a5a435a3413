import { refetching } from "../ui/lazy.tsx";

/** Fetches what carries a call. */
export const fetchLive = refetching(() => import("./live.ts"));
