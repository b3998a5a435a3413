import { Observable } from "./observable.ts";
import { readUser, type ServerFrame, type UserFrame } from "./protocol/frames.ts";
import type { Member } from "./types.ts";

/** How long a member counts as typing after its last sign, ms. */
const typingFor = 6_000;

/** For how long the return of those who were here before the connection was lost is no news, ms. */
const returnTime = 60_000;

/** Who is in a room, and who is typing. */
export class Roster {
  readonly members = new Observable<readonly Member[]>([]);
  readonly me = new Observable<Member | undefined>(undefined);
  readonly typing = new Observable<readonly Member[]>([]);
  /** Nicks of those who were here and lack in the server's newest list, and until when they may come back unmentioned. */
  #lacking: ReadonlySet<string> = new Set();
  #lackingUntil = 0;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Whether somebody besides oneself is there. */
  get hasOthers(): boolean {
    return this.members.value.some((member) => !member.isme);
  }

  /** Takes over the server's list; oneself is marked in it, or last. */
  reset(users: readonly unknown[]): void {
    this.stopTyping();
    const read = users.map(readUser).filter((user) => user !== undefined);
    const last = read.length - 1;
    const marked = read.some((user) => user.isme);
    this.#lacking = new Set(this.members.value.map(({ nick }) => nick));
    this.#lackingUntil = Date.now() + returnTime;
    this.#set(read.map((user, i) => toMember(user, marked ? user.isme === true : i === last)));
  }

  /** Somebody came. @returns the member; `undefined` when that is no news: it was known, or went with the connection a moment ago. */
  add(user: UserFrame): Member | undefined {
    if (this.find(user.userid)) {
      this.update(user);
      return undefined;
    }
    const member = toMember(user, false);
    this.#set([...this.members.value, member]);
    return this.#lacking.has(member.nick) && Date.now() < this.#lackingUntil ? undefined : member;
  }

  /** Somebody went. @returns who. */
  remove(userid: number): Member | undefined {
    const member = this.find(userid);
    if (!member) return undefined;
    this.stoppedTyping(userid);
    this.#lacking = new Set([...this.#lacking].filter((nick) => nick !== member.nick)); // its going is told, and so is its return
    this.#set(this.members.value.filter((other) => other !== member));
    return member;
  }

  /** Somebody changed. @returns the member before and after. */
  update(user: UserFrame): { before: Member; after: Member } | undefined {
    const before = this.find(user.userid);
    if (!before) return undefined;
    const after = toMember(user, before.isme);
    const swap = (member: Member) => (member === before ? after : member);
    this.#set(this.members.value.map(swap));
    if (this.typing.value.includes(before)) this.typing.set(this.typing.value.map(swap));
    return { before, after };
  }

  /** The member of that number. */
  find(userid: number | undefined): Member | undefined {
    return this.members.value.find((member) => member.userid === userid);
  }

  /** Somebody is typing; it wears off. */
  startedTyping(userid: number): void {
    const member = this.find(userid);
    if (!member || member.isme) return;
    clearTimeout(this.#timers.get(userid));
    this.#timers.set(
      userid,
      setTimeout(() => this.stoppedTyping(userid), typingFor),
    );
    if (!this.typing.value.includes(member)) this.typing.set([...this.typing.value, member]);
  }

  /** Somebody is typing; and whoever has said something is not typing it any more. */
  heard(frame: ServerFrame): void {
    if (frame.cmd === "typing") this.startedTyping(frame.userid);
    if (frame.cmd === "chat" || frame.cmd === "emote") this.stoppedTyping(frame.userid ?? -1);
    if (frame.cmd === "whisper") this.stoppedTyping(frame.from);
  }

  /** Somebody said it, or went. */
  stoppedTyping(userid: number): void {
    clearTimeout(this.#timers.get(userid));
    if (!this.#timers.delete(userid)) return;
    this.typing.set(this.typing.value.filter((member) => member.userid !== userid));
  }

  /** Nobody is typing: the connection is gone. */
  stopTyping(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (this.typing.value.length > 0) this.typing.set([]);
  }

  #set(members: readonly Member[]): void {
    this.members.set(members);
    this.me.set(members.find((member) => member.isme));
  }
}

function toMember(user: UserFrame, isme: boolean): Member {
  const { nick, userid, trip, hash, uType, level, isBot, color, flair } = user;
  const member: Member = { userid, nick, uType: uType ?? "user", level: level ?? 100, isBot: isBot ?? false, isme };
  if (trip) member.trip = trip;
  if (hash) member.hash = hash;
  if (color) member.color = color;
  if (flair) member.flair = flair;
  return member;
}
