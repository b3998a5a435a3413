import { Observable } from "./observable.ts";
import type { Requests } from "./requests.ts";
import type { HistoryPolicy, Result } from "./types.ts";

/** From these levels on one decides about a room: where it belongs to somebody, and where it does not. */
const ownerLevel = 99_999;
const moderatorLevel = 9_999;

/** What a room is, as the server says. */
export interface RoomInfo {
  /** Whether it belongs to somebody. */
  owned: boolean;
  /** Who may come in. */
  access: "open" | "invite" | "locked";
  /** Whether those outside may ask to be let in. */
  knock: boolean;
  /** Least time between two messages of one person, seconds. */
  slow: number;
  /** Whether it has a password. */
  password: boolean;
  /** Whether it stands on the public list. */
  listed: boolean;
  /** Whether so many are coming in that newcomers pay by work. */
  raided: boolean;
}

/** What a room is set to and whose it is, and how that is changed. */
export class RoomSettings {
  /** Nothing where the server does not say. */
  readonly info = new Observable<RoomInfo | undefined>(undefined);
  readonly #channel: string;
  readonly #requests: Requests;

  constructor(channel: string, requests: Requests) {
    this.#channel = channel;
    this.#requests = requests;
  }

  /** Whether somebody of that level decides about the room. */
  isUpTo(level: number): boolean {
    return level >= (this.info.value?.owned ? ownerLevel : moderatorLevel);
  }

  /** Sets what is kept, and in a plain room after which time messages disappear. Refused e.g. with `forbidden`, `bad_payload`. */
  keep(change: Partial<HistoryPolicy>): Promise<Result> {
    return this.#requests.ask("history", { cmd: "sethistory", channel: this.#channel, ...change });
  }

  /** Makes the room one's own. Refused e.g. with `no_identity`, `not_new`, `claimed`. */
  claim(): Promise<Result> {
    return this.#requests.ask("room", { cmd: "claim", channel: this.#channel });
  }

  /** Puts everybody out and has the server forget the room. */
  async close(): Promise<Result> {
    const result = await this.#requests.ask("room", { cmd: "closeroom", channel: this.#channel });
    return !result.ok && result.refusal.code === "room_closed" ? { ok: true, value: undefined } : result;
  }

  /** The server says what the room is. @param asked whether that is what we have just changed */
  told(room: unknown, asked: boolean): void {
    const info = readInfo(room);
    if (info) this.info.set(info);
    if (asked) this.#requests.granted("room");
  }

  /** What is kept was changed. */
  kept(): void {
    this.#requests.granted("history");
  }
}

function readInfo(room: unknown): RoomInfo | undefined {
  if (typeof room !== "object" || room === null) return undefined;
  const { owned, access, knock, slow, password, listed, raided } = room as Record<string, unknown>;
  if (typeof owned !== "boolean" || (access !== "open" && access !== "invite" && access !== "locked")) return undefined;
  return {
    owned,
    access,
    knock: knock === true,
    slow: typeof slow === "number" ? slow : 0,
    password: password === true,
    listed: listed === true,
    raided: raided === true,
  };
}
