import { toBase64 } from "../crypto/bytes.ts";
import { newId } from "../crypto/content.ts";
import { mediaKey } from "../crypto/derived.ts";
import { Emitter, Observable, type Observed } from "../observable.ts";
import type { ServerFrame } from "../protocol/frames.ts";
import { refuse } from "../refusals.ts";
import { RoomApi } from "../room-api.ts";
import type { Result } from "../types.ts";
import type { CallsOwner } from "./room-calls.ts";
import { type OngoingCall, readCall } from "./start.ts";

/** Ended calls remembered, so that none of them is put before us again. */
const maxEnded = 200;
/** How long the reading of a call that was begun may take, ms. */
const patience = 10_000;
/** An epoch further off than this is nobody's honest next one. */
const farthest = 1_000;

/** A place in a call. */
export interface Seat {
  /** For LiveKit's SDKs. */
  livekitUrl: string;
  token: string;
  /** Who one is in the call; the server chooses it. */
  identity: string;
}

/** Somebody in a call with the tracks that the server of the calls knows. */
export interface SeatedPerson {
  identity: string;
  nick: string;
  tracks: readonly { sid: string; source: string; muted: boolean }[];
}

/** Begins, opens and enters the calls of a room (spec/crypto.md §8). */
export class CallDesk {
  /** The call that there is, once its beginning was opened. */
  readonly current: Observed<OngoingCall | undefined>;
  /** Whether the server tells of a call that is not to be believed. */
  readonly refused = new Observable(false);
  readonly events = new Emitter<{ rekey: { callId: string; epoch: number }; outdated: { callId: string } }>();
  readonly #current = new Observable<OngoingCall | undefined>(undefined);
  readonly #owner: CallsOwner;
  readonly #api: RoomApi;
  readonly #ended = new Set<string>();
  readonly #epochs = new Map<string, number>();
  #reading: Promise<void> = Promise.resolve();

  constructor(owner: CallsOwner, told: Observed<Readonly<Record<string, unknown>> | undefined>) {
    this.#owner = owner;
    this.current = this.#current;
    this.#api = new RoomApi(owner.url, owner.channel, owner.ask);
    const read = (call: typeof told.value) => (this.#reading = this.#reading.then(() => this.#read(call)));
    told.subscribe((call) => void read(call));
    void read(told.value);
    owner.events.on("rekey", ({ callId, epoch }) => this.#rekeyed(callId, epoch));
  }

  /** Begins a call; everybody in the room is rung. Refused e.g. with `call_running`, `no_calls`, `offline`. @returns its id */
  async begin(video: boolean): Promise<Result<string>> {
    const { channel, sender, ask, over, keys } = this.#owner;
    if (over()) return refuse("left");
    if (!keys()) return refuse("no_key");
    const callId = newId();
    const { mid, text } = await sender.aside({ t: "rtc.start", callId, mode: "room", ...(video && { video }) });
    const begun = await ask({ cmd: "chat", channel, text, call: true }, (frame) => isBegunBy(frame, mid), mid);
    return begun.ok ? this.#opened(callId) : begun;
  }

  /** Takes one's seat in the room's call: the same one each time. Refused e.g. with `calls_away`, `no_calls`, `forbidden`. */
  seat(): Promise<Result<Seat>> {
    return this.#api.call("rtc/token", { room: this.#owner.channel });
  }

  /** Relays, where the operator has some. */
  async relays(): Promise<Result<{ iceServers: readonly { urls: string[]; username: string; credential: string }[] }>> {
    return this.#api.call("rtc/ice");
  }

  /** The key with which somebody sends, as LiveKit wants it. */
  async key(callId: string, identity: string): Promise<{ key: string; epoch: number }> {
    const epoch = this.epochOf(callId);
    const bytes = await mediaKey(this.#owner.keys()!, callId, identity, epoch);
    return { key: toBase64(bytes), epoch };
  }

  /** Which keys a call has: they are changed from time to time, and when somebody is put out. */
  epochOf(callId: string): number {
    return this.#epochs.get(callId) ?? 0;
  }

  /** Changes a call's keys. It shuts nobody out who knows the room's key. @param epoch the present one says it again, for whoever came later */
  async rekey(callId: string, epoch: number): Promise<Result> {
    const { channel, sender, over, keys, send } = this.#owner;
    if (over() || !keys()) return refuse("left");
    const { mid, text } = await sender.aside({ t: "rtc.rekey", callId, epoch });
    if (!send({ cmd: "note", channel, text, mid })) return refuse("offline");
    this.#rekeyed(callId, epoch);
    return { ok: true, value: undefined };
  }

  /** Who is in the call, and with which tracks. */
  people(): Promise<Result<{ people: readonly SeatedPerson[] }>> {
    return this.#api.call(`rtc/people?room=${encodeURIComponent(this.#owner.channel)}`);
  }

  /** Mutes a track of somebody's, who alone unmutes it. For those who keep order. */
  mute(identity: string, trackSid: string): Promise<Result> {
    return this.#api.call("rtc/mute", { room: this.#owner.channel, identity, trackSid });
  }

  /** Puts somebody out of the call, who may come back. For those who keep order. */
  remove(identity: string): Promise<Result> {
    return this.#api.call("rtc/remove", { room: this.#owner.channel, identity });
  }

  async #read(told: Readonly<Record<string, unknown>> | undefined): Promise<void> {
    const { channel, authors } = this.#owner;
    const keys = this.#owner.keys();
    const call = told && keys && (await readCall(told, { keys, authors, channel }));
    const before = this.#current.value;
    if (before && before.id !== call?.id) this.#end(before.id);
    const good = call && !this.#ended.has(call.id);
    this.refused.set(told !== undefined && keys !== undefined && !good);
    this.#current.set(good ? call : undefined);
  }

  /** What the server tells of a call of one's own is on its way through the reading of all that came before. */
  #opened(callId: string): Promise<Result<string>> {
    return new Promise((resolve) => {
      const settle = (result: Result<string>) => {
        clearTimeout(timer);
        end();
        resolve(result);
      };
      const look = () => this.#current.value?.id === callId && settle({ ok: true, value: callId });
      const timer = setTimeout(() => settle(refuse("timeout")), patience);
      const end = this.#current.subscribe(look);
      look();
    });
  }

  /** A call that is over never comes back: its keys are used up. */
  #end(id: string): void {
    this.#ended.add(id);
    this.#epochs.delete(id);
    for (const oldest of this.#ended) {
      if (this.#ended.size <= maxEnded) return;
      this.#ended.delete(oldest);
    }
  }

  #rekeyed(callId: string, epoch: number): void {
    const now = this.epochOf(callId);
    if (callId !== this.#current.value?.id || epoch > now + farthest) return;
    if (epoch < now) this.events.emit("outdated", { callId });
    if (epoch <= now) return;
    this.#epochs.set(callId, epoch);
    this.events.emit("rekey", { callId, epoch });
  }
}

/** Whether a frame tells of the call which that message has begun. */
function isBegunBy(frame: ServerFrame, mid: string): true | undefined {
  const start = frame.cmd === "call" ? (frame.call?.["start"] as { mid?: unknown } | undefined) : undefined;
  return start?.mid === mid ? true : undefined;
}
