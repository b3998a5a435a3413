import type { Amendment } from "./amendments.ts";
import { utf8 } from "./crypto/bytes.ts";
import {
  encodeContent,
  type FileContent,
  type KnownContent,
  newId,
  newSid,
  type ReceiptContent,
  type TextContent,
} from "./crypto/content.ts";
import { prefix } from "./crypto/envelope.ts";
import type { IdentityKey } from "./crypto/identity.ts";
import { maxContent } from "./crypto/padding.ts";
import { maxSignedContent } from "./crypto/signed.ts";
import type { Numbering } from "./handover.ts";
import type { Outgoing, Sending } from "./outbox.ts";
import type { SharedFile } from "./files/types.ts";
import type { Attaching, Sendable } from "./protocol/frames.ts";
import { refuse } from "./refusals.ts";
import type { Member, Message, MessageKind, Result, RoomAddress } from "./types.ts";

/** Largest message on the wire in bytes (spec/protocol.md, "Liveness, limits, closing"). */
const maxFrame = 65_536;

/** Who says it. */
export interface Me {
  nick: string;
  member: Member | undefined;
  /** Who signs it; nobody in a plain room, and in one of HChat compatibility. */
  signer: IdentityKey | undefined;
}

/** Somebody to whisper to. `userid` is 0 when only the trip code tells who it is. */
export type Recipient = Pick<Member, "userid" | "nick" | "trip">;

/** What goes with a text. */
export interface TextOptions {
  /** The message that it answers. */
  re?: Message | undefined;
  /** Seconds after which it disappears. */
  ttl?: number | undefined;
  /** Whom a whisper is for. */
  target?: Recipient | undefined;
  /** The room's title (`cleanTitle`), said with the first message. */
  title?: string | undefined;
}

/** What a content says beside what every content has. */
export type Said<C extends KnownContent = KnownContent> = C extends KnownContent
  ? Omit<C, "id" | "ts" | "nick" | "sid" | "n">
  : never;

/** Makes one's own messages: numbers them, and finds out before anything is sent whether they fit. */
export class Composer {
  readonly #address: RoomAddress;
  #sid = newSid();
  #sent = 0;
  #titled = false;
  /** Receipts have a numbering of their own that ends with the first loss, so that no receipt is ever missed as a message. */
  #receipts = { sid: newSid(), n: 0 };

  constructor(address: RoomAddress) {
    this.#address = address;
  }

  /** Names this running client in what it says. */
  get sid(): string {
    return this.#sid;
  }

  /** How far it has counted, once it has. */
  get numbering(): Numbering | undefined {
    return this.#sent > 0 ? { sid: this.#sid, n: this.#sent } : undefined;
  }

  /** Goes on from where an earlier page stopped, unless something has been said already. */
  continue({ sid, n }: Numbering): void {
    if (this.#sent > 0) return;
    this.#sid = sid;
    this.#sent = n;
  }

  /** A text. @returns the message in state `sending`, or the refusal `empty` or `too_long` */
  text(kind: MessageKind, written: string, me: Me, options: TextOptions): Result<Outgoing> {
    const text = written.toWellFormed();
    if (text.trim() === "") return refuse("empty");
    const message = this.#draft(kind, text, me, options);
    const body = this.#body(message, options);
    const timed: { ttl?: number } = options.ttl ? { ttl: options.ttl } : {};
    const made = this.#outgoing(message.key, message.time, { message }, body, kind !== "whisper", (sealed) => {
      const { channel, encrypted } = this.#address;
      const { key: mid, to } = message;
      if (to) return { cmd: "whisper", channel, ...to, text: sealed, mid };
      // Sealed emotes go as `chat`: the server would put the nick before the envelope, and need not know.
      return { cmd: kind === "emote" && !encrypted ? "emote" : "chat", channel, text: sealed, mid, ...timed };
    });
    return made.ok ? { ok: true, value: { ...made.value, timed } } : made;
  }

  /**
   * A message with files, to be shown while they are on their way. Nobody can name it yet, and it counts from when it goes out.
   * @param key of one that an earlier page has begun
   */
  draft(caption: string, files: readonly SharedFile[], me: Me, re?: string, key?: string): Message {
    const { named: _, ...message } = this.#draft("text", caption.toWellFormed(), me, {});
    return { ...message, files, ...(re && { re }), ...(key && { key }) };
  }

  /**
   * That message, once its objects are whole.
   * @param attaching what the server has to know of them
   * @returns also the refusal `too_long`
   */
  files(drafted: Message, attaching: Attaching, me: Me, ttl: number | undefined): Result<Outgoing> {
    const { key, text, re, files = [] } = drafted;
    const message: Message = { ...this.#draft("text", text, me, { ttl }), key, files, ...(re && { re }) };
    const said: Said<FileContent> = { t: "file", files, body: text, ...(re && { re }), ...(ttl && { ttl }) };
    const body = { content: encodeContent(this.#content(said, key, message.time, me.nick)) };
    const timed: { ttl?: number } = ttl ? { ttl } : {};
    const { channel } = this.#address;
    const made = this.#outgoing(key, message.time, { message }, body, true, (sealed) => ({
      cmd: "chat",
      channel,
      text: sealed,
      mid: key,
      ...timed,
      ...attaching,
    }));
    return made.ok ? { ok: true, value: { ...made.value, timed } } : made;
  }

  /** Another text for a message of one's own. @param caption whether it is one of files, and so may be empty */
  edit(target: string, written: string, me: Me, caption = false): Result<Outgoing> {
    const body = written.toWellFormed();
    if (body.trim() === "" && !caption) return refuse("empty");
    const { channel } = this.#address;
    const said: Said = { t: "edit", target, body };
    return this.#amend({ kind: "edit", body }, target, said, body, me, (text, mid) => ({
      cmd: "edit",
      channel,
      target,
      text,
      mid,
    }));
  }

  /** Takes a message back. */
  delete(target: string, me: Me, moderator: boolean): Result<Outgoing> {
    const { channel } = this.#address;
    return this.#amend({ kind: "delete", moderator }, target, { t: "delete", target }, "", me, (text, mid) => ({
      cmd: "delete",
      channel,
      target,
      ...(text && { text }),
      mid,
    }));
  }

  /** A sign under a message, or its withdrawal. */
  react(target: string, key: string, off: boolean, me: Me): Result<Outgoing> {
    const { channel, encrypted } = this.#address;
    const said: Said = { t: "react", target, key, ...(off && { off }) };
    return this.#amend({ kind: "react", key, off }, target, said, "", me, (text, mid) =>
      encrypted
        ? { cmd: "note", channel, text, mid }
        : { cmd: off ? "remove_reaction" : "add_reaction", channel, messageId: target, emoji: key, mid },
    );
  }

  /** From here on messages disappear after that many seconds. Encrypted rooms only: elsewhere the server keeps the time. */
  timer(ttl: number, me: Me): Result<Outgoing> {
    const mid = newId();
    const time = Date.now();
    const content = this.#content({ t: "timer", ttl }, mid, time, me.nick);
    const { channel } = this.#address;
    const frame = (text: string): Sendable => ({ cmd: "note", channel, text, mid });
    return this.#outgoing(mid, time, { timer: ttl }, { content: encodeContent(content) }, true, frame);
  }

  /** What is numbered by itself, so that whoever misses it misses no message. */
  aside(said: Said, nick: string): KnownContent {
    return { ...said, id: newId(), ts: Date.now(), nick, sid: newSid(), n: 0 } as KnownContent;
  }

  /** How far one has received and read. */
  receipt(reached: Pick<ReceiptContent, "got" | "upto">, nick: string): ReceiptContent {
    const { sid, n } = this.#receipts;
    this.#receipts.n++;
    return { t: "receipt", id: newId(), ts: Date.now(), nick, sid, n, ...reached };
  }

  /** A receipt may have got lost: the next one begins to count anew. */
  receiptLost(): void {
    if (this.#receipts.n > 0) this.#receipts = { sid: newSid(), n: 0 };
  }

  #amend(
    what: Change,
    target: string,
    said: Said,
    plain: string,
    me: Me,
    frame: (text: string, mid: string) => Sendable,
  ): Result<Outgoing> {
    const mid = newId();
    const time = Date.now();
    const { encrypted } = this.#address;
    const author = { nick: me.nick, sid: this.#sid, ...(me.signer && { signer: me.signer }) };
    const amendment = { ...what, id: mid, target, ...author, vouched: !encrypted } as Amendment;
    const body = encrypted ? { content: encodeContent(this.#content(said, mid, time, me.nick)) } : { plain };
    return this.#outgoing(mid, time, { amendment }, body, true, (text) => frame(text, mid));
  }

  #outgoing(
    mid: string,
    time: number,
    sending: Sending,
    body: Outgoing["body"],
    counts: boolean,
    frame: Outgoing["frame"],
  ): Result<Outgoing> {
    const most = this.#address.compat ? maxContent : maxSignedContent;
    if ("content" in body && body.content.length > most) return refuse("too_long");
    // An envelope of the largest content fits by construction (e2ee §3); plain text may not.
    if ("plain" in body && utf8(JSON.stringify(frame(body.plain))).length > maxFrame) return refuse("too_long");
    if ("content" in body && counts && !this.#address.compat) {
      this.#sent++;
      if ("message" in sending && !sending.message.files) this.#titled = true;
    }
    return { ok: true, value: { mid, time, sending, frame, body, written: false, tries: 0 } };
  }

  #body(message: Message, { re, ttl, title }: TextOptions): Outgoing["body"] {
    const { kind, text } = message;
    // In clear nothing may look like an envelope, and nothing but a quote says what is answered.
    if (!this.#address.encrypted) {
      const answer = re ? `${quote(re)}\n\n${text}` : text;
      message.text = answer;
      return { plain: answer.startsWith(prefix) ? ` ${answer}` : answer };
    }
    if (this.#address.compat) return { content: utf8(kind === "emote" ? `/me ${text}` : text) };
    const said: Said<TextContent> = { t: "text", body: text };
    if (kind === "emote") said.emote = true;
    if (re) said.re = re.key;
    if (ttl) said.ttl = ttl;
    if (message.to) said.to = message.to.nick;
    else if (title && !this.#titled) said.title = title;
    const content = this.#content(said, message.key, message.time, message.nick);
    // A whisper does not reach everybody, and would leave a hole in the numbers of those whom it does not reach.
    if (message.to) Object.assign(content, { sid: newSid(), n: 0 });
    return { content: encodeContent(content) };
  }

  #content(said: Said, id: string, ts: number, nick: string): KnownContent {
    return { ...said, id, ts, nick, sid: this.#sid, n: this.#sent } as KnownContent;
  }

  #draft(kind: MessageKind, text: string, { nick, member, signer }: Me, { re, ttl, target }: TextOptions): Message {
    const { encrypted, compat } = this.#address;
    const message: Message = {
      key: newId(),
      kind,
      nick,
      text,
      security: encrypted ? "encrypted" : "plain",
      time: Date.now(),
      own: true,
      state: "sending",
    };
    if (kind !== "whisper" && !compat) message.named = true;
    if (encrypted && !compat) message.sid = this.#sid;
    if (signer) message.signer = signer;
    if (re && encrypted) message.re = re.key;
    if (ttl) message.expires = message.time + ttl * 1000;
    if (member) {
      message.userid = member.userid;
      for (const look of ["trip", "uType", "color", "flair"] as const) if (member[look]) message[look] = member[look];
    }
    if (target) {
      const { userid, nick: name, trip } = target;
      message.to = { userid, nick: name, ...(trip && { trip }) };
    }
    return message;
  }
}

/** What an amendment changes. */
type Change =
  | { kind: "edit"; body: string }
  | { kind: "delete"; moderator: boolean }
  | { kind: "react"; key: string; off: boolean };

/** Longest quote of an answered message, UTF-16 units. */
const maxQuote = 120;

/** The beginning of a message as a quote, for rooms whose frames cannot name it. */
function quote({ nick, text }: Message): string {
  const line = text.replace(/^>.*$/gm, "").replace(/\s+/g, " ").trim();
  const cut = line.length > maxQuote ? `${line.slice(0, maxQuote).toWellFormed()}…` : line;
  return `> @${nick}: ${cut}`;
}
