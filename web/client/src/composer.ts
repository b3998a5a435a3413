import { utf8 } from "./crypto/bytes.ts";
import { encodeContent, newId, newSid, type TextContent } from "./crypto/content.ts";
import { prefix } from "./crypto/envelope.ts";
import { maxContent } from "./crypto/padding.ts";
import type { Outgoing } from "./outbox.ts";
import type { ClientFrame } from "./protocol/frames.ts";
import { refuse } from "./refusals.ts";
import type { Member, Message, MessageKind, Result, RoomAddress } from "./types.ts";

/** Largest message on the wire in bytes (spec/protocol.md, "Liveness, limits, closing"). */
const maxFrame = 65_536;

/** Makes one's own messages: numbers them, and finds out before anything is sent whether they fit. */
export class Composer {
  readonly #address: RoomAddress;
  readonly #sid = newSid();
  #sent = 0;
  #titled = false;

  constructor(address: RoomAddress) {
    this.#address = address;
  }

  /**
   * @param target whom a whisper is for.
   * @param title the room's title (`cleanTitle`), said with the first message.
   * @returns the message in state `sending`, or the refusal `empty` or `too_long`.
   */
  compose(
    kind: MessageKind,
    written: string,
    me: { nick: string; member: Member | undefined },
    target: Member | undefined,
    title: string | undefined,
  ): Result<Outgoing> {
    const text = written.toWellFormed();
    if (text.trim() === "") return refuse("empty");
    const message = draft(kind, text, me, target, !this.#address.encrypted);
    const body = this.#body(message, title);
    if ("content" in body && body.content.length > maxContent) return refuse("too_long");
    const frame = this.#frame(message);
    // An envelope of the largest content fits by construction (e2ee §3); plain text may not.
    if ("plain" in body && utf8(JSON.stringify(frame(body.plain))).length > maxFrame) return refuse("too_long");
    if ("content" in body && kind !== "whisper" && !this.#address.compat) {
      this.#sent++;
      this.#titled = true;
    }
    return { ok: true, value: { message, frame, body, written: false, tries: 0 } };
  }

  #body(message: Message, title: string | undefined): Outgoing["body"] {
    const { kind, text } = message;
    // In clear nothing may look like an envelope.
    if (!this.#address.encrypted) return { plain: text.startsWith(prefix) ? ` ${text}` : text };
    if (this.#address.compat) return { content: utf8(kind === "emote" ? `/me ${text}` : text) };
    // A whisper does not reach everybody, and would leave a hole in the numbers of those whom it does not reach.
    const place = kind === "whisper" ? { sid: newSid(), n: 0 } : { sid: this.#sid, n: this.#sent };
    const content: TextContent = {
      t: "text",
      id: message.key,
      ts: message.time,
      nick: message.nick,
      ...place,
      body: text,
    };
    if (kind === "emote") content.emote = true;
    if (message.to) content.to = message.to.nick;
    else if (title && !this.#titled) content.title = title;
    return { content: encodeContent(content) };
  }

  #frame({ key: mid, kind, to }: Message): Outgoing["frame"] {
    const { channel, encrypted } = this.#address;
    if (to) return (text): ClientFrame => ({ cmd: "whisper", channel, userid: to.userid, text, mid });
    // Sealed emotes go as `chat`: the server would put the nick before the envelope, and need not know.
    const cmd = kind === "emote" && !encrypted ? "emote" : "chat";
    return (text): ClientFrame => ({ cmd, channel, text, mid });
  }
}

function draft(
  kind: MessageKind,
  text: string,
  me: { nick: string; member: Member | undefined },
  target: Member | undefined,
  plain: boolean,
): Message {
  const message: Message = {
    key: newId(),
    kind,
    nick: me.nick,
    text,
    security: plain ? "plain" : "encrypted",
    time: Date.now(),
    own: true,
    state: "sending",
  };
  const { member } = me;
  if (member) {
    message.userid = member.userid;
    for (const look of ["trip", "uType", "color", "flair"] as const) if (member[look]) message[look] = member[look];
  }
  if (target) message.to = { userid: target.userid, nick: target.nick };
  return message;
}
