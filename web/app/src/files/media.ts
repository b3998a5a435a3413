import { previewOf } from "./images/cleaner.ts";
import type { Preview } from "./images/clean.ts";

/** How long a browser may take for what it reads of a film: some never say that they cannot. ms */
const patience = 10_000;

/** What a film or a sound says of itself, as far as this browser can read it. */
export interface MediaLooks extends Partial<Preview> {
  durMs?: number;
}

/** Size, duration and a picture of a film. */
export async function looksOfVideo(blob: Blob): Promise<MediaLooks> {
  return withMedia(document.createElement("video"), blob, async (video) => {
    const { videoWidth: w, videoHeight: h } = video;
    if (!w || !h) return { ...durationOf(video) };
    // The very first frame is often black.
    const wanted = Number.isFinite(video.duration) ? Math.min(1, video.duration / 10) : 0;
    await happens(video, "seeked", () => (video.currentTime = wanted));
    const frame = await createImageBitmap(video).catch(() => undefined);
    return { ...durationOf(video), ...(frame && (await previewOf(frame))), w, h };
  });
}

/** The duration of a sound. */
export async function looksOfAudio(blob: Blob): Promise<MediaLooks> {
  return withMedia(new Audio(), blob, async (audio) => durationOf(audio));
}

function durationOf({ duration }: HTMLMediaElement): { durMs?: number } {
  return Number.isFinite(duration) ? { durMs: Math.round(duration * 1000) } : {};
}

async function withMedia<Media extends HTMLMediaElement>(
  media: Media,
  blob: Blob,
  look: (media: Media) => Promise<MediaLooks>,
): Promise<MediaLooks> {
  const url = URL.createObjectURL(blob);
  media.muted = true;
  media.preload = "auto";
  try {
    await happens(media, media instanceof HTMLVideoElement ? "loadeddata" : "loadedmetadata", () => (media.src = url));
    return await look(media);
  } catch {
    return {}; // it is sent all the same
  } finally {
    media.removeAttribute("src");
    media.load();
    URL.revokeObjectURL(url);
  }
}

/** Settles with an event that something brings about, or throws when it cannot be. */
function happens(media: HTMLMediaElement, event: string, begin: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("It takes too long.")), patience);
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      settle();
    };
    media.addEventListener(event, end(resolve), { once: true });
    media.addEventListener(
      "error",
      end(() => reject(new Error("It cannot be read."))),
      { once: true },
    );
    begin();
  });
}
