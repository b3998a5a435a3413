import type { Picked } from "../store/choosing.ts";

export type PickKind = "media" | "file" | "camera";

/** What Chromium has for choosing files that can be read again after a reload; lib.dom does not know it. */
interface Pickers {
  showOpenFilePicker?(options: {
    multiple: boolean;
    types?: { accept: Record<string, string[]> }[];
  }): Promise<FileSystemFileHandle[]>;
}

const media = ["image/*", "video/*"];
/** The one that is open: without a reference it might be gone before it answers. */
let field: HTMLInputElement | undefined;

/** Lets somebody choose files. Nothing when they think better of it. */
export async function pickFiles(kind: PickKind): Promise<Picked[]> {
  const { showOpenFilePicker } = globalThis as Pickers;
  // On a phone the plain field leads to the photographs at once.
  if (!showOpenFilePicker || kind === "camera" || !matchMedia("(pointer: fine)").matches) return byField(kind);
  try {
    const types = kind === "media" ? { types: [{ accept: Object.fromEntries(media.map((one) => [one, []])) }] } : {};
    const handles = await showOpenFilePicker({ multiple: true, ...types });
    return await Promise.all(handles.map(async (handle) => ({ file: await handle.getFile(), handle })));
  } catch (error) {
    return (error as Error).name === "AbortError" ? [] : byField(kind);
  }
}

/** Lets somebody choose one file, of whatever kind. */
export async function pickOne(): Promise<File | undefined> {
  return (await byField("file", false))[0]?.file;
}

function byField(kind: PickKind, multiple = true): Promise<Picked[]> {
  const input = document.createElement("input");
  field = input;
  input.type = "file";
  input.multiple = multiple && kind !== "camera";
  if (kind === "media") input.accept = media.join(",");
  if (kind === "camera") {
    input.accept = "image/*";
    input.setAttribute("capture", "environment");
  }
  return new Promise((resolve) => {
    const end = (chosen: readonly File[]) => {
      if (field === input) field = undefined;
      resolve(chosen.map((file) => ({ file })));
    };
    input.addEventListener("change", () => end([...(input.files ?? [])]));
    input.addEventListener("cancel", () => end([]));
    input.click();
  });
}
