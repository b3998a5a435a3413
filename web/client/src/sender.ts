import { isBy } from "./amendments.ts";
import type { Authors } from "./authors.ts";
import { Composer, type Me, type Recipient, type Said, type TextOptions } from "./composer.ts";
import type { RoomCipher } from "./crypto/cipher.ts";
import { type Content, encodeContent } from "./crypto/content.ts";
import { parseObject } from "./crypto/json.ts";
import type { Handover } from "./handover.ts";
import type { SignFrame, TextFrame } from "./inbox.ts";
import { Observable } from "./observable.ts";
import { Outbox, type Outgoing } from "./outbox.ts";
import type { Kept, OutboxLog } from "./outbox-log.ts";
import { keeps } from "./policy.ts";
import type { SharedFile } from "./files/types.ts";
import type { Attaching, ClientFrame, Sendable } from "./protocol/frames.ts";
import { refusal, refuse } from "./refusals.ts";
import type { RoomLog } from "./room-log.ts";
import { TakenNumberings } from "./taken-numberings.ts";
import type { Vault } from "./vault.ts";
import type { Member, Message, MessageKind, Place, Refusal, Result, RoomAddress } from "./types.ts";

/** From this level on one moderates a room. */
const moderatorLevel = 9_999;

/** What a sender needs of its room. */
export interface SenderOwner {
  address: RoomAddress;
  me(): Me;
  members(): readonly Member[];
  log(): RoomLog;
  authors: Authors;
  cipher(): RoomCipher | undefined;
  canSend(): boolean;
  send(frame: ClientFrame): boolean;
  title(): string | undefined;
  /** Whether one has left. */
  over(): boolean;
  /** An edit, deletion, reaction or timer of ours was refused. */
  undone(why: Refusal): void;
  timerSet(ttl: number): void;
  /** Does the work after everything that has arrived. */
  inOrder(work: () => void): void;
  outboxLog: OutboxLog | undefined;
  vault: Vault | undefined;
  handover: Handover;
  /** The server's address. */
  url: string;
}

/** Says what one has to say in a room: makes it, shows it at once, and sees it through. */
export class Sender {
  readonly outbox: Outbox;
  /** Why the server takes nothing at present, e.g. `storage_full`. */
  readonly stalled = new Observable<Refusal | undefined>(undefined);
  readonly #owner: SenderOwner;
  readonly #composer: Composer;
  readonly #taken: TakenNumberings;

  constructor(owner: SenderOwner) {
    this.#owner = owner;
    this.#composer = new Composer(owner.address);
    this.#taken = new TakenNumberings(owner.vault, owner.url, owner.address.channel);
    this.outbox = new Outbox({
      canSend: () => owner.canSend() && owner.log().first.over,
      canSeal: () => !owner.address.encrypted || owner.cipher() !== undefined,
      seal: (content) => owner.cipher()?.seal(content) ?? Promise.reject(new Error("no key")),
      send: (frame) => owner.send(frame.cmd === "whisper" ? addressed(frame, owner.members()) : frame),
      // After what came before it, so that its epoch is known.
      sent: (outgoing, place, time) => owner.inOrder(() => this.#sent(outgoing, place, time)),
      failed: (outgoing, failure, lasting) => this.#failed(outgoing, failure, lasting),
      retried: ({ sending }) => {
        if (!("message" in sending)) return;
        const { failure: _, ...message } = sending.message;
        this.#change(sending, { ...message, state: "sending" });
      },
      stalled: (why) => this.stalled.set(why),
      log: owner.outboxLog,
    });
  }

  /** Takes over what earlier pages have left unsent. */
  async open(): Promise<void> {
    if (this.#owner.address.encrypted) await this.#continue().catch(() => undefined); // no storage
    await this.#owner.outboxLog?.open((left) => this.#restore(left)).catch(() => undefined); // no storage
  }

  /** A text. @returns its key */
  post(kind: MessageKind, text: string, options: Pick<TextOptions, "re" | "target"> = {}): Result<string> {
    if (this.#owner.over()) return refuse("left");
    const ttl = kind === "whisper" || this.#owner.address.compat ? undefined : this.#owner.log().timer.value;
    const title = this.#owner.title();
    const composed = this.#composer.text(kind, text, this.#owner.me(), { ...options, ttl, title });
    if (!composed.ok) return composed;
    const { sending, mid } = composed.value;
    if ("message" in sending) this.#owner.log().add(sending.message);
    this.#send(composed.value);
    return { ok: true, value: mid };
  }

  /** Shows a message whose files are on their way. @param key of one that an earlier page has begun */
  hold(caption: string, files: readonly SharedFile[], re?: string, key?: string): Message {
    const message = this.#composer.draft(caption, files, this.#owner.me(), re, key);
    this.#owner.log().add(message);
    return message;
  }

  /** The objects of such a message are whole: it goes out. @returns what settles when it lies on the device */
  release(message: Message, attaching: Attaching): Result<Promise<unknown>> {
    const ttl = this.#owner.log().timer.value || undefined;
    const composed = this.#composer.files(message, attaching, this.#owner.me(), ttl);
    if (!composed.ok) return composed;
    const outgoing = composed.value;
    if ("message" in outgoing.sending) this.#owner.log().change(outgoing.sending.message);
    this.#send(outgoing);
    return { ok: true, value: outgoing.prepared?.catch(() => undefined) ?? Promise.resolve() };
  }

  /** Whether files may be sent here: only what is encrypted has a place for their keys. */
  get mayAttach(): boolean {
    return this.#owner.address.encrypted && !this.#owner.address.compat;
  }

  /** A text to one person only. @param who a member's number, or the nick of somebody who is here or has written here */
  whisper(who: number | string, text: string): Result<string> {
    const target = this.#recipient(who);
    return target ? this.post("whisper", text, { target }) : refuse("no_such_member");
  }

  /** Whether one may whisper to its author. */
  canWhisper({ own, nick }: Message): boolean {
    return !own && this.#recipient(nick) !== undefined;
  }

  /** What one may do with a message. */
  may(message: Message): { edit: boolean; delete: boolean; react: boolean } {
    const [edit, react] = [this.#canEdit(message), this.#canName(message)];
    return { edit, delete: edit || (react && this.#moderates()), react };
  }

  edit(key: string, text: string): Result {
    return this.#with(key, (message) => {
      if (!this.#canEdit(message)) return refuse("not_yours");
      return this.#amend(this.#composer.edit(key, text, this.#owner.me(), message.files !== undefined));
    });
  }

  delete(key: string): Result {
    return this.#with(key, (message) => {
      if (!this.may(message).delete) return refuse("not_yours");
      return this.#amend(this.#composer.delete(key, this.#owner.me(), !this.#canEdit(message)));
    });
  }

  /** Puts a sign under a message, or takes one's own away. */
  react(key: string, sign: string): Result {
    return this.#with(key, ({ reactions = [] }) => {
      const off = reactions.some((reaction) => reaction.key === sign && reaction.mine);
      return this.#amend(this.#composer.react(key, sign, off, this.#owner.me()));
    });
  }

  timer(ttl: number): Result {
    const composed = this.#composer.timer(ttl, this.#owner.me());
    if (composed.ok) this.#send(composed.value);
    return composed.ok ? { ok: true, value: undefined } : composed;
  }

  /** Seals what concerns a call: it goes out now or not at all. */
  async aside(said: Said): Promise<{ mid: string; text: string }> {
    const content = this.#composer.aside(said, this.#owner.me().nick);
    return { mid: content.id, text: await this.#owner.cipher()!.seal(encodeContent(content)) };
  }

  /** The timer in force is known: what was written before and has not gone out yet is said under it. */
  timerKnown(): void {
    const ttl = this.#owner.log().timer.value || undefined;
    this.outbox.retime((outgoing) => {
      const { sending, body, timed = {} } = outgoing;
      if (timed.ttl === ttl || !("message" in sending) || !("content" in body)) return false;
      if (ttl) timed.ttl = ttl;
      else delete timed.ttl;
      const content = parseObject(body.content) as unknown as Content;
      outgoing.body = { content: encodeContent({ ...content, ttl } as Content) };
      const { expires: _, ...message } = sending.message;
      this.#change(sending, ttl ? { ...message, expires: message.time + ttl * 1000 } : message);
      return true;
    });
    void this.outbox.flush();
  }

  /** Tells how far one has received and read. @returns whether it could be said */
  tell(reached: { got?: string; upto?: string }): boolean {
    const { address } = this.#owner;
    if (!this.#owner.canSend() || address.compat) return false;
    if (address.encrypted) {
      void this.#tellSealed(reached);
      return true;
    }
    const { channel } = address;
    if (reached.upto) return this.#owner.send({ cmd: "read_receipt", channel, messageId: reached.upto });
    return this.#owner.send({ cmd: "delivered_receipt", channel, messageId: reached.got ?? "" });
  }

  /** The connection is gone. */
  lost(): void {
    this.outbox.lost();
    this.#composer.receiptLost();
  }

  /** Something was refused that is not in the outbox: a receipt. */
  refused(mid: string, failure: Refusal): void {
    if (this.outbox.isOwn(mid)) this.outbox.refused(mid, failure);
    else this.#composer.receiptLost();
  }

  /**
   * A copy of something came from the server.
   * @param live whether it is new; else it may be one of ours that has left the memory
   * @returns whether it needs no reading
   */
  came(mid: string, place: Place | undefined, time: number | undefined, live: boolean): boolean {
    if (!this.outbox.isOwn(mid)) return false;
    const held = this.outbox.holds(mid);
    this.outbox.acknowledged(mid, place, time);
    return live || held || this.#owner.log().timeline.find(mid) !== undefined;
  }

  #recipient(who: number | string): Recipient | undefined {
    const { address } = this.#owner;
    const here = this.#owner.members().find((one) => one.userid === who || (one.nick === who && !one.isme));
    const { policy, timeline } = this.#owner.log();
    if (here || !address.encrypted || !keeps(policy.value, true)) return here;
    // Away: the server keeps it for the trip code, or for the session that had that number.
    const isTrue = ({ nick, signer }: Message) => this.#owner.authors.trusts(nick, signer);
    const found = timeline.entries.findLast(
      (entry) => entry.type === "message" && isReachable(entry.message, who) && isTrue(entry.message),
    );
    if (found?.type !== "message") return undefined;
    const { nick, userid = 0, trip } = found.message;
    return { nick, userid, ...(trip && { trip }) };
  }

  async #continue(): Promise<void> {
    const { handover, address } = this.#owner;
    const left = await this.#taken.take(handover.take(address.channel));
    if (left) this.#composer.continue(left);
    handover.follow(address.channel, () => this.#composer.numbering);
  }

  #with(key: string, work: (message: Message) => Result): Result {
    const message = this.#owner.log().timeline.find(key);
    if (this.#owner.over()) return refuse("left");
    return message ? work(message) : refuse("not_found");
  }

  #canEdit(message: Message): boolean {
    const { nick, member, signer } = this.#owner.me();
    const me = { nick, sid: this.#composer.sid, ...(signer && { signer }), vouched: false, ...pick(member) };
    return (
      message.own &&
      !message.call &&
      this.#canName(message) &&
      message.security !== "not_encrypted" &&
      isBy(me, message)
    );
  }

  #canName(message: Message): boolean {
    // What changes a message on its way goes out after it.
    return message.named === true && !message.deleted && message.state !== "failed";
  }

  #moderates(): boolean {
    return (this.#owner.me().member?.level ?? 0) >= moderatorLevel;
  }

  #amend(composed: Result<Outgoing>): Result {
    if (!composed.ok) return composed;
    const { sending } = composed.value;
    if ("amendment" in sending) this.#owner.log().amend(sending.amendment);
    this.#send(composed.value);
    return { ok: true, value: undefined };
  }

  #send(outgoing: Outgoing): void {
    const { nick, signer } = this.#owner.me();
    if (signer) this.#owner.authors.see(nick, signer); // one's own nick is known like the others'
    this.outbox.add(outgoing);
  }

  #change(sending: { message: Message }, message: Message): void {
    sending.message = message;
    this.#owner.log().change(message);
  }

  #sent({ sending }: Outgoing, place: Place | undefined, time: number | undefined): void {
    const log = this.#owner.log();
    if ("timer" in sending) {
      log.setTimer(sending.timer, place);
      return this.#owner.timerSet(sending.timer);
    }
    if ("amendment" in sending) return log.amend(place ? { ...sending.amendment, place } : sending.amendment);
    const { failure: _, ...message } = sending.message;
    const sent: Message = { ...message, state: "sent", time: time ?? message.time };
    // A whisper is not in the room's list: its place is that of the recipient's inbox.
    if (place && sent.kind !== "whisper") sent.place = place;
    if (sent.expires !== undefined) sent.expires += sent.time - message.time;
    this.#change(sending, sent);
  }

  #failed(outgoing: Outgoing, failure: Refusal, lasting: boolean): void {
    const { sending, mid } = outgoing;
    if ("message" in sending) return this.#change(sending, { ...sending.message, state: "failed", failure });
    if (!lasting) return; // it lies on the device and goes out another time
    if ("amendment" in sending) this.#owner.log().unamend(sending.amendment);
    this.outbox.discard(mid);
    this.#owner.undone(failure);
  }

  async #tellSealed(reached: { got?: string; upto?: string }): Promise<void> {
    const content = this.#composer.receipt(reached, this.#owner.me().nick);
    try {
      const text = await this.#owner.cipher()!.seal(encodeContent(content));
      const { channel } = this.#owner.address;
      if (this.#owner.send({ cmd: "note", channel, text, mid: content.id })) return;
    } catch {
      // Nobody misses a receipt.
    }
    this.#composer.receiptLost();
  }

  async #restore(left: readonly Kept[]): Promise<void> {
    const restored: { outgoing: Outgoing; failure?: Refusal }[] = [];
    for (const { frame, time, failure } of left) {
      const { nick, member } = this.#owner.me();
      const echo = { ...asReceived(frame), nick, userid: member?.userid, time } as TextFrame | SignFrame;
      const read = await this.#owner.log().inbox.read(echo, this.#owner.cipher(), true);
      const outgoing: Outgoing = {
        mid: frame.mid,
        time,
        sending: { timer: 0 },
        frame: () => frame,
        body: { plain: "" },
        ready: frame,
        written: false,
        tries: 0,
      };
      if (read?.kind === "timer") outgoing.sending = { timer: read.ttl };
      if (read?.kind === "amendment") {
        outgoing.sending = { amendment: read.amendment };
        if (!failure) this.#owner.log().amend(read.amendment);
      }
      // Sealed with another key, nobody here could read it.
      const lost = read?.kind === "message" && read.message.security === "unreadable";
      const why = failure ?? (lost ? refusal("other_key") : undefined);
      if (read?.kind === "message") {
        const message: Message = { ...read.message, key: frame.mid, own: true, state: why ? "failed" : "sending" };
        if (why) message.failure = why;
        if (message.to && frame.cmd === "whisper" && frame.nick) message.to.nick = frame.nick;
        outgoing.sending = { message };
        this.#owner.log().add(message);
      }
      restored.push(why ? { outgoing, failure: why } : { outgoing });
    }
    this.outbox.restore(restored);
  }
}

/** Whether the author of a message can be found under that nick while away. */
function isReachable({ nick, own, security, claimedNick, trip, userid }: Message, who: number | string): boolean {
  if (nick !== who || own || security !== "encrypted" || claimedNick !== undefined) return false;
  return trip !== undefined || userid !== undefined;
}

/** One's own frame as the server would pass it on. */
function asReceived(frame: Sendable): object {
  switch (frame.cmd) {
    case "add_reaction":
      return { ...frame, cmd: "reaction_added" };
    case "remove_reaction":
      return { ...frame, cmd: "reaction_removed" };
    case "whisper":
      return { ...frame, to: frame.userid };
    default:
      return frame;
  }
}

/** A whisper to the number that its recipient has now: whoever has the old one may be somebody else. */
function addressed(frame: Sendable & { cmd: "whisper" }, members: readonly Member[]): Sendable {
  const { userid, nick, trip } = frame;
  const same = members.filter((member) => member.nick === nick && (!trip || member.trip === trip));
  const strange = nick !== undefined && members.some((member) => member.userid === userid);
  const found = same.find((member) => member.userid === userid) ?? same[0];
  // To somebody who is away the server finds the way by the trip code, and by nobody's number.
  return { ...frame, userid: found?.userid ?? (strange ? 0 : userid) };
}

function pick(member: Member | undefined): { userid?: number; trip?: string } {
  return { ...(member && { userid: member.userid }), ...(member?.trip && { trip: member.trip }) };
}
