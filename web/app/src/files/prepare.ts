import { cleanFileName, edited, type FileDraft } from "@hcchat/client";
import type { Picked } from "../store/choosing.ts";
import { cleaningOf, familyOf } from "./film.ts";
import { cleanPicture } from "./images/cleaner.ts";
import type { Preview, Thumb } from "./images/clean.ts";
import { isPictureInside } from "./images/looks.ts";
import { looksOfAudio, looksOfVideo } from "./media.ts";

/** A file that was chosen, as far as it can be sent. */
export type Prepared =
  /** `small` stands for `draft.thumb` where many go together; `cleaned`: something was taken out. */
  | { kind: "ready"; draft: FileDraft; small?: Thumb; cleaned?: true; large?: true }
  /** A picture, a film or a sound that cannot be cleaned here: it waits for a decision. */
  | { kind: "unclean" }
  | { kind: "unreadable" };

const preparations = new WeakMap<Picked, Promise<Prepared>>();

/** Makes ready what was chosen; once, however often it is asked for. */
export function prepare(picked: Picked): Promise<Prepared> {
  const begun = preparations.get(picked) ?? begin(picked);
  preparations.set(picked, begun);
  return begun;
}

/** A vector drawing is text, and is never shown here: it goes as any file. */
export const isPicture = ({ type }: Blob) => type.startsWith("image/") && !type.startsWith("image/svg");

async function begin(picked: Picked): Promise<Prepared> {
  const { file, handle, unchanged } = picked;
  if (picked.isFolder || !(await readable(file))) return { kind: "unreadable" };
  // Of an empty one nothing can be shown, whatever its name says.
  const isEmpty = file.size === 0;
  const mime = isEmpty ? "application/octet-stream" : mimeOf(file);
  const draft: FileDraft = { blob: file, name: nameOf(file), mime, ...(handle && { handle }) };
  if (isEmpty) return { kind: "ready", draft };
  if (!unchanged) {
    if (isPicture(file) || (await hidesPicture(file))) return picture(draft);
    const family = await familyOf(file);
    if (family) return film(draft, family);
  }
  if (file.type.startsWith("video/")) return shown(draft, "film");
  return file.type.startsWith("audio/") ? shown(draft, "sound") : { kind: "ready", draft };
}

/** A picture that goes by another name would take along what its camera wrote. */
async function hidesPicture(file: File): Promise<boolean> {
  if (/^(video|audio)\//.test(file.type)) return false;
  return isPictureInside(new Uint8Array(await file.slice(0, 16).arrayBuffer()));
}

async function picture({ name, blob }: FileDraft): Promise<Prepared> {
  const found = await cleanPicture(blob);
  if (found.kind === "unclean") return found;
  const { type } = found.blob;
  const draft = { blob: found.blob, name: renamed(name, blob.type, type), mime: type };
  if (found.kind === "large") return { kind: "ready", draft, cleaned: true, large: true };
  const { w, h, blur, thumb, small } = found satisfies Preview;
  const looks = { w, h, blur, ...(thumb && { thumb }) };
  return { kind: "ready", draft: { ...draft, ...looks }, ...(small && { small }), cleaned: true };
}

async function film(draft: FileDraft, kind: "film" | "sound"): Promise<Prepared> {
  try {
    const edits = await cleaningOf(draft.blob, kind);
    return { ...(await shown({ ...draft, blob: edited(draft.blob, edits), edits }, kind)), cleaned: true };
  } catch (e) {
    if (e instanceof RangeError) return { kind: "unclean" };
    throw e;
  }
}

async function shown(draft: FileDraft, kind: "film" | "sound"): Promise<Prepared & { kind: "ready" }> {
  const { small, ...looks } = await (kind === "film" ? looksOfVideo : looksOfAudio)(draft.blob);
  return { kind: "ready", draft: { ...draft, ...looks }, ...(small && { small }) };
}

/** A folder that was dropped looks like a file until one reads it. */
async function readable(file: File): Promise<boolean> {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** What a file is called here as there: without what would turn the text around it. */
export function nameOf({ name }: File): string {
  return cleanFileName(name);
}

function mimeOf({ type }: File): string {
  return /^[\x20-\x7e]{1,100}$/.test(type) ? type : "application/octet-stream";
}

/** A picture that was written anew may be of another kind. */
function renamed(name: string, before: string, after: string): string {
  if (before === after) return name;
  return `${name.replace(/\.\w{1,5}$/, "")}.${after.replace("image/", "").replace("jpeg", "jpg")}`;
}
