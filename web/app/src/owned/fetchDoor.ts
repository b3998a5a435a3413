import { startOwnedTexts } from "../store/ownedText.ts";
import { refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => import("./ShutDoor.tsx"));

/** Fetches what is shown before a door that is shut. */
export async function fetchDoor() {
  const [door] = await Promise.all([fetchCode(), startOwnedTexts()]);
  return door.ShutDoor;
}
