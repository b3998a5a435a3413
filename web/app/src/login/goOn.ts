import { signal } from "@preact/signals";
import { goToRoom, goToStart, route } from "../store/route.ts";
import { reenter, session } from "../store/session.ts";
import { takeRoom } from "./elsewhere.ts";
import { who } from "./state.ts";

/** Somebody has logged out, but the server could not be told. */
export const untold = signal(false);

/** Goes on where logging in came between. */
export async function goOn(): Promise<void> {
  if (route.peek().kind !== "account") return;
  const sealed = takeRoom();
  const room = sealed && (await (await import("./wayBack.ts")).unsealed(sealed));
  if (room) goToRoom(room);
  else goToStart();
}

/** Goes on as a guest. */
export function goOnAsGuest(): void {
  who.value = { kind: "out" };
  rejoin();
  void goOn();
}

/** Into the room that one is or was in, on a connection of its own: another person is another session. */
export function rejoin(): void {
  const opened = session.peek();
  opened?.client.close();
  if (opened) reenter();
}
