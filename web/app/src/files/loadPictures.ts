import { effect, signal } from "@preact/signals";
import { load, save } from "../store/storage.ts";

/** Larger pictures are fetched only when they are asked for. bytes */
export const mostByItself = 10_000_000;

const connection = (navigator as { connection?: { saveData?: boolean } }).connection;

/** Whether pictures are fetched when they come into view. Off from the beginning where the browser is told to save data. */
export const loadPictures = signal<"on" | "off">(load("pictures", connection?.saveData ? "off" : "on"));

effect(() => {
  // Only a choice is kept: otherwise the browser decides each time.
  const chosen = loadPictures.value;
  if (chosen !== load("pictures", connection?.saveData ? "off" : "on")) save("pictures", chosen);
});
