// What people do in calls, by the names that they see, and what can be measured of them.
import { join } from "node:path";
import * as web from "./harness.mjs";

/** Pictures of what is tested are left there, where somebody wants to look. */
const shots = process.env.HCCHAT_SHOTS;
/** Settings for another server of calls than the built-in one. */
export const settings = process.env.HCCHAT_RTC?.split(" ") ?? [];
export const phone = { width: 390, height: 780 };

export const shot = async (page, name) => shots && page.screenshot({ path: join(shots, `call-${name}.png`) });
export const button = (place, name) => place.getByRole("button", { name, exact: true });
export const stage = (page) => page.getByRole("region", { name: "Call" });
export const tile = (page, name) => stage(page).getByRole("listitem").filter({ hasText: name });

/** Keeps the page's connections, for their statistics. */
export function watchConnections() {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...given) {
      super(...given);
      window.connections.push(this);
    }
  };
}

/** A camera of one's own that costs little to encode. Of one that several pages share each keeps a frame, and it has but three. @param which the number of it */
export function useSmallCamera(which) {
  const media = MediaDevices.prototype;
  const { getUserMedia } = media;
  media.getUserMedia = async function (wanted) {
    if (!wanted.video) return getUserMedia.call(this, wanted);
    // The second one of Chromium's sees depths, which no call carries, and the third nothing.
    const seeing = (await this.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    const cameras = seeing.filter((_, i) => i !== 1 && i !== 2);
    const { deviceId } = cameras[which % cameras.length];
    const own = deviceId && { deviceId: { exact: deviceId } };
    return getUserMedia.call(this, { ...wanted, video: { ...own, width: 160, height: 90, frameRate: 5 } });
  };
}

/** The way in, asked for and filled, but not gone. @returns the dialog */
export async function askToEnter(page, { camera = true, begin = false } = {}) {
  await button(page, begin ? "Call" : "Join").click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Camera on").setChecked(camera);
  return dialog;
}

/** Begins a call, or comes into the one that there is. */
export async function enter(page, how = {}) {
  const dialog = await askToEnter(page, how);
  await button(dialog, how.begin ? "Call" : "Join").click();
  await stage(page).waitFor();
}

export async function leave(page) {
  await button(page, "Leave").click();
  await stage(page).waitFor({ state: "detached" });
}

/** What was received and decoded so far, by track: frames of video, or seconds of sound that was no stopgap. */
const received = (page) =>
  page.evaluate(async () => {
    const tracks = {};
    for (const [index, connection] of window.connections.entries()) {
      if (connection.signalingState === "closed") continue;
      for (const one of (await connection.getStats()).values()) {
        if (one.type !== "inbound-rtp") continue;
        const sound = ((one.totalSamplesReceived ?? 0) - (one.concealedSamples ?? 0)) / 48_000;
        tracks[`${index} ${one.id}`] = {
          kind: one.kind,
          much: one.kind === "video" ? (one.framesDecoded ?? 0) : sound,
        };
      }
    }
    return tracks;
  });

/** How much was decoded so far: frames of video, seconds of sound that was no stopgap. */
export async function played(page) {
  const sum = { frames: 0, sound: 0 };
  for (const { kind, much } of Object.values(await received(page))) sum[kind === "video" ? "frames" : "sound"] += much;
  return sum;
}

/** Settles when so many pictures and sounds each have gone on from now. */
export async function plays(page, { pictures = 1, sounds = 1 } = {}) {
  const before = await received(page);
  const end = Date.now() + 120_000; // a busy machine is no fault
  for (;;) {
    const now = Object.entries(await received(page)).map(([id, { kind, much }]) => ({
      kind,
      more: much - (before[id]?.much ?? 0),
    }));
    const went = (wanted, enough) => now.filter(({ kind, more }) => kind === wanted && more >= enough).length;
    if (went("video", 8) >= pictures && went("audio", 0.7) >= sounds) return;
    if (Date.now() > end)
      throw new Error(`${pictures} pictures and ${sounds} sounds do not go on: ${JSON.stringify(now)}`);
    await page.waitForTimeout(250); // asking all the time would take the time
  }
}

/** People in one room, each with a browser of their own and a small camera. The first one has made it. @param scripts what runs in somebody's page first, by nick */
export async function gather(visitor, names, { options, scripts = {}, claim = false } = {}) {
  const pages = [];
  let link;
  for (const nick of names) {
    const page = await visitor(options);
    for (const script of [watchConnections, ...(scripts[nick] ?? [])]) await page.addInitScript(script);
    await page.addInitScript(useSmallCamera, pages.length);
    pages.push(page);
    if (link) {
      await web.openLink(page, link, nick);
      await web.readyToSend(page);
      continue;
    }
    await web.createRoom(page, { title: "Kitchen", nick });
    link = await web.shareLink(page);
    if (claim) await claimRoom(page);
  }
  return pages;
}

/** Makes the room one's own, and keeps order in it from then on. */
async function claimRoom(page) {
  await web.chooseFromMenu(page, "Room settings");
  const dialog = page.getByRole("dialog", { name: "Room settings" });
  await button(dialog, "Claim this room").click();
  await dialog.getByText("This room is yours: you decide about it.").waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
}
