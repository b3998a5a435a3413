import { refetching } from "../ui/lazy.tsx";

const fetchCode = refetching(() => Promise.all([import("./ShutDoor.tsx"), import("../store/ownedText.ts")]));

/** Fetches what is shown before a door that is shut. */
export async function fetchDoor() {
  const [door, texts] = await fetchCode();
  await texts.startOwnedTexts();
  return door.ShutDoor;
}
