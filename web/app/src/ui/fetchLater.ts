import { startDialogTexts } from "../store/dialogText.ts";
import { refetching } from "./lazy.tsx";

const fetchCode = refetching(() => import("./later.ts"));

/** Fetches what is not needed for talking. */
export async function fetchLater(): Promise<Awaited<ReturnType<typeof fetchCode>>> {
  const [code] = await Promise.all([fetchCode(), startDialogTexts()]);
  return code;
}
