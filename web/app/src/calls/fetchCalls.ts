import { startCallsTexts } from "../store/callsText.ts";
import { refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => import("./calls.ts"));

/** Fetches what calls need: when there is one, or somebody wants to call. What carries sound and pictures comes when one is entered. */
export async function fetchCalls(): Promise<Awaited<ReturnType<typeof fetchCode>>> {
  const [code] = await Promise.all([fetchCode(), startCallsTexts()]);
  return code;
}
