import type { Participant, RemoteParticipant } from "livekit-client";

/**
 * What keeps somebody from being seen and heard: their key is not there yet; what comes does not open with it; or they send in clear, and
 * then nothing of them is played.
 */
export type Trouble = "key" | "cannot" | "clear";

/** How often it is looked whether something opens again, ms. */
const interval = 1_000;
/** So much decoded in that time is no accident: frames of video, or twentieths of a second of sound. */
const enough = 4;

/** Somebody whose things do not open. */
interface Failing {
  /** They are at keys of which nothing has been heard here. */
  keyless: boolean;
  /** How much could be decoded when it was last looked. */
  decoded: number;
}

/** Whose sound and pictures open, and whose do not. */
export class Trust {
  readonly #changed: () => void;
  readonly #waiting = new Set<string>();
  readonly #failing = new Map<RemoteParticipant, Failing>();
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** What is wrong with somebody. */
  of(participant: Participant): Trouble | undefined {
    if (sendsClear(participant)) return "clear";
    if (this.#waiting.has(participant.identity)) return "key";
    const failing = this.#failing.get(participant as RemoteParticipant);
    return failing && (failing.keyless ? "key" : "cannot");
  }

  /** Their key is being made, or is there. */
  waits(identity: string, waiting: boolean): void {
    if (waiting) this.#waiting.add(identity);
    else this.#waiting.delete(identity);
    for (const participant of this.#failing.keys()) {
      if (participant.identity === identity) this.#failing.delete(participant);
    }
    this.#changed();
  }

  /** Something of theirs did not open. @param keyless there is no key of that number */
  failed(participant: RemoteParticipant, keyless: boolean): void {
    const known = this.#failing.get(participant);
    if (known?.keyless === keyless) return;
    this.#failing.set(participant, { keyless, decoded: known?.decoded ?? Infinity });
    this.#timer ??= setInterval(() => void this.#look(), interval);
    this.#changed();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** What plays again opens again. */
  async #look(): Promise<void> {
    for (const participant of this.#failing.keys()) {
      const now = await decoded(participant);
      const failing = this.#failing.get(participant);
      if (!failing) continue;
      if (now < failing.decoded + enough) {
        failing.decoded = now;
      } else {
        this.#failing.delete(participant);
        this.#changed();
      }
    }
    if (this.#failing.size === 0) this.close();
  }
}

/** Whether anything of theirs is announced as not encrypted. */
export function sendsClear(participant: Participant): boolean {
  return [...participant.trackPublications.values()].some(({ trackInfo, isEncrypted }) => trackInfo && !isEncrypted);
}

/** What is read of the statistics. */
interface Inbound {
  type: string;
  framesDecoded?: number;
  totalSamplesReceived?: number;
  concealedSamples?: number;
}

/** How much of somebody's could be decoded so far. */
async function decoded(participant: RemoteParticipant): Promise<number> {
  let sum = 0;
  for (const { track } of participant.trackPublications.values()) {
    const stats = await track?.receiver?.getStats().catch(() => undefined);
    stats?.forEach((one: Inbound) => {
      if (one.type !== "inbound-rtp") return;
      const { framesDecoded = 0, totalSamplesReceived = 0, concealedSamples = 0 } = one;
      sum += framesDecoded + (totalSamplesReceived - concealedSamples) / 2_400;
    });
  }
  return sum;
}
