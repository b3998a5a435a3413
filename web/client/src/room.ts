import { changeColor, changeNick } from "./appearance.ts";
import { Authors } from "./authors.ts";
import { RoomCalls } from "./calls/room-calls.ts";
import { RoomFiles } from "./files/room-files.ts";
import { InOrder } from "./in-order.ts";
import { Knocks } from "./knocks.ts";
import { Membership } from "./membership.ts";
import { Emitter, Observable, type Observed } from "./observable.ts";
import { OutboxLog } from "./outbox-log.ts";
import { keeps } from "./policy.ts";
import { type Asked, type Frame, placeOf, type Position, type ServerFrame } from "./protocol/frames.ts";
import { isRate, refusal, refuse, serverRefusal } from "./refusals.ts";
import { Regathering } from "./regathering.ts";
import { type Answer, Requests } from "./requests.ts";
import { RoomLog } from "./room-log.ts";
import type { RoomOwner } from "./room-owner.ts";
import { tellInfo } from "./room-info.ts";
import { RoomSettings } from "./room-settings.ts";
import { Roster } from "./roster.ts";
import { openRecorder } from "./search/open.ts";
import { Sender } from "./sender.ts";
import { cleanTitle } from "./title.ts";
import type { KeyCheck, Member, Message, Place, Refusal, Result, RoomAddress, RoomEvents, RoomState } from "./types.ts";
import { TypingSign } from "./typing-sign.ts";

/** One room that one is in, or wants to be in. Made by `ChatClient.join`. */
export class Room {
  readonly #roster = new Roster();
  /** The address with its channel in NFC. Holds the secret: never log it. */
  readonly address: RoomAddress;
  readonly state: Observed<RoomState>;
  readonly members: Observed<readonly Member[]> = this.#roster.members;
  readonly me: Observed<Member | undefined> = this.#roster.me;
  /** The title for people: the address's, else the first one that somebody sent. */
  readonly title: Observed<string | undefined>;
  readonly keyCheck: Observed<KeyCheck>;
  /** The room's code for reading aloud (kid), once the key is known. */
  readonly keyCode: Observed<string | undefined>;
  /** Members that are typing now. */
  readonly typing: Observed<readonly Member[]> = this.#roster.typing;
  /** How many repeated messages were dropped (E_REPLAY). */
  readonly replays: Observed<number>;
  /** Why the server takes no messages at present; they go out when it does. */
  readonly stalled: Observed<Refusal | undefined>;
  /** The keys by which people are known here. */
  readonly authors: Authors;
  /** What happened here, and what the server keeps of it. */
  readonly log: RoomLog;
  /** What the room is set to, and whose it is. */
  readonly settings = new RoomSettings(() => this.#sender.outbox.wake());
  /** Who asks to be let in; for those who keep order. */
  readonly knocks = new Knocks();
  /** The files that are sent and received here. */
  readonly files: RoomFiles;
  /** The call that there is here. */
  readonly calls: RoomCalls;
  readonly events = new Emitter<RoomEvents>();
  /** Settles with the first outcome of the join. */
  readonly entered: Promise<Result>;
  /** Whether one may whisper to the author of a message. */
  readonly mayWhisper = (message: Message): boolean => this.#sender.canWhisper(message);

  readonly #owner: RoomOwner;
  readonly #title: Observable<string | undefined>;
  readonly #requests = new Requests((frame) => this.#membership.joined && this.#owner.send(frame));
  readonly #membership: Membership;
  readonly #sender: Sender;
  readonly #regathering = new Regathering(() => this.resume());
  #nick: string;
  /** What arrived is read one after the other, and only when the key is there. */
  readonly #reading = new InOrder(() => this.#membership.over);
  readonly #typing = new TypingSign();
  /** Whether the server was told how far the list is known. */
  #resumed = false;
  /** What earlier pages left unsent is taken over once. */
  #restored: Promise<void> | undefined;

  constructor(owner: RoomOwner, address: RoomAddress, nick: string, pass: string | undefined) {
    this.#owner = owner;
    this.address = address;
    this.#nick = nick;
    this.#title = new Observable(cleanTitle(address.title));
    this.authors = new Authors(owner.vault, owner.locks, owner.url, address.channel);
    this.#membership = this.#newMembership(pass);
    this.log = this.#newLog();
    this.#sender = this.#newSender();
    const ofRoom = {
      authors: this.authors,
      events: this.events,
      sender: this.#sender,
      log: this.log,
      ask: this.ask.bind(this),
      keys: () => this.#membership.cipher?.keys,
      over: () => this.#membership.over,
    };
    this.files = new RoomFiles(owner, address, ofRoom);
    this.calls = new RoomCalls({ ...owner, ...address, ...ofRoom });
    ({ state: this.state, keyCode: this.keyCode, entered: this.entered } = this.#membership);
    this.title = this.#title;
    ({ keyCheck: this.keyCheck, replays: this.replays } = this.log.inbox);
    this.stalled = this.#sender.stalled;
  }

  /** The room's name on the wire. */
  get channel(): string {
    return this.address.channel;
  }

  /** Whether everything said here is encrypted. */
  get encrypted(): boolean {
    return this.address.encrypted;
  }

  /** Whether what is said here is signed, so that its author is known by a key. */
  get signs(): boolean {
    return this.encrypted && this.address.compat !== true;
  }

  /**
   * Says a text. It is shown at once (`message` event, state `sending`) and goes out when it can.
   * @param re the key of the message that it answers
   * @returns its key
   */
  say(text: string, re?: string): Result<string> {
    return this.#sender.post("text", text, re === undefined ? {} : { re: this.log.timeline.find(re) });
  }

  /** Says an action ("/me"). */
  emote(text: string): Result<string> {
    return this.#sender.post("emote", text);
  }

  /** Says a text to one person: a member by number, or by nick also whoever is away and has written here. */
  whisper(who: number | string, text: string): Result<string> {
    return this.#sender.whisper(who, text);
  }

  /** Sends a failed message again, under the same id. */
  retry(key: string): void {
    this.#sender.outbox.retry(key);
    this.files.retryMessage(key);
  }

  /** Gives up a message that has failed or waits. */
  discard(key: string): void {
    if (this.#sender.outbox.discard(key)) this.log.remove(key);
    else this.files.discard(key);
  }

  /** What one may do with a message. */
  may(message: Message): { edit: boolean; delete: boolean; react: boolean } {
    return this.#sender.may(message);
  }

  /** Changes the text of a message of one's own. Refused with `not_yours`, `empty`, `too_long`, `not_found`. */
  edit(key: string, text: string): Result {
    return this.#sender.edit(key, text);
  }

  /** Takes a message back. Refused with `not_yours` or `not_found`. */
  delete(key: string): Result {
    return this.#sender.delete(key);
  }

  /** Puts a sign under a message, or takes one's own away. */
  react(key: string, sign: string): Result {
    return this.#sender.react(key, sign);
  }

  /**
   * From here on messages disappear after that time. For an encrypted room; in a plain one it is a matter of `settings`.
   * @param ttl seconds, 5 to 31,536,000; 0 for never
   */
  setTimer(ttl: number): Result {
    return this.#membership.over ? refuse("left") : this.#sender.timer(ttl);
  }

  /** Tells the others that one is typing. May be called on every key. */
  sendTyping(): void {
    // Each frame is charged for, and the room is wanted for what has been said already.
    if (!this.#membership.joined || this.#sender.outbox.limited || !this.#typing.isDue()) return;
    this.#owner.send({ cmd: "typing", channel: this.channel });
  }

  /** Takes another nick. Refused e.g. with `nick_taken` or `nick_invalid`. */
  changeNick(nick: string): Promise<Result> {
    return changeNick(this, this.#nick, nick);
  }

  /** Takes a colour: hex of 3 or 6 digits, or `reset`. Refused e.g. with `color_invalid`. */
  changeColor(color: string): Promise<Result> {
    return changeColor(this, color);
  }

  /** Asks the server something about this room. `OwnedRoom` knows what. */
  ask<T>(frame: Asked, read: Answer<T>, mid?: string): Promise<Result<T>> {
    return this.#requests.ask(frame, read, mid);
  }

  /** Proves one's key, so that the role which it has here counts. Refused e.g. with `insecure_context`. */
  prove(): Promise<Result<string>> {
    return this.#owner.rights.prove();
  }

  /** Goes. What has not been sent yet waits on the device for the next time, or is refused where nothing is kept. */
  leave(): void {
    if (this.#membership.over) return;
    this.#owner.send({ cmd: "leave", channel: this.channel });
    this.#membership.end({ kind: "left" }, refusal("left"));
  }

  /** @internal Asks to be let in on a new connection. */
  join(): void {
    if (!this.#membership.over) this.#membership.ask();
  }

  /** @internal How far everything is known, for the `resume` of a session. */
  positions(): Position[] {
    return this.log.positions(this.#position());
  }

  /** @internal The session has begun: what waits may go out. */
  resume(): void {
    this.log.resume();
    void this.#sender.outbox.flush();
    if (this.#membership.joined) void this.files.resumed();
  }

  /** @internal The connection is gone; the client joins again. */
  lost(): void {
    if (this.#membership.over) return;
    this.#sender.lost();
    this.log.lost();
    // What is kept reaches those who are away as well.
    this.#regathering.lost(this.#roster.hasOthers && !keeps(this.log.policy.value, this.encrypted));
    this.#roster.stopTyping();
    this.#requests.refuseAll(refusal("offline"));
    this.#membership.lost();
  }

  /** @internal The room cannot be entered, or not any more. */
  refuse(why: Refusal): void {
    this.#membership.end({ kind: "refused", refusal: why }, why);
  }

  /** @internal A frame of this room. What it tells holds when a question is answered by it. */
  receive(frame: ServerFrame): void {
    if (!this.#membership.over) this.#receive(frame);
    this.#requests.heard(frame);
  }

  #receive(frame: ServerFrame): void {
    switch (frame.cmd) {
      case "onlineSet":
        return this.#online(frame);
      case "onlineAdd":
        this.knocks.gone(frame.userid);
        this.#regathering.met();
        return this.#tell("joined", this.#roster.add(frame));
      case "onlineRemove":
        if (!this.me.value || frame.userid === this.me.value.userid) return this.#membership.putOut();
        return this.#tell("left", this.#roster.remove(frame.userid));
      case "updateUser":
        return this.#updated(frame);
      case "call":
        return this.#reading.add(() => this.calls.told.set(frame.call));
      case "roomInfo":
        return this.settings.told(frame.room);
      case "knock":
      case "knockAnswered":
        return this.knocks.receive(frame);
      case "banned":
        return this.events.emit("banned", frame);
      case "invite":
        return this.events.emit("invite", { from: frame.from, channel: frame.inviteChannel });
      case "ack":
        return this.#sender.outbox.acknowledged(frame.mid, placeOf(frame), frame.time);
      case "nack":
        if (this.#requests.refused(frame.mid, serverRefusal(frame))) return;
        return this.#sender.refused(frame.mid, serverRefusal(frame));
      case "info":
        return tellInfo(frame, this.events, this.#membership);
      case "warn":
        return this.#warned(frame);
      default:
        this.#roster.heard(frame);
        this.log.receive(frame);
    }
  }

  #position(): Place | undefined {
    this.#resumed = this.log.position !== undefined;
    return this.log.position;
  }

  #newMembership(pass: string | undefined): Membership {
    return new Membership({
      ...this.#owner,
      pass,
      address: this.address,
      nick: () => this.#nick,
      position: () => this.#position(),
      introduce: () => this.#owner.rights.introduce(this.channel, this.address.invite !== undefined),
      opened: () => {
        this.#nick = this.me.value?.nick ?? this.#nick;
        return (this.#restored ??= this.authors.open().then(() => this.#sender.open()));
      },
      joined: () => {
        this.log.first.begin(this.encrypted && !this.address.compat);
        this.resume();
      },
      ended: (why) => this.#ended(why),
    });
  }

  #newLog(): RoomLog {
    return new RoomLog({
      channel: this.channel,
      roster: this.#roster,
      events: this.events,
      recorder: openRecorder(this.#owner, this.address),
      nick: () => this.#nick,
      cipher: () => this.#membership.cipher,
      canRead: () => !this.encrypted || this.#membership.cipher !== undefined,
      authors: this.authors,
      isOwn: (signer) => signer === this.#owner.signer(),
      send: (frame) => this.#owner.send(frame),
      came: (mid, place, time, live) => this.#sender.came(mid, place, time, live),
      tell: (reached) => this.#sender.tell(reached),
      readFirst: () => this.#sender.timerKnown(),
      expired: (key) => this.#sender.outbox.discard(key),
      titled: (title) => this.#title.set(this.#title.value ?? title),
      inOrder: (work) => this.#reading.add(work),
    });
  }

  #newSender(): Sender {
    const { url, vault, locks } = this.#owner;
    return new Sender({
      ...this.#owner,
      address: this.address,
      me: () => ({ nick: this.#nick, member: this.me.value, signer: this.signs ? this.#owner.signer() : undefined }),
      authors: this.authors,
      members: () => this.members.value,
      log: () => this.log,
      cipher: () => this.#membership.cipher,
      canSend: () => this.#membership.joined && this.#owner.connected() && !this.#regathering.waiting,
      title: () => this.#title.value,
      over: () => this.#membership.over,
      undone: (why) => this.events.emit("undone", why),
      timerSet: (ttl) => this.events.emit("timer", { nick: this.#nick, ttl }),
      inOrder: (work) => this.#reading.add(work),
      outboxLog: vault && new OutboxLog(vault, locks, url, this.channel),
    });
  }

  #online(frame: Frame<"onlineSet">): void {
    this.#roster.reset(frame.users);
    this.settings.told(frame.room);
    this.#owner.rights.has(this.channel, this.me.value?.level ?? 0, true);
    this.log.entered(frame, this.#resumed);
    this.#regathering.entered(this.#roster.hasOthers);
    this.#reading.wait(this.#membership.enter(frame.e2ee?.["saltB64"])); // what arrives meanwhile waits for the key
    this.#reading.add(() => this.calls.told.set(frame.call));
  }

  #tell(event: "joined" | "left", member: Member | undefined): void {
    if (member) this.#reading.add(() => this.events.emit(event, member));
  }

  #updated(frame: Frame<"updateUser">): void {
    const { before, after } = this.#roster.update(frame) ?? {};
    if (!before || !after) return;
    if (after.isme) {
      this.#nick = after.nick;
      this.#owner.rights.has(this.channel, after.level, false);
    }
    const renamed = { member: after, from: before.nick };
    if (after.nick !== before.nick) this.#reading.add(() => this.events.emit("renamed", renamed));
  }

  #warned(frame: Frame<"warn">): void {
    const why = serverRefusal(frame);
    if (frame.room !== undefined && this.state.value.kind === "joining") return this.#membership.refused(why, frame);
    // Messages are refused by `nack`; a typing sign that came too fast is nobody's concern.
    if (!isRate(why.code)) this.events.emit("warn", why);
  }

  #ended(why: Refusal): void {
    this.#owner.handover.drop(this.channel);
    this.#roster.stopTyping();
    this.log.close();
    this.authors.close();
    this.#regathering.close();
    this.files.close();
    this.#sender.outbox.refuseAll(why);
    this.#requests.refuseAll(why);
    this.#owner.ended(this);
  }
}
