import { startOwnedTexts } from "../store/ownedText.ts";
import { fetchLater } from "../ui/fetchLater.ts";
import { refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => import("./owned.ts"));

/** Fetches what rooms that belong to somebody need, and the texts of dialogs. */
export async function fetchOwned(): Promise<Awaited<ReturnType<typeof fetchCode>>> {
  const [code] = await Promise.all([fetchCode(), startOwnedTexts(), fetchLater()]);
  return code;
}
