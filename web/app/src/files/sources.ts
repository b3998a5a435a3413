import type { Message, Refusal, Result, SharedFile } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { keptOf } from "./kept.ts";

/** An address that something plays from, until it is closed. */
export interface Source {
  url: string;
  /** It plays while it loads: its end is not known to be right before it gets there. */
  progressive: boolean;
  /** Why it ceased to play, where that is the store's fault. */
  trouble?(): Promise<Refusal | undefined>;
  close(): void;
}

/** What does not play while it loads is read into memory up to this size. bytes */
export const mostInMemory = 64_000_000;

/** A file that lies on the device. */
export function sourceOf(blob: Blob): Source {
  const url = URL.createObjectURL(blob);
  return { url, progressive: false, close: () => URL.revokeObjectURL(url) };
}

/** Where a sound or a film of a message plays from: while it loads, where the browser can do that, else when it is whole. */
export async function openSource(opened: OpenRoom, { key }: Message, file: SharedFile): Promise<Result<Source>> {
  // In one piece it can only be opened as a whole.
  if (file.encryption.scheme !== "aes-256-gcm") {
    const result = await opened.room.files.play(file, key);
    const trouble = async () => {
      const checked = await opened.room.files.check(file);
      return checked.ok ? undefined : checked.refusal;
    };
    const progressive = result.ok && !result.value.url.startsWith("blob:");
    if (result.ok) return { ok: true, value: { ...result.value, progressive, ...(progressive && { trouble }) } };
    const { code } = result.refusal;
    if (code !== "no_service_worker" && code !== "not_playable") return result;
    if (file.size > mostInMemory)
      return { ok: false, refusal: { code: "too_large_to_play", text: "It is too large." } };
  }
  const whole = await keptOf(opened).open(key, file);
  return whole.ok ? { ok: true, value: sourceOf(new Blob([whole.value], { type: file.mime })) } : whole;
}

let playing: HTMLMediaElement | undefined;

/** One plays at a time: whatever begins makes the one before it pause. */
export function playsAlone(media: HTMLMediaElement): void {
  media.addEventListener("play", () => {
    if (playing !== media) playing?.pause();
    playing = media;
  });
}
