// Sends a tone into the call whose seat and keys come on standard input (CallBot), and says whom it hears. Everything is encrypted end to end by LiveKit's own SDK.
import { createInterface } from "node:readline";
import {
  AudioFrame,
  AudioSource,
  AudioStream,
  dispose,
  EncryptionType,
  LocalAudioTrack,
  Room,
  RoomEvent,
  TrackKind,
  TrackPublishOptions,
  TrackSource,
} from "@livekit/rtc-node";

const rate = 48_000;
const bytes = (text) => new TextEncoder().encode(text);

/** One stay in a call. */
class Stay {
  #room = new Room();
  #microphone;
  #own = 0;
  #over = false;

  constructor(seat) {
    this.seat = seat;
    this.#room.on(RoomEvent.TrackSubscribed, (track, _, who) => {
      if (track.kind === TrackKind.KIND_AUDIO) void this.#hear(track, who.identity);
    });
    this.#room.on(RoomEvent.Disconnected, () => (this.#over = true));
  }

  async connect(keys) {
    await this.#room.connect(this.seat.url, this.seat.token, {
      autoSubscribe: true,
      dynacast: true,
      // No shared key: everybody has their own. No ratchet: keys come from us alone.
      encryption: {
        encryptionType: EncryptionType.GCM,
        keyProviderOptions: { ratchetSalt: bytes("LKFrameEncryptionKey"), ratchetWindowSize: 0, failureTolerance: -1 },
      },
    });
    for (const key of keys) this.set(key);
  }

  /** Sets somebody's key: our own is what we send with from now on. */
  set({ identity, key, index }) {
    this.#ask("setKey", { participantIdentity: identity, key: bytes(key), keyIndex: index });
    if (identity === this.seat.identity) this.#own = index;
    this.#sendWith(this.#own);
  }

  #sendWith(keyIndex) {
    const trackSid = this.#microphone?.sid;
    if (trackSid) this.#ask("cryptorSetKeyIndex", { participantIdentity: this.seat.identity, trackSid, keyIndex });
  }

  /** KeyProvider and FrameCryptor of rtc-node 1.1 forget the key and the track; this is what they would ask of the native library. */
  #ask(what, value) {
    const { roomHandle } = this.#room.e2eeManager.keyProvider;
    const message = { case: what, value };
    globalThis._ffiClientInstance.request({ message: { case: "e2ee", value: { roomHandle, message } } });
  }

  async speak() {
    const source = new AudioSource(rate, 1);
    const track = LocalAudioTrack.createAudioTrack("tone", source);
    this.#microphone = await this.#room.localParticipant.publishTrack(
      track,
      new TrackPublishOptions({ source: TrackSource.SOURCE_MICROPHONE }),
    );
    this.#sendWith(this.#own);
    for (let phase = 0; !this.#over;) {
      const samples = new Int16Array(rate / 100).map(() => 8_000 * Math.sin((phase += (2 * Math.PI * 440) / rate)));
      await source.captureFrame(new AudioFrame(samples, rate, 1, samples.length));
    }
  }

  async leave() {
    this.#over = true;
    await this.#room.disconnect();
  }

  async #hear(track, identity) {
    let loud = 0; // half a second of it: what cannot be opened is a crack at most
    for await (const frame of new AudioStream(track)) {
      loud = frame.data.some((sample) => Math.abs(sample) > 1_000) ? loud + 1 : 0;
      if (loud === 50) return console.log(`hears ${identity}`);
    }
  }
}

let stay;
const keys = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { seat, key, over } = JSON.parse(line);
  if (key) {
    keys.set(key.identity, key);
    stay?.set(key);
  } else if (seat) {
    stay = new Stay(seat);
    await stay.connect(keys.values());
    stay.speak().catch((error) => console.error(error.message));
    console.log(`is in the call as ${seat.identity}`);
  } else if (over) {
    await stay?.leave();
    stay = undefined;
    keys.clear();
    console.log("the call is over");
  }
}
await stay?.leave();
await dispose();
