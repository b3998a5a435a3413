import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { ChatClient, Message, Observed, Refusal, Room } from "@hcchat/client";
import { readCommand, type Command } from "./commands.ts";
import type { Item, Quiet } from "./items.ts";
import { lastNick } from "./settings.ts";

/** Items kept in memory; older ones are let go. */
const most = 5_000;

/** Words of the server for “slower, please”. */
const tooFast = /^(limited|rate(_.*)?)$/;
/** How long that is shown, unless the server says more. ms */
const slowedFor = 5_000;

/** Why something typed did not go out. */
export type Problem =
  | Exclude<Command, { kind: "say" }>
  | { kind: "refused"; refusal: Refusal }
  | { kind: "nobody"; nick: string };

/** A room one is in, as signals for the view: what the client reports, the timeline, and what has been read. */
export class OpenRoom {
  readonly room: Room;
  readonly client: ChatClient;
  /** The trip password, for coming back. */
  readonly pass: string | undefined;
  readonly state;
  readonly connection;
  readonly members;
  readonly me;
  readonly title;
  readonly keyCheck;
  readonly keyCode;
  readonly typing;

  readonly items = signal<readonly Item[]>([]);
  /** Messages that came while nobody looked at the end of the list. */
  readonly unread = signal(0);
  /** `seq` of the first of them; it stays as a line until something is said. */
  readonly divider = signal<number | undefined>(undefined);
  /** The command help was asked for by `/help`. */
  readonly helpWanted = signal(false);
  /** The person keeps a key that differs from the others'. */
  readonly mismatchAccepted = signal(false);
  /** There has been a connection: without one now, it was lost, else the server was never reached. */
  readonly wasConnected = signal(false);
  /** The server asked for a slower pace a moment ago. It says so for every frame, so it is shown once and never as a line. */
  readonly slowed = signal(false);
  /** Once joined, a lost connection is shown over the room and not instead of it. */
  readonly wasJoined = signal(false);
  readonly wrongKey = computed(() => this.keyCheck.value === "mismatch" && !this.mismatchAccepted.value);

  #attentive = true;
  #seq = 0;
  #slowedTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #ends: (() => void)[] = [];

  constructor(client: ChatClient, room: Room, pass: string | undefined) {
    this.client = client;
    this.room = room;
    this.pass = pass;
    this.state = this.#watch(room.state);
    this.connection = this.#watch(client.state);
    this.members = this.#watch(room.members);
    this.me = this.#watch(room.me);
    this.title = this.#watch(room.title);
    this.keyCheck = this.#watch(room.keyCheck);
    this.keyCode = this.#watch(room.keyCode);
    this.typing = this.#watch(room.typing);
    this.#listen();
  }

  #watch<T>(source: Observed<T>): ReadonlySignal<T> {
    const copy = signal(source.value);
    this.#ends.push(source.subscribe((value) => (copy.value = value)));
    return copy;
  }

  #listen(): void {
    const { events, state } = this.room;
    const joined = () => {
      if (state.value.kind === "joined") this.wasJoined.value = true;
    };
    const connected = () => {
      if (this.client.state.value.kind === "open") this.wasConnected.value = true;
    };
    joined();
    connected();
    this.#ends.push(
      state.subscribe(joined),
      this.client.state.subscribe(connected),
      events.on("message", (message) => this.#addMessage(message)),
      events.on("update", (message) => this.#replace(message)),
      events.on("joined", ({ nick }) => this.#quiet({ kind: "joined", nick })),
      events.on("left", ({ nick }) => this.#quiet({ kind: "left", nick })),
      events.on("renamed", ({ member, from }) => {
        if (member.isme) lastNick.value = member.nick; // offered at the next visit
        this.#quiet({ kind: "renamed", from, nick: member.nick });
      }),
      events.on("missing", ({ nick, count }) => this.#quiet({ kind: "missing", nick, count })),
      events.on("invite", ({ from, channel }) => this.#quiet({ kind: "invite", nick: this.#nickOf(from), channel })),
      events.on("info", ({ text }) => this.#quiet({ kind: "info", text })),
      events.on("warn", (refusal) => this.#warned(refusal)),
      () => clearTimeout(this.#slowedTimer),
      this.client.notices.on("info", ({ text }) => this.#quiet({ kind: "info", text })),
    );
  }

  #warned({ code, text, retryAfterMs = 0 }: Refusal): void {
    if (!tooFast.test(code)) return this.#quiet({ kind: "warn", code, text });
    clearTimeout(this.#slowedTimer);
    this.slowed.value = true;
    this.#slowedTimer = setTimeout(() => (this.slowed.value = false), Math.max(slowedFor, retryAfterMs));
  }

  #nickOf(userid: number): string {
    return this.members.peek().find((m) => m.userid === userid)?.nick ?? "?";
  }

  #append(item: Item): void {
    const kept = this.items.peek();
    this.items.value = [...(kept.length >= most ? kept.slice(kept.length - most + 100) : kept), item];
  }

  #quiet(quiet: Quiet): void {
    this.#append({ type: "quiet", seq: this.#seq++, time: Date.now(), quiet });
  }

  #addMessage(message: Message): void {
    const seq = this.#seq++;
    this.#append({ type: "message", seq, time: message.time, message });
    if (message.own) {
      this.divider.value = undefined;
    } else if (!this.#attentive) {
      if (this.unread.peek() === 0) this.divider.value = seq;
      this.unread.value++;
    }
  }

  #replace(message: Message): void {
    this.items.value = this.items
      .peek()
      .map((item) => (item.type === "message" && item.message.key === message.key ? { ...item, message } : item));
  }

  /** Told by the view: whether somebody is looking at the end of the list. */
  attend(attentive: boolean): void {
    this.#attentive = attentive;
    if (attentive) this.unread.value = 0;
  }

  /** Does what was typed. Settles with what went wrong, or with nothing. */
  async submit(typed: string): Promise<Problem | undefined> {
    const command = readCommand(typed);
    switch (command.kind) {
      case "say":
        return refused(this.room.say(command.text));
      case "emote":
        return refused(this.room.emote(command.text));
      case "whisper": {
        const target = this.members.value.find((m) => m.nick === command.nick && !m.isme);
        return target
          ? refused(this.room.whisper(target.userid, command.text))
          : { kind: "nobody", nick: command.nick };
      }
      case "nick":
        return refused(await this.room.changeNick(command.value));
      case "color":
        return refused(await this.room.changeColor(command.value.replace(/^#/, "")));
      case "help":
        this.helpWanted.value = true;
        return undefined;
      default:
        return command;
    }
  }

  hasUnsent(): boolean {
    return this.items.value.some(
      (i) => i.type === "message" && i.message.own && i.message.state !== undefined && i.message.state !== "sent",
    );
  }

  /** Leaves the room; the client may be used for another. */
  end(): void {
    for (const end of this.#ends) end();
    this.room.leave();
  }
}

function refused(result: { ok: true } | { ok: false; refusal: Refusal }): Problem | undefined {
  return result.ok ? undefined : { kind: "refused", refusal: result.refusal };
}
