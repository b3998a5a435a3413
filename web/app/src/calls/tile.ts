import { ConnectionQuality, type Participant, type RemoteAudioTrack, Track } from "livekit-client";
import type { Trouble } from "./trust.ts";

/** How well somebody is connected. */
export type Quality = "good" | "poor" | "lost" | "unknown";

/** Something that is seen: a camera or a screen. */
export type Picture = Track;

/** Somebody in a call, as drawn. */
export interface Tile {
  identity: string;
  name: string;
  me: boolean;
  speaking: boolean;
  quality: Quality;
  /** Whether the microphone is on. */
  heard: boolean;
  microphoneSid?: string;
  camera?: Picture;
  /** The server of the calls holds their camera back, for the way here does not carry it. */
  paused: boolean;
  screen?: Picture;
  /** What is heard of them. */
  sounds: readonly RemoteAudioTrack[];
  trouble?: Trouble;
}

const qualities: Partial<Record<ConnectionQuality, Quality>> = {
  [ConnectionQuality.Excellent]: "good",
  [ConnectionQuality.Good]: "good",
  [ConnectionQuality.Poor]: "poor",
  [ConnectionQuality.Lost]: "lost",
};

/** Somebody as they are now. What is not encrypted is left out: nobody sees or hears it. */
export function tileOf(participant: Participant, me: boolean, trouble: Trouble | undefined): Tile {
  const shown = trouble !== "clear";
  const publications = [...participant.trackPublications.values()];
  const picture = (source: Track.Source) => {
    const found = participant.getTrackPublication(source);
    return shown && found?.track && !found.isMuted && found.isEncrypted ? found.track : undefined;
  };
  const [camera, screen] = [picture(Track.Source.Camera), picture(Track.Source.ScreenShare)];
  const microphone = participant.getTrackPublication(Track.Source.Microphone);
  const sounds = publications.flatMap(({ track, isEncrypted }) =>
    shown && !me && isEncrypted && track?.kind === Track.Kind.Audio ? [track as RemoteAudioTrack] : [],
  );
  return {
    identity: participant.identity,
    name: participant.name || participant.identity,
    me,
    speaking: participant.isSpeaking,
    quality: qualities[participant.connectionQuality] ?? "unknown",
    heard: microphone !== undefined && !microphone.isMuted,
    ...(microphone && { microphoneSid: microphone.trackSid }),
    ...(camera && { camera }),
    paused: !me && camera?.streamState === Track.StreamState.Paused,
    ...(screen && { screen }),
    sounds,
    ...(trouble && { trouble }),
  };
}
