import { type Amendment } from "./amendments.ts";
import { type Authors, isDoubtful } from "./authors.ts";
import type { RoomCipher } from "./crypto/cipher.ts";
import {
  type Content,
  type FileContent,
  isAsMeant,
  isKnown,
  type KnownContent,
  newId,
  type TextContent,
} from "./crypto/content.ts";
import { prefix, readEnvelope } from "./crypto/envelope.ts";
import { CryptoError, type CryptoErrorCode } from "./crypto/errors.ts";
import type { IdentityKey } from "./crypto/identity.ts";
import { foldNick } from "./crypto/nick-fold.ts";
import { ReplayGuard } from "./crypto/replay.ts";
import type { SharedFile } from "./files/types.ts";
import { Observable } from "./observable.ts";
import { type Frame, placeOf, type ServerFrame } from "./protocol/frames.ts";
import type { Roster } from "./roster.ts";
import { cleanTitle } from "./title.ts";
import type { KeyCheck, Message, UnreadableCode } from "./types.ts";

/** A frame that carries a text or changes one. */
export type TextFrame = Extract<ServerFrame, { cmd: "chat" | "emote" | "whisper" | "note" | "edit" | "delete" }>;
/** A frame that says something of a message, in clear. */
export type SignFrame = Extract<
  ServerFrame,
  { cmd: "reaction_added" | "reaction_removed" | "delivered_receipt" | "read_receipt" }
>;

const textCommands = new Set(["chat", "emote", "whisper", "note", "edit", "delete"]);
const signCommands = new Set(["reaction_added", "reaction_removed", "delivered_receipt", "read_receipt"]);

/** Whether an inbox reads it. */
export function isReadable(frame: ServerFrame): frame is TextFrame | SignFrame {
  return textCommands.has(frame.cmd) || signCommands.has(frame.cmd);
}

/** A content and whose signature it has. */
interface Signed {
  content: Content;
  signer: IdentityKey | undefined;
}

/** What a frame turned out to be. `ttl` is the content's, for the room's timer; 0 for none. */
export type Read =
  | { kind: "message"; message: Message; ttl?: number }
  | { kind: "amendment"; amendment: Amendment }
  | { kind: "receipt"; nick: string; got?: string; upto?: string }
  | { kind: "timer"; nick: string; ttl: number }
  | { kind: "rekey"; callId: string; epoch: number };

/** What an inbox needs of its room. */
export interface InboxOwner {
  roster: Roster;
  /** One's present nick. */
  nick(): string;
  authors: Authors;
  /** Whether that key is ours: nothing else says that we said it. */
  isOwn(signer: IdentityKey): boolean;
  /** Some messages did not come. */
  missing(gap: { nick: string; count: number }): void;
  /** Somebody sent the room's title. */
  titled(title: string): void;
}

/** Beyond this difference both clocks are shown, ms (e2ee §4). */
const clockTolerance = 600_000;
/** How long a missing message may still come, ms (e2ee §4). */
const gapPatience = 30_000;
/** Plain messages remembered for dropping repeats, and for edits by their authors. */
const maxMids = 10_000;
const maxEditable = 100;
/** Longest text that edits may build up, UTF-16 units. */
const maxEdited = 65_536;

/** Turns what arrives in one room into messages: opens, checks, marks, drops repeats, notices gaps (e2ee §4, §6). */
export class Inbox {
  readonly keyCheck = new Observable<KeyCheck>("unknown");
  /** Repeated messages that were dropped (E_REPLAY). */
  readonly replays = new Observable(0);
  readonly #owner: InboxOwner;
  readonly #guard = new ReplayGuard();
  readonly #mids = new Set<string>();
  readonly #editable = new Map<string, Message>();
  readonly #gaps = new Set<ReturnType<typeof setTimeout>>();

  constructor(owner: InboxOwner) {
    this.#owner = owner;
  }

  /**
   * Reads a frame.
   * @param cipher the room's, or `undefined` in a plain room.
   * @param history whether it is from before one's own time, or read again: then it is known by its id alone (e2ee §5).
   * @returns what it says, or `undefined` for a repeat and for what says nothing that could be believed.
   */
  async read(
    frame: TextFrame | SignFrame,
    cipher: RoomCipher | undefined,
    history: boolean,
  ): Promise<Read | undefined> {
    if (!isTextFrame(frame)) return !cipher || !cipher.kid ? readSign(frame) : undefined; // anybody could say it
    const envelope = sealedText(frame);
    if (!cipher) return this.#plain(frame, envelope ? "E_KEY_UNKNOWN" : undefined, history);
    if (!envelope) return this.#bare(frame, cipher, history);
    try {
      const opened = await cipher.open(envelope);
      this.#keyFits(true);
      return "legacy" in opened
        ? this.#legacy(frame, opened.legacy, history)
        : this.#sealed(frame, opened, cipher, history);
    } catch (error) {
      const code = error instanceof CryptoError ? error.code : "E_FORMAT";
      // v1 names no key, so that a wrong one shows only as a failed tag.
      if (code === "E_KEY_UNKNOWN" || (code === "E_AUTH" && !cipher.kid)) this.#keyFits(false);
      if (code === "E_VERSION" && isReadVersion(readEnvelope(envelope).v)) return this.#unreadable(frame, "E_MODE");
      if (code !== "E_REPLAY") return this.#unreadable(frame, code);
      this.replays.set(this.replays.value + 1);
      return undefined;
    }
  }

  /** An author changes a plain message (hack.chat's `updateMessage`). @returns the message as it is now. */
  edit({ userid, customId, mode, text }: Frame<"updateMessage">): Message | undefined {
    const place = `${userid} ${customId}`;
    const message = this.#editable.get(place);
    if (!message) return undefined;
    const now = { append: message.text + text, prepend: text + message.text, overwrite: text }[mode];
    const edited = now === undefined || now.length > maxEdited ? message : { ...message, text: now };
    if (mode === "complete") this.#editable.delete(place);
    else this.#editable.set(place, edited);
    return edited === message ? undefined : edited;
  }

  /** Ends the timers. */
  close(): void {
    for (const timer of this.#gaps) clearTimeout(timer);
    this.#gaps.clear();
  }

  #sealed(frame: TextFrame, opened: Signed, cipher: RoomCipher, history: boolean): Read | undefined {
    const { content, signer } = opened;
    const exposed = !isAsMeant(content, frame.cmd === "whisper", signer !== undefined);
    const elsewhere = content.room !== undefined && content.room !== frame.channel;
    const renamed = frame.mid !== undefined && frame.mid !== content.id;
    if (exposed || elsewhere || renamed || !fits(frame, content)) throw new CryptoError("E_AUTH");
    const doubtful = isDoubtful(this.#owner.authors.judge(content.nick, signer).standing);
    // Of each signer its own: else whoever holds the room's key could use up somebody's numbers.
    const stream = `${cipher.kid} ${content.sid} ${signer ?? ""}`;
    if (history) {
      this.#guard.remember(content.id, stream, content.n);
    } else {
      const { arrival, gap } = this.#guard.accept(stream, content.n, content.id);
      if (arrival === "duplicate") return undefined;
      if (arrival === "replay") throw new CryptoError("E_REPLAY");
      if (gap && !doubtful) this.#expect(stream, gap, content.nick);
    }
    this.#owner.authors.see(content.nick, signer);
    // A content of a later version is never shown as raw text.
    if (!isKnown(content)) {
      const message: Message = { ...this.#author(frame, opened), security: "unreadable", error: "E_VERSION" };
      return { kind: "message", message };
    }
    // Said in one small line, or in none, it would bear no warning.
    if (doubtful && /^(receipt|timer|rtc.rekey)$/.test(content.t)) return undefined;
    return this.#understood(frame, content, signer, doubtful);
  }

  #understood(frame: TextFrame, content: KnownContent, signer: IdentityKey | undefined, doubtful: boolean): Read {
    const { nick, id, sid } = content;
    switch (content.t) {
      case "text":
        if (content.title && !doubtful) this.#titled(content.title);
        return { kind: "message", message: this.#text(frame, content, signer), ttl: content.ttl ?? 0 };
      case "file": {
        const message = this.#text(frame, content, signer);
        return { kind: "message", message: { ...message, files: content.files }, ttl: content.ttl ?? 0 };
      }
      case "receipt": {
        const { got, upto } = content;
        return { kind: "receipt", nick, ...(got && { got }), ...(upto && { upto }) };
      }
      case "timer":
        return { kind: "timer", nick, ttl: content.ttl };
      case "rtc.start": {
        const call = { id: content.callId, video: content.video === true };
        return { kind: "message", message: { ...this.#author(frame, { content, signer }), call } };
      }
      case "rtc.rekey":
        return { kind: "rekey", callId: content.callId, epoch: content.epoch };
      default: {
        const { target } = content;
        const base = { ...who(frame), id, target, nick, sid, ...(signer && { signer }), vouched: false };
        if (content.t === "edit")
          return { kind: "amendment", amendment: { ...base, kind: "edit", body: content.body } };
        if (content.t === "delete") {
          const moderator = frame.cmd === "delete" && frame.moderator === true;
          return { kind: "amendment", amendment: { ...base, kind: "delete", moderator } };
        }
        const { key, off = false } = content;
        return { kind: "amendment", amendment: { ...base, kind: "react", key, off } };
      }
    }
  }

  #titled(title: string): void {
    const clean = cleanTitle(title);
    if (clean) this.#owner.titled(clean);
  }

  #text(frame: TextFrame, content: TextContent | FileContent, signer: IdentityKey | undefined): Message {
    const message = this.#author(frame, { content, signer });
    message.text = content.body;
    const { to, emote } = content as Partial<TextContent>;
    if (to !== undefined && !message.own && foldNick(to) !== foldNick(this.#owner.nick())) message.writtenTo = to;
    if (emote && message.kind === "text") message.kind = "emote";
    if (content.re) message.re = content.re;
    const ttls = [content.ttl, frame.cmd === "chat" || frame.cmd === "emote" ? frame.ttl : undefined];
    const ttl = Math.min(...ttls.filter((one) => one !== undefined && one > 0).map(Number));
    if (ttl !== Infinity) message.expires = message.time + ttl * 1000;
    return message;
  }

  /** The outline of a message whose sender says who it is. */
  #author(frame: TextFrame, { content, signer }: Signed): Message {
    const { own: _, state: __, ...outline } = this.#outline(frame);
    const { id, nick, sid } = content;
    const named = frame.cmd !== "whisper";
    const message: Message = { ...outline, key: id, nick, sid, security: "encrypted", named, own: false };
    if (nick !== outline.nick) message.claimedNick = outline.nick;
    if (Math.abs(message.time - content.ts) > clockTolerance) message.claimedTime = content.ts;
    if (signer !== undefined) {
      message.signer = signer;
      if (this.#owner.isOwn(signer)) Object.assign(message, { own: true, state: "sent" });
    }
    return message;
  }

  async #legacy(frame: TextFrame, text: string, history: boolean): Promise<Read | undefined> {
    if (this.#repeated(frame.mid, history)) return undefined;
    const files = await attached(frame, true);
    const message: Message = { ...this.#outline(frame), text, ...(files && { files }), security: "encrypted" };
    const emote = message.kind === "text" && text.startsWith("/me ");
    return { kind: "message", message: emote ? { ...message, kind: "emote", text: text.slice(4) } : message };
  }

  #plain(frame: TextFrame, error: CryptoErrorCode | undefined, history: boolean): Read | undefined {
    if (frame.cmd === "edit" || frame.cmd === "delete") {
      const base = { ...who(frame), id: frame.mid ?? newId(), target: frame.target, nick: frame.nick, vouched: true };
      if (frame.cmd === "edit") return { kind: "amendment", amendment: { ...base, kind: "edit", body: frame.text } };
      return { kind: "amendment", amendment: { ...base, kind: "delete", moderator: frame.moderator === true } };
    }
    if (frame.cmd === "note" || this.#repeated(frame.mid, history)) return undefined;
    if (error) return this.#unreadable(frame, error);
    const message: Message = { ...this.#outline(frame), text: bareText(frame) };
    if (frame.mid !== undefined && frame.cmd !== "whisper") Object.assign(message, { key: frame.mid, named: true });
    if (frame.cmd !== "whisper" && frame.ttl) message.expires = message.time + frame.ttl * 1000;
    if (frame.cmd === "chat" && frame.customId && frame.userid !== undefined) {
      this.#editable.set(`${frame.userid} ${frame.customId}`, message);
      forgetOldest(this.#editable, maxEditable);
    }
    return { kind: "message", message };
  }

  /** Text in clear in an encrypted room: shown with a mark. A moderator's deletion has nothing that could be sealed. */
  async #bare(frame: TextFrame, cipher: RoomCipher, history: boolean): Promise<Read | undefined> {
    if (frame.cmd === "delete") {
      if (!frame.moderator) return undefined;
      const base = { ...who(frame), id: frame.mid ?? newId(), target: frame.target, nick: frame.nick, vouched: false };
      return { kind: "amendment", amendment: { ...base, kind: "delete", moderator: true } };
    }
    const text = bareText(frame);
    const files = await attached(frame, !cipher.kid);
    const outline: Message = { ...this.#outline(frame), text, ...(files && { files }) };
    // The app's files are sealed as its texts are, and say as little of who sent them.
    if (files && !cipher.kid && text === "") {
      return this.#repeated(frame.mid, history)
        ? undefined
        : { kind: "message", message: { ...outline, security: "encrypted" } };
    }
    return { kind: "message", message: { ...outline, security: "not_encrypted", error: "E_PLAIN" } };
  }

  #unreadable(frame: TextFrame, error: UnreadableCode): Read {
    return { kind: "message", message: { ...this.#outline(frame), security: "unreadable", error } };
  }

  /** What the frame says beside the text; all of it the server's claim. */
  #outline(frame: TextFrame): Message {
    const whisper = frame.cmd === "whisper";
    const userid = whisper ? frame.from : frame.userid;
    const { roster } = this.#owner;
    const found = roster.find(userid);
    // A number may have been somebody else's when an old message was said.
    const member = whisper || found?.nick === frame.nick ? found : undefined;
    const message: Message = {
      key: newId(), // not the frame's id: a server could give two messages the same
      kind: whisper || frame.cmd === "emote" ? frame.cmd : "text",
      nick: (whisper ? member?.nick : undefined) ?? frame.nick ?? "?",
      text: "",
      security: "plain",
      time: frame.time ?? Date.now(),
      own: false,
    };
    const place = placeOf(frame);
    if (place) message.place = place;
    if (userid !== undefined) message.userid = userid;
    if (whisper) message.to = { userid: frame.to, nick: roster.find(frame.to)?.nick ?? "?" };
    if (member?.isme && member.nick === message.nick) Object.assign(message, { own: true, state: "sent" });
    const looks = { ...member, ...(whisper ? {} : frame) };
    for (const look of ["trip", "uType", "color", "flair"] as const) if (looks[look]) message[look] = looks[look];
    return message;
  }

  #keyFits(fits: boolean): void {
    if (fits) this.keyCheck.set("match");
    else if (this.keyCheck.value === "unknown") this.keyCheck.set("mismatch");
  }

  #expect(stream: string, [first, last]: [number, number], nick: string): void {
    const timer = setTimeout(() => {
      this.#gaps.delete(timer);
      const count = this.#guard.missing(stream, first, last);
      if (count > 0) this.#owner.missing({ nick, count });
    }, gapPatience);
    this.#gaps.add(timer);
  }

  #repeated(mid: string | undefined, history: boolean): boolean {
    if (mid === undefined) return false;
    if (this.#mids.has(mid)) return !history;
    this.#mids.add(mid);
    forgetOldest(this.#mids, maxMids);
    return false;
  }
}

/** The files that a frame names in clear. Few do, so that what reads them is fetched then. */
async function attached(frame: TextFrame, compat: boolean): Promise<SharedFile[] | undefined> {
  if (frame.cmd !== "chat" || !(frame.attachment ?? frame.attachments)) return undefined;
  return (await import("./files/attachments.ts")).readAttachments(frame, compat);
}

function isTextFrame(frame: TextFrame | SignFrame): frame is TextFrame {
  return textCommands.has(frame.cmd);
}

/** What the server says of a message. */
function readSign(frame: SignFrame): Read | undefined {
  const nick = frame.nick ?? frame.userId;
  if (nick === undefined) return undefined;
  const { messageId } = frame;
  if (frame.cmd === "delivered_receipt") return { kind: "receipt", nick, got: messageId };
  if (frame.cmd === "read_receipt") return { kind: "receipt", nick, upto: messageId };
  const off = frame.cmd === "reaction_removed";
  const base = { ...who(frame), id: frame.mid ?? newId(), target: messageId, nick, vouched: true };
  return { kind: "amendment", amendment: { ...base, kind: "react", key: frame.emoji, off } };
}

/** Whether the content may travel in that frame: an edit or delete names its target twice, and the same. */
function fits(frame: TextFrame, content: Content): boolean {
  if (frame.cmd !== "edit" && frame.cmd !== "delete") return true;
  return content.t === frame.cmd && (content as { target?: unknown }).target === frame.target;
}

/** Who did it and where it stands, as the server says. */
function who(frame: TextFrame | SignFrame): Pick<Amendment, "userid" | "trip" | "place"> {
  const place = placeOf(frame);
  const { userid, trip } = frame as { userid?: number; trip?: string };
  return { ...(place && { place }), ...(userid !== undefined && { userid }), ...(trip && { trip }) };
}

/** Whether that envelope version can be read here, if only in a room of the other mode. */
function isReadVersion(version: number): boolean {
  return version === 1 || version === 2;
}

/** The envelope in a frame, if there is one; the server puts `@nick ` before an emote. */
function sealedText(frame: TextFrame): string | undefined {
  const text = bareText(frame);
  return text.startsWith(prefix) ? text : undefined;
}

function bareText(frame: TextFrame): string {
  const { text = "" } = frame;
  const lead = frame.cmd === "emote" ? `@${frame.nick} ` : "";
  return text.startsWith(lead) ? text.slice(lead.length) : text;
}

function forgetOldest(entries: Set<string> | Map<string, unknown>, max: number): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= max) return;
    entries.delete(oldest);
  }
}
