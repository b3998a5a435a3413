import type { IdentityKey } from "./crypto/identity.ts";
import type { Message, Place, Reaction } from "./types.ts";

/** Something that changes a message which may not be here yet. */
export type Amendment = AmendmentKind & {
  /** Its own id. */
  id: string;
  /** The key of the message that it is about. */
  target: string;
  nick: string;
  /** The sender's running client; only inside envelopes. */
  sid?: string;
  /** Whose signature it has. */
  signer?: IdentityKey;
  userid?: number;
  trip?: string;
  /** Whether the server answers for who did it: in a plain room there is nothing else. */
  vouched: boolean;
  /** Absent while it is on its way. */
  place?: Place;
};

type AmendmentKind =
  | { kind: "edit"; body: string }
  | { kind: "delete"; moderator: boolean }
  | { kind: "react"; key: string; off: boolean };

/** Messages whose amendments are remembered, and amendments of one of them. */
const maxTargets = 5_000;
const maxEach = 300;

/**
 * Edits, deletions and reactions by the message that they are about. They are kept beside the messages, because they may come
 * before them (history is read backwards) and because a message may leave the memory and come again.
 */
export class Amendments {
  readonly #byTarget = new Map<string, Amendment[]>();
  readonly #compare: (a: Place, b: Place) => number;
  readonly #me: () => string;
  readonly #trusts: (nick: string, signer: IdentityKey | undefined) => boolean;

  /**
   * @param compare the order of the room's list
   * @param me one's present nick
   * @param trusts whether nothing warns of that author: a sign bears no mark, so that one under a doubtful name is none
   */
  constructor(
    compare: (a: Place, b: Place) => number,
    me: () => string,
    trusts: (nick: string, signer: IdentityKey | undefined) => boolean,
  ) {
    this.#compare = compare;
    this.#me = me;
    this.#trusts = trusts;
  }

  /** Whether there is something about that message. */
  has(key: string): boolean {
    return this.#byTarget.has(key);
  }

  /** Takes one in. The same one again, now with its place, replaces the first. */
  add(amendment: Amendment): void {
    const { target, id } = amendment;
    const others = (this.#byTarget.get(target) ?? []).filter((known) => known.id !== id);
    others.push(amendment);
    others.sort((a, b) => this.#order(a, b));
    while (others.length > maxEach) others.shift();
    this.#byTarget.delete(target);
    this.#byTarget.set(target, others);
    for (const oldest of this.#byTarget.keys()) {
      if (this.#byTarget.size <= maxTargets) break;
      this.#byTarget.delete(oldest);
    }
  }

  /** Takes one back that was refused. */
  remove(target: string, id: string): void {
    const kept = this.#byTarget.get(target)?.filter((known) => known.id !== id);
    if (kept) this.#byTarget.set(target, kept);
  }

  /** The message as it stands with all that counts for it. */
  apply(message: Message): Message {
    const known = this.#byTarget.get(message.key);
    if (!known) return message;
    const shown: Message = { ...message };
    for (const amendment of known) {
      if (amendment.kind === "edit" && isBy(amendment, message)) {
        shown.text = amendment.body;
        shown.edited = true;
      }
    }
    const deleted = deletedBy(known, message);
    if (deleted) {
      shown.text = "";
      shown.deleted = deleted;
      delete shown.edited;
      delete shown.re;
      delete shown.files;
      return shown;
    }
    const reactions = this.#reactions(known);
    if (reactions.length > 0) shown.reactions = reactions;
    return shown;
  }

  #reactions(known: readonly Amendment[]): Reaction[] {
    const nicks = new Map<string, Set<string>>();
    for (const one of known) {
      if (one.kind !== "react" || !(one.vouched || this.#trusts(one.nick, one.signer))) continue;
      const of = nicks.get(one.key) ?? new Set();
      if (one.off) of.delete(one.nick);
      else of.add(one.nick);
      nicks.set(one.key, of);
    }
    return [...nicks]
      .filter(([, of]) => of.size > 0)
      .map(([key, of]) => ({ key, nicks: [...of], mine: of.has(this.#me()) }));
  }

  /** What is on its way comes last. */
  #order(a: Amendment, b: Amendment): number {
    if (!a.place || !b.place) return Number(!a.place) - Number(!b.place);
    return this.#compare(a.place, b.place);
  }
}

/** Who took the message back: its author, where that is proven, else a moderator, where the server says so. */
function deletedBy(known: readonly Amendment[], message: Message): Message["deleted"] {
  const deletions = known.filter((one) => one.kind === "delete");
  const proven = (one: Amendment) => isBy(one, message) && !(one.kind === "delete" && one.moderator && one.vouched);
  if (deletions.some(proven)) return "author";
  return deletions.some((one) => one.moderator) ? "moderator" : undefined;
}

/**
 * Whether it is by the author of the message: by the same nick, and signed with the same key where the message is signed (e2ee §4a), else from the
 * same client, connection or trip (§4).
 */
export function isBy(
  one: Pick<Amendment, "nick" | "sid" | "signer" | "userid" | "trip" | "vouched">,
  message: Pick<Message, "nick" | "sid" | "signer" | "userid" | "trip">,
): boolean {
  if (one.vouched) return true;
  if (one.nick !== message.nick) return false;
  if (message.signer !== undefined) return one.signer === message.signer;
  return (
    (one.sid !== undefined && one.sid === message.sid) ||
    (one.userid !== undefined && one.userid === message.userid) ||
    (one.trip !== undefined && one.trip === message.trip)
  );
}
