import { fingerprint } from "./crypto/identity.ts";
import type { ServerFrame } from "./protocol/frames.ts";
import type { Answer } from "./requests.ts";
import type { Room } from "./room.ts";
import type { HistoryPolicy, Member, Result, RoomChange, RoomRole } from "./types.ts";

/** A role, and who has it. */
export interface RoleHolder {
  /** `key:` and a fingerprint, `trip:` and a code, or an account. */
  identity: string;
  role: RoomRole;
  /** The name under which that person is here now. */
  nick?: string;
}

/** An invitation, which opens the door as often as it says. */
export interface Invitation {
  id: string;
  /** So many may still come by it. */
  uses: number;
  /** Good until then, ms since 1970. */
  expires: number;
}

/** Somebody may not enter, or is not heard by the others. */
export interface Ban {
  id: string;
  /** The name at that time. */
  nick: string;
  muted: boolean;
  /** Until then, ms since 1970. */
  expires: number;
  /** The keys and trips that it holds for; it does for the address and the session, too. */
  identities: readonly string[];
}

/**
 * What those who keep order in a room, or whose it is, ask the server for (spec/protocol.md, "Rooms that belong to somebody").
 * What one's role does not allow is refused with `forbidden`, who is gone with `unknown_user`.
 */
export class OwnedRoom {
  readonly #room: Room;

  constructor(room: Room) {
    this.#room = room;
  }

  /**
   * Makes the room one's own: by the trip, else by the key, which is proven for it. Refused e.g. with `not_new`, `claimed`, `no_identity`.
   */
  async claim(): Promise<Result> {
    const room = this.#room;
    if (!room.me.value?.trip) {
      const proof = await room.prove();
      if (!proof.ok) return proof;
    }
    return this.#change({ cmd: "claim", channel: room.channel });
  }

  /** Gives the room back: it belongs to nobody, and its roles, bans, invitations and settings are gone. Owners. */
  unclaim(): Promise<Result> {
    return this.#change({ cmd: "unclaim", channel: this.#room.channel });
  }

  /** Changes the door, the pace, the message of the day. Password and public list: owners alone. */
  set(change: RoomChange): Promise<Result> {
    return this.#change({ cmd: "setroom", channel: this.#room.channel, ...change });
  }

  /** Sets what is kept, and in a plain room after which time messages disappear. Refused e.g. with `forbidden`, `bad_payload`. */
  keep(change: Partial<HistoryPolicy>): Promise<Result> {
    const { channel, me } = this.#room;
    return this.#room.ask({ cmd: "sethistory", channel, ...change }, (frame) =>
      frame.cmd === "roomState" && frame.userid === me.value?.userid ? true : undefined,
    );
  }

  /** Puts everybody out and has the server forget the room. Owners. */
  async close(): Promise<Result> {
    const result = await this.#room.ask({ cmd: "closeroom", channel: this.#room.channel }, () => undefined);
    return !result.ok && result.refusal.code === "room_closed" ? { ok: true, value: undefined } : result;
  }

  /** Who has which role, the highest first. */
  roles(): Promise<Result<readonly RoleHolder[]>> {
    return this.#list({ cmd: "roles", channel: this.#room.channel }, "roles", readRole);
  }

  /** Gives a role to whoever proves to be that, here or not, or takes it. Owners; moderators make and unmake members. */
  setRole(identity: string, role: RoomRole | "none"): Promise<Result> {
    return this.#change({ cmd: "setrole", channel: this.#room.channel, identity, role });
  }

  /**
   * Gives somebody who is here a role. Whoever has proven nothing gets it by the key that signs what they say, if this device knows that.
   * @returns `unproven` when the role counts only once they prove that key; refused with `no_identity` when there is nothing to know them by
   */
  async setRoleOf({ userid, nick }: Member, role: RoomRole | "none"): Promise<Result<"done" | "unproven">> {
    const { channel, authors, signs } = this.#room;
    const done = await this.#change({ cmd: "setrole", channel, userid, role });
    if (done.ok) return { ok: true, value: "done" };
    const key = signs ? authors.judge(nick, undefined).pin?.key : undefined;
    if (done.refusal.code !== "no_identity" || key === undefined) return done;
    const byKey = await this.setRole(`key:${await fingerprint(key)}`, role);
    return byKey.ok ? { ok: true, value: "unproven" } : byKey;
  }

  /**
   * Makes an invitation.
   * @param uses 1–10,000
   * @param seconds how long it is good, a minute to a year
   * @returns with the secret that opens the door, which the server tells only now
   */
  async invite(uses: number, seconds: number): Promise<Result<Invitation & { invite: string }>> {
    return this.#room.ask({ cmd: "createinvite", channel: this.#room.channel, uses, seconds }, (frame) =>
      frame.cmd === "invitation" ? frame : undefined,
    );
  }

  /** The invitations that are good. */
  invites(): Promise<Result<readonly Invitation[]>> {
    return this.#list({ cmd: "invites", channel: this.#room.channel }, "invites", readInvitation);
  }

  /** Nobody comes by that invitation any more. */
  revoke(id: string): Promise<Result> {
    return this.#about({ cmd: "revokeinvite", channel: this.#room.channel, id }, "inviteRevoked");
  }

  /** Opens to somebody who knocked, or does not; then they are not told. Refused with `unknown_user` when they wait no more. */
  async admit(userid: number, deny = false): Promise<Result> {
    const { channel, knocks } = this.#room;
    const answer = await this.#room.ask({ cmd: "admit", channel, userid, ...(deny && { deny }) }, (frame) =>
      frame.cmd === "knockAnswered" && frame.userid === userid ? true : undefined,
    );
    if (!answer.ok && answer.refusal.code === "unknown_user") knocks.gone(userid);
    return answer;
  }

  /** Puts somebody out, who may come back where the door is open. */
  kick({ userid }: Member): Promise<Result> {
    return this.#room.ask({ cmd: "kick", channel: this.#room.channel, userid }, (frame) =>
      frame.cmd === "onlineRemove" && frame.userid === userid ? true : undefined,
    );
  }

  /** Shuts somebody out for that time, by key, trip, session and address. @param seconds 1–31,536,000 */
  ban(member: Pick<Member, "userid" | "nick">, seconds: number): Promise<Result<Ban>> {
    return this.#banish("ban", member, seconds);
  }

  /** Lets nobody hear somebody for that time, without telling them. @param seconds 1–31,536,000 */
  mute(member: Member, seconds: number): Promise<Result<Ban>> {
    return this.#banish("mute", member, seconds);
  }

  /** Who is shut out, or not heard. */
  bans(): Promise<Result<readonly Ban[]>> {
    return this.#list({ cmd: "bans", channel: this.#room.channel }, "bans", readBan);
  }

  /** Lifts a ban or a mute. */
  pardon(id: string): Promise<Result> {
    return this.#about({ cmd: "pardon", channel: this.#room.channel, id }, "pardoned");
  }

  #banish(
    cmd: "ban" | "mute",
    { userid, nick }: Pick<Member, "userid" | "nick">,
    seconds: number,
  ): Promise<Result<Ban>> {
    const { channel, me } = this.#room;
    const isOurs = (frame: ServerFrame) =>
      frame.cmd === "banned" && frame.by === me.value?.nick && frame.nick === nick && frame.muted === (cmd === "mute");
    return this.#room.ask({ cmd, channel, userid, seconds, scope: "room" }, (frame) =>
      isOurs(frame) ? readBan(frame) : undefined,
    );
  }

  /** Everybody is told of it as of the doing of one of that nick. */
  #change(frame: Parameters<Room["ask"]>[0]): Promise<Result> {
    const { me } = this.#room;
    const isOurs = (answer: ServerFrame) => answer.cmd === "roomInfo" && answer.nick === me.value?.nick;
    return this.#room.ask(frame, (answer) => (isOurs(answer) ? true : undefined));
  }

  #about(frame: Parameters<Room["ask"]>[0] & { id: string }, cmd: "inviteRevoked" | "pardoned"): Promise<Result> {
    return this.#room.ask(frame, (answer) => (answer.cmd === cmd && answer.id === frame.id ? true : undefined));
  }

  #list<T>(
    frame: Parameters<Room["ask"]>[0],
    cmd: "roles" | "invites" | "bans",
    read: (one: unknown) => T | undefined,
  ): Promise<Result<readonly T[]>> {
    const answer: Answer<readonly T[]> = (told) => {
      if (told.cmd !== cmd) return undefined;
      const list = (told as Partial<Record<typeof cmd, readonly unknown[]>>)[cmd] ?? [];
      return list.map(read).filter((one) => one !== undefined);
    };
    return this.#room.ask(frame, answer);
  }
}

function readRole(value: unknown): RoleHolder | undefined {
  const { identity, role, nick } = (value ?? {}) as Record<string, unknown>;
  if (typeof identity !== "string" || (role !== "owner" && role !== "moderator" && role !== "member")) return undefined;
  return { identity, role, ...(typeof nick === "string" && { nick }) };
}

function readInvitation(value: unknown): Invitation | undefined {
  const { id, uses, expires } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || typeof uses !== "number" || typeof expires !== "number") return undefined;
  return { id, uses, expires };
}

function readBan(value: unknown): Ban | undefined {
  const { id, nick, muted, expires, identities } = (value ?? {}) as Record<string, unknown>;
  if (typeof id !== "string" || typeof nick !== "string" || typeof expires !== "number") return undefined;
  const known = Array.isArray(identities) ? identities.filter((one) => typeof one === "string") : [];
  return { id, nick, muted: muted === true, expires, identities: known };
}
