import { signal } from "@preact/signals";
import {
  ConnectionState,
  DisconnectReason,
  isE2EESupported,
  type LocalTrackPublication,
  type Participant,
  type RemoteParticipant,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
} from "livekit-client";
import encryptor from "livekit-client/e2ee-worker?worker&url";
import { CallKeys, strict } from "@hcchat/client/calls";
import type { CallDesk, OngoingCall, Refusal, Result, Seat } from "@hcchat/client";
import type { OpenRoom } from "../store/openRoom.ts";
import { startWorker } from "../trusted.ts";
import { cameraOptions, type Choice, choice, microphoneOptions } from "./choice.ts";
import { only } from "./devices.ts";
import { refuse } from "./refuse.ts";
import { Rekeying } from "./rekeying.ts";
import { type Tile, tileOf } from "./tile.ts";
import { sendsClear, Trust } from "./trust.ts";

setLogLevel("silent"); // it would name identities and addresses in the console

/** Something that happened in a call, for screen readers. */
export type Told = { kind: "came" | "went" | "in" | "inMuted"; name: string };

/** What could not be done. */
export type Failing = "microphone" | "camera" | "screen" | "not_encrypted" | "moderate" | "speaker";

/** With what one comes in. */
interface Entry {
  seat: Seat;
  choice: Choice;
  /** How long each step may take, ms. */
  patience: number;
}

/** After these the people are drawn anew. */
const changes = [
  RoomEvent.ParticipantConnected,
  RoomEvent.ParticipantDisconnected,
  RoomEvent.ParticipantNameChanged,
  RoomEvent.TrackPublished,
  RoomEvent.TrackUnpublished,
  RoomEvent.TrackSubscribed,
  RoomEvent.TrackUnsubscribed,
  RoomEvent.TrackMuted,
  RoomEvent.TrackUnmuted,
  RoomEvent.TrackStreamStateChanged,
  RoomEvent.LocalTrackPublished,
  RoomEvent.LocalTrackUnpublished,
  RoomEvent.ActiveSpeakersChanged,
  RoomEvent.ConnectionQualityChanged,
  RoomEvent.ConnectionStateChanged,
] as const;

/** A call that one is in. */
export class LiveCall {
  /** Who is in it, oneself first. */
  readonly tiles = signal<readonly Tile[]>([]);
  readonly state = signal<"connecting" | "connected" | "reconnecting">("connecting");
  /** Which of one's own are on. */
  readonly microphone = signal(false);
  readonly camera = signal(false);
  readonly screen = signal(false);
  /** What could not be done, and was not done since. */
  readonly problems = signal<readonly Failing[]>([]);
  /** Somebody who keeps order has muted one. */
  readonly silenced = signal(false);
  readonly told = signal<Told | undefined>(undefined);
  /** How loud each of the others is for oneself, 0 to 1. */
  readonly volumes = signal<ReadonlyMap<string, number>>(new Map());
  readonly id: string;
  readonly desk: CallDesk;
  /** The call is over, and not by oneself. */
  onOver: (why: Refusal | undefined) => void = () => undefined;
  readonly #room: Room;
  readonly #keys = new CallKeys();
  readonly #worker = strict(startWorker(encryptor));
  readonly #trust = new Trust(() => this.#draw());
  readonly #rekeying: Rekeying;
  /** Whether one wants to be heard, and seen. */
  #speaks = false;
  #films = false;
  #left = false;

  private constructor(opened: OpenRoom, desk: CallDesk, call: OngoingCall, identity: string, wanted: Choice) {
    [this.id, this.desk] = [call.id, desk];
    this.#room = new Room({
      adaptiveStream: true,
      dynacast: true,
      encryption: { keyProvider: this.#keys, worker: this.#worker },
      publishDefaults: { videoCodec: "vp8" },
      audioCaptureDefaults: microphoneOptions(wanted),
      videoCaptureDefaults: cameraOptions(wanted),
      ...(wanted.speakerId && { audioOutput: { deviceId: wanted.speakerId } }),
    });
    this.#rekeying = new Rekeying(opened, desk, call, {
      identity,
      others: () => [...this.#room.remoteParticipants.keys()],
      key: (one) => void this.#key(one),
    });
    this.#listen();
  }

  /** Comes in. Refused with `no_call_encryption`, `call_unreachable`. */
  static async enter(
    opened: OpenRoom,
    desk: CallDesk,
    call: OngoingCall,
    { seat, choice: wanted, patience }: Entry,
  ): Promise<Result<LiveCall>> {
    if (!isE2EESupported()) return refuse("no_call_encryption");
    const live = new LiveCall(opened, desk, call, seat.identity, wanted);
    try {
      await live.#connect(seat, patience);
    } catch {
      live.leave();
      return refuse("call_unreachable");
    }
    // Devices begin when they may: whoever is still asked for them, or has none, sees and hears the others already.
    const speaks = wanted.microphone && !wanted.pushToTalk;
    if (wanted.camera) void live.setCamera(true);
    if (speaks) void live.setMicrophone(true);
    live.told.value = { kind: speaks ? "in" : "inMuted", name: "" };
    return { ok: true, value: live };
  }

  /** What one wants to be on, whether it is or not. */
  get wanted(): { microphone: boolean; camera: boolean } {
    return { microphone: this.#speaks, camera: this.#films };
  }

  /** The call is another one by now, or none. */
  lose(): void {
    this.leave();
    this.onOver(refuse("call_lost").refusal);
  }

  leave(): void {
    if (this.#left) return;
    this.#left = true;
    this.#rekeying.close();
    this.#trust.close();
    void this.#room.disconnect().finally(() => this.#worker.terminate());
  }

  setMicrophone(on: boolean): Promise<void> {
    this.#speaks = on;
    this.silenced.value = false;
    return this.#try("microphone", () => this.#room.localParticipant.setMicrophoneEnabled(on));
  }

  setCamera(on: boolean): Promise<void> {
    this.#films = on;
    return this.#try("camera", () => this.#room.localParticipant.setCameraEnabled(on));
  }

  /** Shows one's screen, or a window, with its sound where the browser gives it. */
  setScreen(on: boolean): Promise<void> {
    return this.#try("screen", () => this.#room.localParticipant.setScreenShareEnabled(on, { audio: true }));
  }

  /** Uses the devices that are chosen now. */
  async useChoice(): Promise<void> {
    const wanted = choice.peek();
    const { localParticipant } = this.#room;
    await this.#try("microphone", async () => {
      const track = localParticipant.getTrackPublication(Track.Source.Microphone)?.audioTrack;
      Object.assign(this.#room.options.audioCaptureDefaults!, microphoneOptions(wanted));
      await track?.restartTrack(microphoneOptions(wanted));
    });
    await this.#switch("camera", "videoinput", wanted.cameraId);
    await this.#switch("speaker", "audiooutput", wanted.speakerId);
  }

  /** Mutes a track of somebody's for everybody. For those who keep order. */
  silence(identity: string, trackSid: string): Promise<void> {
    return this.#try("moderate", async () => done(await this.desk.mute(identity, trackSid)));
  }

  /** Puts somebody out of the call. For those who keep order. */
  putOut(identity: string): Promise<void> {
    return this.#try("moderate", async () => done(await this.desk.remove(identity)));
  }

  /** What could not be done has been read. */
  dismiss(what: Failing): void {
    this.problems.value = this.problems.peek().filter((one) => one !== what);
  }

  /** How loud somebody is for oneself, 0 to 1. */
  setVolume(identity: string, volume: number): void {
    this.volumes.value = new Map(this.volumes.peek()).set(identity, volume);
    const participant = this.#room.remoteParticipants.get(identity);
    participant?.setVolume(volume, Track.Source.Microphone);
    participant?.setVolume(volume, Track.Source.ScreenShareAudio);
  }

  async #connect({ livekitUrl, token, identity }: Seat, patience: number): Promise<void> {
    await this.#key(identity); // before anything is sent
    await this.#room.setE2EEEnabled(true);
    const times = { websocketTimeout: patience, peerConnectionTimeout: patience, maxRetries: 0 };
    // LiveKit itself tries for ever where it finds no server.
    await Promise.race([this.#room.connect(livekitUrl, token, times), late(2 * patience)]);
    await this.#encrypting(patience);
    this.#draw();
  }

  /** Settles when the worker encrypts what one sends. */
  #encrypting(patience: number): Promise<void> {
    const room = this.#room;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(reject, patience);
      const look = () => {
        if (!room.isE2EEEnabled) return;
        clearTimeout(timer);
        room.off(RoomEvent.ParticipantEncryptionStatusChanged, later);
        resolve();
      };
      const later = () => queueMicrotask(look); // the room knows just after it has told
      room.on(RoomEvent.ParticipantEncryptionStatusChanged, later);
      look();
    });
  }

  async #key(identity: string): Promise<void> {
    const { key, epoch } = await this.desk.key(this.id, identity);
    await this.#keys.set(identity, key, epoch);
    this.#trust.waits(identity, false);
  }

  #listen(): void {
    const room = this.#room;
    const met = (participant: Participant) => {
      this.#trust.waits(participant.identity, true);
      void this.#key(participant.identity);
    };
    for (const event of changes) room.on(event, () => this.#draw());
    room
      .on(RoomEvent.Connected, () => room.remoteParticipants.forEach(met))
      .on(RoomEvent.ParticipantConnected, (participant) => {
        met(participant);
        this.#rekeying.came(participant.identity);
        this.told.value = { kind: "came", name: nameOf(participant) };
      })
      .on(RoomEvent.ParticipantDisconnected, (participant) => {
        this.told.value = { kind: "went", name: nameOf(participant) };
      })
      .on(RoomEvent.TrackPublished, (_, participant) => this.#refuseClear(participant))
      .on(RoomEvent.TrackSubscribed, (_, __, participant) => this.#refuseClear(participant))
      .on(RoomEvent.EncryptionError, ({ message }, participant) => {
        if (participant && !participant.isLocal)
          this.#trust.failed(participant as RemoteParticipant, message.startsWith("MissingKey"));
      })
      .on(RoomEvent.LocalTrackPublished, (publication) => void this.#checkOwn(publication))
      .on(RoomEvent.TrackMuted, ({ source }, { isLocal }) => {
        if (!isLocal || source !== Track.Source.Microphone || !this.#speaks) return;
        this.#speaks = false;
        this.silenced.value = true;
      })
      .on(RoomEvent.Disconnected, (reason) => {
        if (this.#left) return;
        this.leave();
        this.onOver(overBy(reason));
      });
  }

  async #switch(what: Failing, kind: MediaDeviceKind, id: string | undefined): Promise<void> {
    const { deviceId } = only(kind, id);
    if (deviceId) await this.#try(what, () => this.#room.switchActiveDevice(kind, deviceId.exact));
  }

  /** Somebody who sends anything in clear is not played at all. */
  #refuseClear(participant: RemoteParticipant): void {
    if (sendsClear(participant)) for (const one of participant.trackPublications.values()) one.setSubscribed(false);
  }

  /** A server that takes one's own for not encrypted would have it refused by the others. */
  async #checkOwn({ isEncrypted, track }: LocalTrackPublication): Promise<void> {
    if (isEncrypted || !track) return;
    this.#failed("not_encrypted");
    await this.#room.localParticipant.unpublishTrack(track).catch(() => undefined);
  }

  async #try(what: Failing, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.dismiss(what);
    } catch (error) {
      // Whoever thinks better of showing the screen needs no words for it.
      if (what !== "screen" || (error as Error).name !== "NotAllowedError") this.#failed(what);
    }
    this.#draw();
  }

  #failed(what: Failing): void {
    if (!this.problems.peek().includes(what)) this.problems.value = [...this.problems.peek(), what];
  }

  #draw(): void {
    if (this.#left) return;
    const { localParticipant: me, remoteParticipants: others, state } = this.#room;
    this.state.value =
      state === ConnectionState.Connected
        ? "connected"
        : state === ConnectionState.Connecting
          ? "connecting"
          : "reconnecting";
    this.microphone.value = me.isMicrophoneEnabled;
    this.camera.value = me.isCameraEnabled;
    this.screen.value = me.isScreenShareEnabled;
    if (!me.identity) return;
    const rest = [...others.values()].map((one) => tileOf(one, false, this.#trust.of(one)));
    this.tiles.value = [tileOf(me, true, undefined), ...rest];
  }
}

function late(time: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(reject, time));
}

function done(result: Result): void {
  if (!result.ok) throw new Error(result.refusal.code);
}

function nameOf({ name, identity }: Participant): string {
  return name || identity;
}

function overBy(reason: DisconnectReason | undefined): Refusal | undefined {
  if (reason === DisconnectReason.ROOM_DELETED || reason === DisconnectReason.ROOM_CLOSED) return undefined;
  if (reason === DisconnectReason.PARTICIPANT_REMOVED) return refuse("call_put_out").refusal;
  if (reason === DisconnectReason.DUPLICATE_IDENTITY) return refuse("call_elsewhere").refusal;
  return refuse("call_lost").refusal;
}
