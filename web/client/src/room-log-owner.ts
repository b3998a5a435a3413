import type { Authors } from "./authors.ts";
import type { RoomCipher } from "./crypto/cipher.ts";
import type { IdentityKey } from "./crypto/identity.ts";
import type { Emitter } from "./observable.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import type { Roster } from "./roster.ts";
import type { Recorder } from "./search/recorder.ts";
import type { Place, RoomEvents } from "./types.ts";

/** What a log needs of its room. */
export interface RoomLogOwner {
  channel: string;
  roster: Roster;
  events: Emitter<RoomEvents>;
  recorder: Recorder;
  /** One's present nick. */
  nick(): string;
  cipher(): RoomCipher | undefined;
  /** Whether what arrives can be read now; what arrives in an encrypted room without its key is dropped. */
  canRead(): boolean;
  authors: Authors;
  isOwn(signer: IdentityKey): boolean;
  send(frame: ClientFrame): boolean;
  /** A copy of something came, `live` or on a page. @returns whether it is ours and needs no reading */
  came(mid: string, place: Place | undefined, time: number | undefined, live: boolean): boolean;
  tell(reached: { got?: string; upto?: string }): boolean;
  /** A message's time is over before it was sent. */
  expired(key: string): void;
  titled(title: string): void;
  /** The newest has been read, and with it the timer in force. */
  readFirst(): void;
  /** Does the work after what came before. */
  inOrder(work: () => void | Promise<void>): void;
}
