// Somebody in a call with @livekit/rtc-node: native WebRTC, as phones have it. They send a picture and a tone of their own and count what they see and hear.
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  EncryptionType,
  LocalAudioTrack,
  LocalVideoTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
  VideoBufferType,
  VideoFrame,
  VideoSource,
  VideoStream,
} from "@livekit/rtc-node";

const [width, height] = [320, 240];
const bytes = (text) => new TextEncoder().encode(text);

export class Native {
  room = new Room();
  identity;
  /** What has come: `${identity} ${kind}` to a count. */
  frames = new Map();
  /** The loudest sample of each that is heard. */
  loudness = new Map();
  data = [];
  events = [];
  speakers = new Set();
  #over = false;

  /** @param options key: what everything is encrypted with */
  static async join(url, token, { identity, key } = {}) {
    const one = new Native();
    one.identity = identity;
    one.#listen();
    const encryption = key && {
      encryptionType: EncryptionType.GCM,
      keyProviderOptions: {
        sharedKey: bytes(key),
        ratchetSalt: bytes("LKFrameEncryptionKey"),
        ratchetWindowSize: 16,
        failureTolerance: -1,
      },
    };
    await one.room.connect(url, token, { autoSubscribe: true, dynacast: true, encryption });
    return one;
  }

  /** Sends a picture and a tone. */
  async publish() {
    await this.publishVideo();
    await this.publishAudio();
  }

  async publishVideo() {
    const source = new VideoSource(width, height);
    const track = LocalVideoTrack.createVideoTrack("camera", source);
    this.camera = await this.room.localParticipant.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_CAMERA, simulcast: false }),
    );
    let count = 0;
    const timer = setInterval(() => {
      if (this.#over) return clearInterval(timer);
      const picture = new Uint8Array((width * height * 3) / 2)
        .fill((count++ * 3) & 255, 0, width * height)
        .fill(128, width * height);
      source.captureFrame(new VideoFrame(picture, width, height, VideoBufferType.I420));
    }, 66);
    timer.unref();
  }

  async publishAudio() {
    const source = new AudioSource(48_000, 1);
    const track = LocalAudioTrack.createAudioTrack("microphone", source);
    this.microphone = await this.room.localParticipant.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
    );
    let phase = 0;
    const send = async () => {
      while (!this.#over) {
        const samples = new Int16Array(480).map(() => 8000 * Math.sin((phase += 0.06)));
        await source.captureFrame(new AudioFrame(samples, 48_000, 1, 480));
      }
    };
    void send().catch(() => {});
  }

  count(of, kind) {
    return this.frames.get(`${of.identity} ${kind}`) ?? 0;
  }

  /** True as soon as so many more of their pictures or sounds have come than there were. */
  sees(of, kind, more = 10) {
    const from = this.count(of, kind);
    return () => this.count(of, kind) >= from + more;
  }

  async leave() {
    this.#over = true;
    await this.room.disconnect();
  }

  #listen() {
    const named =
      (name) =>
      (...args) =>
        this.events.push([name, args.at(-1)?.identity ?? args[0]?.identity ?? args[0]]);
    for (const name of [
      "ParticipantConnected",
      "ParticipantDisconnected",
      "Reconnecting",
      "Reconnected",
      "Disconnected",
    ])
      this.room.on(RoomEvent[name], named(name));
    this.room.on(
      RoomEvent.TrackSubscribed,
      (track, _, participant) => void this.#watch(track, participant).catch(() => {}),
    );
    this.room.on(RoomEvent.ActiveSpeakersChanged, (speakers) => speakers.forEach((s) => this.speakers.add(s.identity)));
    this.room.on(RoomEvent.DataReceived, (data, participant, _, topic) =>
      this.data.push({ text: new TextDecoder().decode(data), from: participant?.identity, topic }),
    );
  }

  async #watch(track, participant) {
    const kind = track.kind === TrackKind.KIND_VIDEO ? "video" : "audio";
    const name = `${participant.identity} ${kind}`;
    for await (const event of kind === "video" ? new VideoStream(track) : new AudioStream(track)) {
      this.frames.set(name, (this.frames.get(name) ?? 0) + 1);
      if (kind === "audio") {
        const loudest = event.data.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
        this.loudness.set(participant.identity, Math.max(loudest, this.loudness.get(participant.identity) ?? 0));
      }
    }
  }
}
