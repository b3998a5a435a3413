import { signal } from "@preact/signals";

/** A device that can be chosen. */
export interface Device {
  id: string;
  name: string;
}

/** The devices that there are, by kind; their names come once one of them was allowed. */
export const devices = signal<Readonly<Record<MediaDeviceKind, readonly Device[]>>>({
  audioinput: [],
  audiooutput: [],
  videoinput: [],
});

const media = navigator.mediaDevices as MediaDevices | undefined; // a page on plain http has none

/** Looks which devices there are. */
export async function lookForDevices(): Promise<void> {
  const found = (await media?.enumerateDevices().catch(() => [])) ?? [];
  const of = (kind: MediaDeviceKind) =>
    found
      .filter((one) => one.kind === kind && one.deviceId !== "")
      .map(({ deviceId, label }) => ({ id: deviceId, name: label || deviceId.slice(0, 6) }));
  devices.value = { audioinput: of("audioinput"), audiooutput: of("audiooutput"), videoinput: of("videoinput") };
}

media?.addEventListener("devicechange", () => void lookForDevices());

/**
 * How one asks for a device that was chosen: for no other one, since browsers may take the standard one however much another is wished for; and for any
 * when it is not there any more.
 */
export function only(kind: MediaDeviceKind, id: string | undefined): { deviceId?: { exact: string } } {
  const isHere = id !== undefined && devices.peek()[kind].some((one) => one.id === id);
  return isHere ? { deviceId: { exact: id } } : {};
}

/** Asks for a device. @returns it, or the code of what is wrong: `denied`, `none`, `busy`, `insecure` */
export async function open(
  wanted: MediaStreamConstraints,
): Promise<MediaStream | "denied" | "none" | "busy" | "insecure"> {
  if (!media) return "insecure";
  try {
    const stream = await media.getUserMedia(wanted);
    void lookForDevices();
    return stream;
  } catch (error) {
    const { name } = error as Error;
    if (name === "NotAllowedError") return "denied";
    return name === "NotFoundError" || name === "OverconstrainedError" ? "none" : "busy";
  }
}

/** Lets a device go. */
export function close(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}
