import { Composer } from "./composer.ts";
import type { RoomCipher } from "./crypto/cipher.ts";
import { Inbox, type TextFrame } from "./inbox.ts";
import { Emitter, Observable, type Observed } from "./observable.ts";
import { Outbox } from "./outbox.ts";
import { renameInfo } from "./protocol/codes.ts";
import type { ClientFrame, Frame, ServerFrame } from "./protocol/frames.ts";
import { isRate, refusal, refuse, serverRefusal } from "./refusals.ts";
import { Regathering } from "./regathering.ts";
import { Requests } from "./requests.ts";
import { checkPlain, checkSalt, type KeySources, openRoomKey } from "./room-key.ts";
import { Roster } from "./roster.ts";
import { cleanTitle } from "./title.ts";
import type { KeyCheck, Member, MessageKind, Refusal, Result, RoomAddress, RoomEvents, RoomState } from "./types.ts";

/** At most one `typing` frame in this time, ms. */
const typingEvery = 3_000;
/** Wait before a refused join is tried again when the server named no time, ms. */
const rejoinDelay = 2_000;
/** Refusals of a join that pass by themselves. */
const passing = new Set(["rate_join", "limited", "unavailable", "already_joined"]);

/** What a room needs of its client. */
export interface RoomOwner extends KeySources {
  send(frame: ClientFrame): boolean;
  connected(): boolean;
  /** The room is over for this client. */
  ended(room: Room): void;
}

/** One room that one is in, or wants to be in. Made by `ChatClient.join`. */
export class Room {
  /** The address with its channel in NFC. Holds the secret: never log it. */
  readonly address: RoomAddress;
  readonly state: Observed<RoomState>;
  readonly members: Observed<readonly Member[]>;
  readonly me: Observed<Member | undefined>;
  /** The title for people: the address's, else the first one that somebody sent. */
  readonly title: Observed<string | undefined>;
  readonly keyCheck: Observed<KeyCheck>;
  /** The room's code for reading aloud (kid), once the key is known. */
  readonly keyCode: Observed<string | undefined>;
  /** Members that are typing now. */
  readonly typing: Observed<readonly Member[]>;
  /** How many repeated messages were dropped (E_REPLAY). */
  readonly replays: Observed<number>;
  readonly events = new Emitter<RoomEvents>();
  /** Settles with the first outcome of the join. */
  readonly entered: Promise<Result>;

  readonly #owner: RoomOwner;
  readonly #pass: string | undefined;
  readonly #state = new Observable<RoomState>({ kind: "joining" });
  readonly #title: Observable<string | undefined>;
  readonly #keyCode = new Observable<string | undefined>(undefined);
  readonly #roster = new Roster();
  readonly #requests = new Requests();
  readonly #composer: Composer;
  readonly #outbox: Outbox;
  readonly #inbox: Inbox;
  readonly #regathering = new Regathering(() => this.resume());
  #nick: string;
  #cipher: RoomCipher | undefined;
  /** What arrived is read one after the other, and only when the key is there. */
  #reading: Promise<void> = Promise.resolve();
  #rejoin: ReturnType<typeof setTimeout> | undefined;
  /** Joins refused in a row. */
  #rejoins = 0;
  #typedAt = 0;
  /** Counts joins, so that work that began in an earlier one is not taken for this one's. */
  #epoch = 0;

  constructor(owner: RoomOwner, address: RoomAddress, nick: string, pass: string | undefined) {
    this.#owner = owner;
    this.address = address;
    this.#nick = nick;
    this.#pass = pass;
    this.#title = new Observable(cleanTitle(address.title));
    this.#composer = new Composer(address);
    this.#outbox = new Outbox({
      canSend: () => this.#state.value.kind === "joined" && owner.connected() && !this.#regathering.waiting,
      seal: (content) => this.#cipher?.seal(content) ?? Promise.reject(new Error("no key")),
      send: (frame) => owner.send(frame),
      changed: (message) => this.events.emit("update", message),
    });
    this.#inbox = new Inbox(
      this.#roster,
      (gap) => this.events.emit("missing", gap),
      (title) => this.#title.set(this.#title.value ?? title),
    );
    this.state = this.#state;
    this.title = this.#title;
    this.keyCode = this.#keyCode;
    this.members = this.#roster.members;
    this.me = this.#roster.me;
    this.typing = this.#roster.typing;
    this.keyCheck = this.#inbox.keyCheck;
    this.replays = this.#inbox.replays;
    this.entered = new Promise((resolve) => {
      const end = this.#state.subscribe((state) => {
        if (state.kind === "joining" || state.kind === "deriving") return;
        end();
        if (state.kind === "joined") resolve({ ok: true, value: undefined });
        else resolve(state.kind === "refused" ? { ok: false, refusal: state.refusal } : refuse("left"));
      });
    });
  }

  /** The room's name on the wire. */
  get channel(): string {
    return this.address.channel;
  }

  /** Whether everything said here is encrypted. */
  get encrypted(): boolean {
    return this.address.encrypted;
  }

  /** Says a text. It is shown at once (`message` event, state `sending`) and goes out when it can. @returns its key */
  say(text: string): Result<string> {
    return this.#post("text", text);
  }

  /** Says an action ("/me"). */
  emote(text: string): Result<string> {
    return this.#post("emote", text);
  }

  /** Says a text to one member. */
  whisper(userid: number, text: string): Result<string> {
    const target = this.#roster.find(userid);
    return target ? this.#post("whisper", text, target) : refuse("no_such_member");
  }

  /** Sends a failed message again, under the same id. */
  retry(key: string): void {
    this.#outbox.retry(key);
  }

  /** Tells the others that one is typing. May be called on every key. */
  sendTyping(): void {
    const now = Date.now();
    if (this.#state.value.kind !== "joined" || now - this.#typedAt < typingEvery) return;
    // Each frame is charged for, and the room is wanted for what has been said already.
    if (this.#outbox.limited) return;
    this.#typedAt = now;
    this.#owner.send({ cmd: "typing", channel: this.channel });
  }

  /** Takes another nick. Refused e.g. with `nick_taken` or `nick_invalid`. */
  changeNick(nick: string): Promise<Result> {
    return this.#request("nick", { cmd: "changenick", channel: this.channel, nick });
  }

  /** Takes a colour: hex of 3 or 6 digits, or `reset`. Refused e.g. with `color_invalid`. */
  changeColor(color: string): Promise<Result> {
    return this.#request("color", { cmd: "changecolor", channel: this.channel, color });
  }

  /** Goes. What has not been sent yet is refused. */
  leave(): void {
    if (this.#over()) return;
    this.#owner.send({ cmd: "leave", channel: this.channel });
    this.#end({ kind: "left" }, refusal("left"));
  }

  /** @internal Asks to be let in: on a new connection, or again after a passing refusal. */
  join(): void {
    if (this.#over()) return;
    const { channel } = this;
    const frame: ClientFrame = { cmd: "join", channel, nick: this.#nick };
    this.#owner.send(this.#pass ? { ...frame, pass: this.#pass } : frame);
  }

  /** @internal The session has begun: what waits may go out. */
  resume(): void {
    void this.#outbox.flush();
  }

  /** @internal The connection is gone; the client joins again. */
  lost(): void {
    if (this.#over()) return;
    this.#epoch++;
    clearTimeout(this.#rejoin);
    this.#outbox.lost();
    this.#regathering.lost(this.#roster.hasOthers);
    this.#roster.stopTyping();
    this.#requests.refuseAll(refusal("offline"));
    if (this.#state.value.kind !== "joining") this.#state.set({ kind: "joining" });
  }

  /** @internal The room cannot be entered, or not any more. */
  refuse(why: Refusal): void {
    if (!this.#over()) this.#end({ kind: "refused", refusal: why }, why);
  }

  /** @internal A frame of this room. */
  receive(frame: ServerFrame): void {
    if (this.#over()) return;
    switch (frame.cmd) {
      case "onlineSet":
        this.#roster.reset(frame.users);
        this.#regathering.entered(this.#roster.hasOthers);
        void this.#enter(frame.e2ee?.["saltB64"]);
        return;
      case "onlineAdd": {
        const member = this.#roster.add(frame);
        this.#regathering.met();
        if (member) this.#inOrder(() => this.events.emit("joined", member));
        return;
      }
      case "onlineRemove": {
        const member = this.#roster.remove(frame.userid);
        if (member) this.#inOrder(() => this.events.emit("left", member));
        return;
      }
      case "updateUser":
        this.#updated(frame);
        return;
      case "chat":
      case "emote":
      case "whisper":
        this.#said(frame);
        return;
      case "updateMessage":
        this.#inOrder(() => {
          const message = this.#inbox.edit(frame);
          if (message) this.events.emit("update", message);
        });
        return;
      case "typing":
        this.#roster.startedTyping(frame.userid);
        return;
      case "invite":
        this.events.emit("invite", { from: frame.from, channel: frame.inviteChannel });
        return;
      case "ack":
        this.#outbox.acknowledged(frame.mid, frame.time);
        return;
      case "nack":
        this.#outbox.refused(frame.mid, serverRefusal(frame));
        return;
      case "info":
        if (frame.id === renameInfo) return;
        this.events.emit("info", { text: frame.text, id: frame.id ?? 0, time: frame.time ?? Date.now() });
        return;
      case "warn":
        this.#warned(frame);
    }
  }

  #post(kind: MessageKind, text: string, target?: Member): Result<string> {
    if (this.#over()) return refuse("left");
    const me = { nick: this.#nick, member: this.me.value };
    const composed = this.#composer.compose(kind, text, me, target, this.#title.value);
    if (!composed.ok) return composed;
    const { message } = composed.value;
    this.events.emit("message", message);
    this.#outbox.add(composed.value);
    return { ok: true, value: message.key };
  }

  #request(about: "nick" | "color", frame: ClientFrame): Promise<Result> {
    if (this.#state.value.kind !== "joined") return Promise.resolve(refuse("offline"));
    return this.#owner.send(frame) ? this.#requests.wait(about) : Promise.resolve(refuse("offline"));
  }

  /** The join succeeded on the wire; the key may be still to make. */
  async #enter(serverSalt: unknown): Promise<void> {
    const epoch = ++this.#epoch;
    this.#rejoins = 0;
    if (this.encrypted && !this.#cipher) this.#state.set({ kind: "deriving" });
    const opening = this.#open(serverSalt).catch(() => refuse("E_RESOURCE")); // no storage
    // What arrives meanwhile waits for the key.
    this.#reading = this.#reading.then(() => opening.then(() => undefined));
    const opened = await opening;
    if (epoch !== this.#epoch || this.#over()) return;
    if (!opened.ok) {
      this.#owner.send({ cmd: "leave", channel: this.channel });
      return this.refuse(opened.refusal);
    }
    this.#nick = this.me.value?.nick ?? this.#nick;
    this.#state.set({ kind: "joined" });
    void this.#outbox.flush();
  }

  async #open(serverSalt: unknown): Promise<Result> {
    if (!this.encrypted) return checkPlain(this.channel, this.#owner);
    if (!this.#cipher) {
      const opened = await openRoomKey(this.address, serverSalt, this.#owner);
      if (!opened.ok) return opened;
      this.#cipher = opened.value;
      this.#keyCode.set(opened.value.kid);
    } else if (this.address.passphrase && !this.address.compat) {
      const salt = await checkSalt(this.address, serverSalt, this.#owner);
      if (!salt.ok) return salt;
    }
    return { ok: true, value: undefined };
  }

  #said(frame: TextFrame): void {
    if (frame.mid !== undefined && this.#outbox.isOwn(frame.mid)) return;
    const userid = frame.cmd === "whisper" ? frame.from : frame.userid;
    if (userid !== undefined) this.#roster.stoppedTyping(userid);
    this.#inOrder(async () => {
      if (this.encrypted && !this.#cipher) return;
      const message = await this.#inbox.read(frame, this.#cipher);
      if (message) this.events.emit("message", message);
    });
  }

  #updated(frame: Frame<"updateUser">): void {
    const changed = this.#roster.update(frame);
    if (!changed) return;
    const { before, after } = changed;
    if (after.isme) {
      this.#nick = after.nick;
      this.#requests.granted(before.nick === after.nick ? "color" : "nick");
    }
    if (before.nick !== after.nick) {
      this.#inOrder(() => this.events.emit("renamed", { member: after, from: before.nick }));
    }
  }

  #warned(frame: Frame<"warn">): void {
    const why = serverRefusal(frame);
    if (this.#requests.refused(why)) return;
    if (frame.room === undefined || this.#state.value.kind !== "joining") {
      // Messages are refused by `nack`; a typing sign that came too fast is nobody's concern.
      if (!isRate(why.code)) this.events.emit("warn", why);
      return;
    }
    if (!passing.has(why.code)) return this.refuse(why);
    clearTimeout(this.#rejoin);
    // Doubled each time: asking itself is charged for, and must not keep the limiter full.
    const delay = (why.retryAfterMs ?? rejoinDelay) * 2 ** Math.min(this.#rejoins++, 5);
    this.#rejoin = setTimeout(() => {
      // Our seat there is of an earlier stay whose `leave` was refused.
      if (why.code === "already_joined") this.#owner.send({ cmd: "leave", channel: this.channel });
      this.join();
    }, delay);
  }

  #inOrder(work: () => void | Promise<void>): void {
    const unlessOver = () => (this.#over() ? undefined : work());
    // A listener that throws is heard of, and does not stop what comes after.
    this.#reading = this.#reading.then(unlessOver).catch((error: unknown) => {
      queueMicrotask(() => {
        throw error;
      });
    });
  }

  #over(): boolean {
    const { kind } = this.#state.value;
    return kind === "left" || kind === "refused";
  }

  #end(state: RoomState, why: Refusal): void {
    this.#epoch++;
    clearTimeout(this.#rejoin);
    this.#roster.stopTyping();
    this.#inbox.close();
    this.#regathering.close();
    this.#state.set(state);
    this.#outbox.refuseAll(why);
    this.#requests.refuseAll(why);
    this.#owner.ended(this);
  }
}
