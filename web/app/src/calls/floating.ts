import { effect } from "@preact/signals";
import type { LiveCall } from "./live-call.ts";

/** Lib.dom does not know it yet: a small window over all others. */
interface DocumentWindows {
  documentPictureInPicture?: { requestWindow(size: { width: number; height: number }): Promise<Window> };
}

/** Whether the browser shows something over all windows. */
export function canFloat(): boolean {
  return (
    (window as DocumentWindows).documentPictureInPicture !== undefined || document.pictureInPictureEnabled === true
  );
}

/** Shows what is to be seen of the others in a small window over all others. */
export async function float(live: LiveCall): Promise<void> {
  const windows = (window as DocumentWindows).documentPictureInPicture;
  try {
    if (windows) showAll(live, await windows.requestWindow({ width: 360, height: 240 }));
    else await firstVideo()?.requestPictureInPicture();
  } catch {
    // The browser does not want it now.
  }
}

/** The picture that stands largest. */
function firstVideo(): HTMLVideoElement | undefined {
  const videos = [...document.querySelectorAll<HTMLVideoElement>(".call-tile video")];
  return videos.sort((a, b) => b.clientWidth - a.clientWidth)[0];
}

function showAll(live: LiveCall, { document: sheet, addEventListener: on }: Window): void {
  const { style } = sheet.body;
  Object.assign(style, { margin: "0", display: "grid", gap: "4px", background: "#111416" });
  style.gridTemplateColumns = "repeat(auto-fit, minmax(140px, 1fr))";
  let detach: (() => void)[] = [];
  const clear = () => {
    for (const end of detach) end();
    sheet.body.replaceChildren();
    detach = [];
  };
  const end = effect(() => {
    clear();
    const seen = live.tiles.value.flatMap(({ me, screen, camera }) => (me ? [] : [screen ?? camera ?? []].flat()));
    for (const track of seen) {
      const video = sheet.createElement("video");
      Object.assign(video, { muted: true, autoplay: true, playsInline: true });
      Object.assign(video.style, { width: "100%", height: "100%", objectFit: "contain" });
      track.attach(video);
      detach.push(() => track.detach(video));
      sheet.body.append(video);
    }
  });
  on.call(sheet.defaultView!, "pagehide", () => {
    end();
    clear();
  });
}
