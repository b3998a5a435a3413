import type { Refusal, Result } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { keptOf } from "./kept.ts";
import type { Shown } from "./shown.ts";

/** What Chromium has for writing to a place that one chooses; lib.dom does not know it. */
interface Pickers {
  showSaveFilePicker?(options: { suggestedName: string }): Promise<FileSystemFileHandle>;
}

/** Larger files are written to their place as they come, where the browser can do that. bytes */
const most = 64_000_000;
/** How long the browser may take to begin with what was handed to it. ms */
const handing = 60_000;

/** Brings a file to the disk, under its name when it was verified to its end. @returns what was wrong; `undefined` too when somebody thought better of it */
export async function saveFile(
  opened: OpenRoom,
  { message, index, file }: Shown,
): Promise<Refusal | "saved" | undefined> {
  const { showSaveFilePicker } = globalThis as Pickers;
  if (keptOf(opened).has(message.key, file)) {
    const kept = await keptOf(opened).open(message.key, file);
    if (kept.ok) return hand(kept.value, file.name);
  }
  if (!showSaveFilePicker || file.size <= most) {
    const result = await fetched(opened, { message, index, file });
    return result?.ok && result.value ? hand(result.value, file.name) : outcome(result);
  }
  const handle = await showSaveFilePicker({ suggestedName: file.name }).catch(() => undefined);
  return handle && outcome(await fetched(opened, { message, index, file }, handle)); // a place was chosen
}

/** Fetches a file. Nothing when somebody has given it up meanwhile. */
async function fetched(opened: OpenRoom, { message, index, file }: Shown, handle?: FileSystemFileHandle) {
  const { files } = opened.room;
  const result = await files.save(file, message.key, handle);
  const mine = [...files.transfers.value.values()].find(
    (one) => one.way === "down" && one.message === message.key && one.index === index,
  );
  if (!mine) return undefined;
  files.cancel(mine.id); // what became of it is said where it was asked for
  return result;
}

function outcome(result: Result | undefined): Refusal | "saved" | undefined {
  return result && (result.ok ? "saved" : result.refusal);
}

/** Gives a file to the browser to be saved: as bytes, so that nothing of it is opened in the page. */
function hand(blob: Blob, name: string): "saved" {
  const url = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), handing);
  return "saved";
}
