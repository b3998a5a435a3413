import { useEffect } from "preact/hooks";
import { fetchFiles } from "../files/fetchFiles.ts";
import type { Choosing, Picked } from "../store/choosing.ts";
import type { OpenRoom, Problem } from "../store/openRoom.ts";
import { text } from "../store/roomText.ts";
import { Icon } from "./Icon.tsx";
import { lazy } from "./lazy.tsx";

const Later = lazy(() => fetchFiles().then((m) => m.Attaching));

// Here and not in `Icon.tsx`: the start page has no use for them.
const drawings = {
  attach: "M18.5 11.5l-6.8 6.8a4 4 0 0 1-5.7-5.7l7.5-7.5a2.7 2.7 0 0 1 3.8 3.8l-7.4 7.4a1.3 1.3 0 0 1-1.9-1.9l6.7-6.7",
  voice: "M12 14.5a3 3 0 0 0 3-3v-5a3 3 0 0 0-6 0v5a3 3 0 0 0 3 3M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3",
};

interface ButtonProps {
  choosing: Choosing;
  kind: "menu" | "voice";
  disabled: boolean;
  /** What is needed for it cannot be fetched. */
  onOffline: () => void;
}

/** Opens the menu of what can be attached, or begins a voice message: now or not at all, for nobody wants to be recorded later. */
export function AttachButton({ choosing, kind, disabled, onOffline }: ButtonProps) {
  const t = text.value;
  const [path, label] = kind === "menu" ? [drawings.attach, t.attach] : [drawings.voice, t.voice];
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      aria-haspopup={kind === "menu" ? "menu" : undefined}
      disabled={disabled || choosing.open.value?.kind === "voice"}
      onClick={({ currentTarget: anchor }) =>
        void fetchFiles().then(() => (choosing.open.value = { kind, anchor }), onOffline)
      }
    >
      <Icon path={path} />
    </button>
  );
}

/** Takes what is pasted and dropped, and shows what is being chosen; the rest is fetched for that. */
export function Attaching({ opened }: { opened: OpenRoom }) {
  const { choosing } = opened;
  const { picked, open, dragged } = choosing;
  useEffect(() => listen(choosing), [choosing]);
  return picked.value.length > 0 || open.value || dragged.value ? <Later opened={opened} /> : null;
}

/** Sends what was chosen. @param captioned is called when the caption has gone */
export async function submitFiles(
  opened: OpenRoom,
  caption: string,
  captioned: () => void,
): Promise<Problem | undefined> {
  const code = await fetchFiles().catch(() => undefined);
  if (!code) return { kind: "refused", refusal: { code: "offline", text: "There is no connection." } };
  return code.sendPicked(opened, caption, captioned);
}

/** A file that is over the page goes into the tray, wherever it is let go; the browser would open it else. */
function listen(choosing: Choosing): () => void {
  let own = false; // a picture of the page is being dragged, which looks like a file
  const handlers = {
    dragstart: () => (own = true),
    dragend: () => (own = false),
    dragover: (event: DragEvent) => {
      if (own || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      choosing.dragged.value = true;
    },
    dragleave: (event: DragEvent) => {
      if (!event.relatedTarget) choosing.dragged.value = false;
    },
    drop: (event: DragEvent) => {
      choosing.dragged.value = false;
      if (own || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      void dropped(event.dataTransfer).then((picked) => choosing.add(picked));
    },
    paste: (event: ClipboardEvent) => {
      const { files, types } = event.clipboardData ?? {};
      // What was copied from a document is text and brings a picture of itself along; a picture of a page brings its markup, and no text.
      if (!files?.length || (types?.includes("text/html") && types.includes("text/plain"))) return;
      event.preventDefault(); // a file's name may stand there, too
      choosing.add([...files].map((file) => ({ file })));
    },
  };
  for (const [name, handle] of Object.entries(handlers)) addEventListener(name, handle as EventListener);
  return () => {
    for (const [name, handle] of Object.entries(handlers)) removeEventListener(name, handle as EventListener);
  };
}

/** Only Chromium gives what can be read again after a reload; lib.dom does not know it. */
type DroppedItem = DataTransferItem & { getAsFileSystemHandle?(): Promise<FileSystemHandle | null> };

/** The files that were let go. They have to be taken before the event is over. */
function dropped({ items }: DataTransfer): Promise<Picked[]> {
  const taken = [...items].flatMap((item: DroppedItem) => {
    const file = item.kind === "file" && item.getAsFile();
    // Some systems give a folder as an empty file, which would go out as that.
    const isFolder = item.webkitGetAsEntry()?.isDirectory;
    return file ? [{ file, isFolder, later: item.getAsFileSystemHandle?.() }] : [];
  });
  return Promise.all(
    taken.map(async ({ file, isFolder, later }) => {
      const handle = await later?.catch(() => null);
      if (isFolder) return { file, isFolder };
      return { file, ...(handle?.kind === "file" && { handle: handle as FileSystemFileHandle }) };
    }),
  );
}
