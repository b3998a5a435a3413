import { isE2EESupported, Room } from "livekit-client";
import type { CallDesk, Seat } from "@hcchat/client";
import { close, open } from "./devices.ts";

/** What is looked at. */
export type Step = "microphone" | "camera" | "encryption" | "server" | "media" | "relay";
/** How it went; the words are in the dictionary. */
export type Outcome =
  | "good"
  | "denied"
  | "none"
  | "busy"
  | "insecure"
  | "unsupported"
  | "unreachable"
  | "no_seat"
  | "by_udp"
  | "by_tcp"
  | "by_relay"
  | "no_relay"
  | "relay_fails"
  | "skipped";

/** How long each step may take, ms. */
const patience = 15_000;

/** Looks whether a call would work from here, and what stands in the way. Nothing is sent of what one says or shows. */
export async function checkConnection(desk: CallDesk, tell: (step: Step, outcome: Outcome) => void): Promise<void> {
  tell("microphone", await tryDevice({ audio: true }));
  tell("camera", await tryDevice({ video: true }));
  tell("encryption", isE2EESupported() ? "good" : "unsupported");
  const seat = await desk.seat();
  if (!seat.ok) {
    tell("server", seat.refusal.code === "offline" ? "unreachable" : "no_seat");
    tell("media", "skipped");
  } else {
    await tryMedia(seat.value, tell);
  }
  tell("relay", await tryRelay(desk));
}

async function tryDevice(wanted: MediaStreamConstraints): Promise<Outcome> {
  const opened = await open(wanted);
  if (typeof opened === "string") return opened;
  close(opened);
  return "good";
}

/** Comes into the call for a moment, deaf and mute. */
async function tryMedia({ livekitUrl, token }: Seat, tell: (step: Step, outcome: Outcome) => void): Promise<void> {
  const room = new Room();
  let reached = false;
  room.once("signalConnected", () => {
    reached = true;
    tell("server", "good");
  });
  try {
    await room.connect(livekitUrl, token, { autoSubscribe: false, maxRetries: 0, peerConnectionTimeout: patience });
    tell("media", await wayOf(room));
  } catch {
    if (!reached) tell("server", "unreachable");
    tell("media", reached ? "unreachable" : "skipped");
  } finally {
    await room.disconnect();
  }
}

/** By which way media goes. */
async function wayOf(room: Room): Promise<Outcome> {
  const stats = await room.engine.pcManager?.publisher.getStats();
  const found = new Map<string, Record<string, unknown>>();
  stats?.forEach((one: Record<string, unknown>) => found.set(String(one["id"]), one));
  const transport = [...found.values()].find((one) => one["selectedCandidatePairId"]);
  const pair = found.get(String(transport?.["selectedCandidatePairId"]));
  const local = found.get(String(pair?.["localCandidateId"]));
  if (local?.["candidateType"] === "relay") return "by_relay";
  return local?.["protocol"] === "tcp" ? "by_tcp" : "by_udp";
}

/** Asks a relay for a place. */
async function tryRelay(desk: CallDesk): Promise<Outcome> {
  const relays = await desk.relays();
  if (!relays.ok) return "skipped";
  const { iceServers } = relays.value;
  if (iceServers.length === 0) return "no_relay";
  const connection = new RTCPeerConnection({ iceServers: [...iceServers], iceTransportPolicy: "relay" });
  try {
    connection.createDataChannel("");
    const got = new Promise<Outcome>((resolve) => {
      setTimeout(() => resolve("relay_fails"), patience);
      connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate?.type === "relay") resolve("good");
        if (!candidate) resolve("relay_fails");
      });
    });
    await connection.setLocalDescription();
    return await got;
  } finally {
    connection.close();
  }
}
