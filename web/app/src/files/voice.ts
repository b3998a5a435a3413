import { signal } from "@preact/signals";

/** How long a voice message may be. ms */
export const longestVoice = 30 * 60_000;
/** What of it a browser can write, the best first. */
const kinds = ["audio/webm;codecs=opus", "audio/ogg;codecs=opus", "audio/mp4;codecs=mp4a.40.2", "audio/mp4"];
const bitsPerSecond = 32_000;
/** Between two looks at the level. ms */
const every = 50;
/** Bytes of a waveform (spec/crypto.md §7). */
const waveLength = 100;

/** Words that were recorded. */
export interface Spoken {
  blob: Blob;
  durMs: number;
  /** Loudness over its time. */
  wave: Uint8Array;
}

type MicTrouble = "micDenied" | "micNone" | "micBusy" | "micFailed" | "micEmpty";

/** What browsers call it. */
const troubles: Record<string, MicTrouble> = {
  NotAllowedError: "micDenied",
  NotFoundError: "micNone",
  NotReadableError: "micBusy",
  AbortError: "micBusy",
};

export type VoiceState =
  | { kind: "asking" | "recording" | "paused" }
  | { kind: "done"; spoken: Spoken }
  | { kind: "failed"; why: MicTrouble };

/** One recording, from asking for the microphone to what was spoken. */
export class Voice {
  readonly state = signal<VoiceState>({ kind: "asking" });
  /** Loudness now, 0 to 1. */
  readonly level = signal(0);
  /** How long it has become. ms */
  readonly time = signal(0);
  readonly #levels: number[] = [];
  readonly #pieces: Blob[] = [];
  #recorder: MediaRecorder | undefined;
  #stream: MediaStream | undefined;
  #sound: AudioContext | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #since = 0;
  #before = 0;
  #given = false;

  /** Asks for the microphone and begins. */
  async begin(): Promise<void> {
    try {
      const media = navigator.mediaDevices as MediaDevices | undefined; // a page on plain http has none
      const mimeType = kinds.find((kind) => MediaRecorder.isTypeSupported(kind));
      if (!media || !mimeType) return this.#fail("micFailed");
      this.#stream = await media.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      if (this.#given) return this.#release();
      this.#recorder = new MediaRecorder(this.#stream, { mimeType, audioBitsPerSecond: bitsPerSecond });
      this.#recorder.ondataavailable = ({ data }) => data.size > 0 && this.#pieces.push(data);
      this.#recorder.onstop = this.#recorder.onerror = () => this.#finish();
      this.#listen(this.#stream);
      this.#recorder.start(1_000);
      this.#run();
    } catch (error) {
      const { name } = error as Error;
      this.#fail(troubles[name] ?? "micFailed");
    }
  }

  pause(): void {
    if (this.state.peek().kind !== "recording") return;
    this.#recorder?.pause();
    this.#before += performance.now() - this.#since;
    this.time.value = this.#before;
    this.level.value = 0;
    this.state.value = { kind: "paused" };
  }

  resume(): void {
    if (this.state.peek().kind !== "paused") return;
    this.#recorder?.resume();
    this.#run();
  }

  /** Ends it; the state says what was spoken. Without that it is given up. @returns whether something was spoken */
  stop(): boolean {
    const { kind } = this.state.peek();
    if (kind === "recording") this.pause();
    if (kind === "recording" || kind === "paused") this.#recorder?.stop();
    if (kind === "asking" || kind === "failed") this.end();
    return !this.#given;
  }

  /** Gives it up, with all that was recorded. */
  end(): void {
    this.#given = true;
    if (this.#recorder?.state !== "inactive") this.#recorder?.stop();
    this.#release();
  }

  #run(): void {
    this.#since = performance.now();
    this.state.value = { kind: "recording" };
  }

  /** Looks at the loudness, also of a page that is not in sight. */
  #listen(stream: MediaStream): void {
    this.#sound = new AudioContext();
    const analyser = this.#sound.createAnalyser();
    this.#sound.createMediaStreamSource(stream).connect(analyser);
    const samples = new Uint8Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      if (this.state.peek().kind !== "recording") return;
      analyser.getByteTimeDomainData(samples);
      const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample - 128)), 0) / 128;
      this.#levels.push(peak);
      this.level.value = peak;
      this.time.value = this.#before + performance.now() - this.#since;
      if (this.time.peek() >= longestVoice) this.stop();
    }, every);
  }

  #finish(): void {
    // The microphone is gone, or it cannot go on: what was spoken until then is there.
    if (this.#recorder?.state !== "inactive") return this.#recorder?.stop();
    if (this.state.peek().kind === "recording") this.#before += performance.now() - this.#since;
    this.#release();
    if (this.#given) return;
    const [type = ""] = (this.#recorder?.mimeType ?? "").split(";");
    const spoken = {
      blob: new Blob(this.#pieces, { type }),
      durMs: Math.round(this.#before),
      wave: waveOf(this.#levels),
    };
    this.state.value = spoken.blob.size > 0 ? { kind: "done", spoken } : { kind: "failed", why: "micEmpty" };
  }

  #fail(why: MicTrouble): void {
    this.#release();
    if (!this.#given) this.state.value = { kind: "failed", why };
  }

  #release(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    void this.#sound?.close();
    this.#sound = undefined;
  }
}

/** The loudness as it travels: at most a hundred bytes, the loudest 255. */
export function waveOf(levels: readonly number[], length = waveLength): Uint8Array {
  const count = Math.max(1, Math.min(length, levels.length));
  const most = Math.max(0.05, ...levels); // silence stays flat
  return Uint8Array.from({ length: count }, (_, i) => {
    const part = levels.slice(Math.floor((i * levels.length) / count), Math.floor(((i + 1) * levels.length) / count));
    return Math.round((Math.max(0, ...part) / most) * 255);
  });
}
