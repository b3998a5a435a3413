import { computed, signal, type ReadonlySignal } from "@preact/signals";
import type { Authors, ChatClient, Message, Observed, PageQuery, Quiet, Refusal, Room, Standing } from "@hcchat/client";
import { Choosing } from "./choosing.ts";
import { gapKey } from "./items.ts";
import { readCommand, type Command } from "./commands.ts";
import { lastNick } from "./settings.ts";

/** Words of the server for “slower, please”. */
const tooFast = /^(limited|rate(_.*)?)$/;
/** The server's number of "you were removed" and "… was removed", which everybody sees without it. */
const outInfo = 1205;
/** How long that is shown, unless the server says more. ms */
const slowedFor = 5_000;

/** Why something typed did not go out. */
export type Problem =
  | Exclude<Command, { kind: "say" }>
  | { kind: "refused"; refusal: Refusal }
  | { kind: "nobody"; nick: string }
  /** Said already, in the language that is read. */
  | { kind: "said"; text: string };

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

  /** What the server tells of the call here, and whether it has calls at all. */
  readonly call;
  readonly calls;
  /** One wants to call, or is in the call; or something is to be said of the one that one was in. */
  readonly calling = signal<"wanted" | "said" | undefined>(undefined);

  /** Changes whenever something in the timeline does. */
  readonly version;
  /** What the server keeps of the room. */
  readonly history;
  /** Seconds after which messages disappear, 0 for never. */
  readonly timer;
  /** Changes when somebody has received or read more. */
  readonly receipts;
  /** Why the server takes nothing at present. */
  readonly stalled;
  /** Changes when a message may stand otherwise to the key of its nick. */
  readonly authors;
  /** What is wrong with keeping the keys of others, and one's own. */
  readonly keyTrouble;
  /** Who asks to be let in; for those who keep order. */
  readonly knocks;
  /** Messages that came while nobody looked at the end of the list. */
  readonly unread = signal(0);
  /** The key of the first of them; it stays as a line until something is said. */
  readonly divider = signal<string | undefined>(undefined);
  /** What is being written for: an answer to a message, or another text for it. */
  readonly writing = signal<{ kind: "reply" | "edit"; message: Message } | undefined>(undefined);
  /** Gaps that are being read, or could not be, by their rows' keys. */
  readonly filling = signal<ReadonlyMap<string, "loading" | "failed">>(new Map());
  /** What is chosen to be sent besides text. */
  readonly choosing;
  /** A message to be brought into view. */
  readonly target = signal<string | undefined>(undefined);
  /** Somebody who is to be shown, by the nick and one of the messages. */
  readonly person = signal<{ nick: string; message?: Message } | undefined>(undefined);
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

  /** What was looked for last. */
  query = "";
  /** Where reading back for the search goes on: not begun yet, or at its end. */
  #searchFrom: PageQuery | undefined | "start" = "start";
  #attentive = true;
  /** The message of the day; whoever comes in is told of it otherwise. */
  #motd: string | undefined;
  #slowedTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #ends: (() => void)[] = [];

  constructor(client: ChatClient, room: Room, pass: string | undefined) {
    this.client = client;
    this.room = room;
    this.pass = pass;
    this.choosing = Choosing.of(room.channel);
    this.state = this.#watch(room.state);
    this.connection = this.#watch(client.state);
    this.members = this.#watch(room.members);
    this.me = this.#watch(room.me);
    this.title = this.#watch(room.title);
    this.keyCheck = this.#watch(room.keyCheck);
    this.keyCode = this.#watch(room.keyCode);
    this.typing = this.#watch(room.typing);
    this.call = this.#watch(room.calls.told);
    this.calls = this.#watch(client.calls);
    this.version = this.#watch(room.log.timeline.version);
    this.history = this.#watch(room.log.policy);
    this.timer = this.#watch(room.log.timer);
    this.receipts = this.#watch(room.log.receipts.version);
    this.stalled = this.#watch(room.stalled);
    this.authors = this.#watch(room.authors.version);
    this.knocks = this.#watch(room.knocks.waiting);
    const [trouble, lost] = [this.#watch(room.authors.trouble), this.#watch(client.identity.lost)];
    this.keyTrouble = computed(() => trouble.value ?? (lost.value ? "lost" : undefined));
    this.#listen();
  }

  #watch<T>(source: Observed<T>): ReadonlySignal<T> {
    const copy = signal(source.value);
    this.#ends.push(source.subscribe((value) => (copy.value = value)));
    return copy;
  }

  #listen(): void {
    const { events, settings, state } = this.room;
    this.#motd = settings.info.value?.motd;
    const joined = () => {
      if (state.value.kind !== "joined") return;
      this.wasJoined.value = true;
      this.filling.value = new Map(); // what could not be had without a connection
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
      events.on("joined", ({ nick }) => this.#quiet({ kind: "joined", nick })),
      events.on("left", ({ nick }) => this.#quiet({ kind: "left", nick })),
      events.on("renamed", ({ member, from }) => {
        if (member.isme) lastNick.value = member.nick; // offered at the next visit
        this.#quiet({ kind: "renamed", from, nick: member.nick });
      }),
      events.on("missing", ({ nick, count }) => this.#quiet({ kind: "missing", nick, count })),
      events.on("invite", ({ from, channel }) => this.#quiet({ kind: "invite", nick: this.#nickOf(from), channel })),
      events.on("info", ({ id, text }) => id !== outInfo && this.#quiet({ kind: "info", text })),
      events.on("timer", ({ nick, ttl }) => this.#quiet({ kind: "timer", nick, ttl })),
      events.on("undone", ({ code, text }) => this.#quiet({ kind: "undone", code, text })),
      events.on("warn", (refusal) => this.#warned(refusal)),
      settings.info.subscribe((info) => {
        if (info?.motd && info.motd !== this.#motd && state.value.kind === "joined") {
          this.#quiet({ kind: "info", text: info.motd });
        }
        this.#motd = info?.motd;
      }),
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

  #quiet(quiet: Quiet): void {
    this.room.log.timeline.note(quiet);
  }

  #addMessage(message: Message): void {
    if (message.own) {
      this.divider.value = undefined;
    } else if (this.#attentive) {
      this.room.log.markRead(message.key);
    } else {
      if (this.unread.peek() === 0) this.divider.value = message.key;
      this.unread.value++;
    }
  }

  /** How a message stands to the key of its nick. Drawn anew when that changes. */
  standing(message: Parameters<Authors["standing"]>[0]): Standing | undefined {
    void this.authors.value;
    return this.room.signs ? this.room.authors.standing(message) : undefined;
  }

  /** Whether there may be messages that this device has not read yet. */
  canReadForSearch(): boolean {
    const top = this.room.log.timeline.spans.gaps().find((gap) => gap.top);
    return this.#searchFrom !== undefined && top?.state === "open" && this.state.value.kind === "joined";
  }

  /** Reads an older page for the search. @returns whether there are more */
  async readForSearch(): Promise<boolean> {
    const { pages, timeline } = this.room.log;
    const oldest = timeline.spans.gaps().find(({ top }) => top)?.newer;
    const begin: PageQuery = oldest ? { epoch: oldest.epoch, before: oldest.seq } : {};
    if (this.#searchFrom === undefined) return false;
    this.#searchFrom = await pages.record(this.#searchFrom === "start" ? begin : this.#searchFrom);
    return this.#searchFrom !== undefined;
  }

  /** Told by the view: whether somebody is looking at the end of the list. */
  attend(attentive: boolean): void {
    this.#attentive = attentive;
    if (!attentive) return;
    this.unread.value = 0;
    this.#markRead();
  }

  /** Everything up to the end has been seen. */
  #markRead(): void {
    const { entries } = this.room.log.timeline;
    const last = entries.findLast((entry) => entry.type === "message" && !entry.message.own);
    if (last?.type === "message") this.room.log.markRead(last.message.key);
  }

  /** One's last message, when it can still be changed. */
  lastEditable(): Message | undefined {
    const { entries } = this.room.log.timeline;
    const last = entries.findLast((entry) => entry.type === "message" && entry.message.own && !entry.message.deleted);
    return last?.type === "message" && this.room.may(last.message).edit ? last.message : undefined;
  }

  /**
   * Fetches a part of a gap. What could not be had is not tried again by itself.
   * @param key the row's, see `toRows`
   */
  async fill(key: string, side: "older" | "newer", again = false): Promise<void> {
    const gap = this.room.log.timeline.spans.gaps().find((one) => gapKey(one) === key);
    const { filling } = this;
    if (!gap || filling.peek().get(key) === "loading" || (filling.peek().has(key) && !again)) return;
    if (this.state.peek().kind !== "joined") return;
    const mark = (state: "loading" | "failed" | undefined) => {
      const next = new Map(filling.peek());
      if (state) next.set(key, state);
      else next.delete(key);
      filling.value = next;
    };
    mark("loading");
    const came = await this.room.log.pages.fill(gap, side);
    mark(came ? undefined : "failed");
  }

  /** Fetches a message and what is around it, to be brought into view by `target`. @returns whether it could be found */
  async fetch(key: string): Promise<boolean> {
    const { log } = this.room;
    if (log.timeline.find(key)) return true;
    const place = await log.locate(key);
    return place !== undefined && (await log.pages.loadAround(place)) && log.timeline.find(key) !== undefined;
  }

  /** Brings a message into view. @returns whether it could be found */
  async show(key: string): Promise<boolean> {
    const found = await this.fetch(key);
    if (found) this.target.value = key;
    return found;
  }

  /** Does what was typed. Settles with what went wrong, or with nothing. */
  async submit(typed: string): Promise<Problem | undefined> {
    const writing = this.writing.peek();
    if (writing?.kind === "edit") return this.#finish(refused(this.room.edit(writing.message.key, typed)));
    const command = readCommand(typed);
    switch (command.kind) {
      case "say":
        return this.#finish(refused(this.room.say(command.text, writing?.message.key)));
      case "emote":
        return refused(this.room.emote(command.text));
      case "whisper": {
        const problem = refused(this.room.whisper(command.nick, command.text));
        const nobody = problem?.kind === "refused" && problem.refusal.code === "no_such_member";
        return nobody ? { kind: "nobody", nick: command.nick } : problem;
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

  #finish(problem: Problem | undefined): Problem | undefined {
    if (!problem) this.writing.value = undefined;
    return problem;
  }

  /** Whether something would be lost with the page. */
  hasUnsent(): boolean {
    return this.choosing.unsent || this.room.files.unkept || (!this.client.durable && this.#hasSending());
  }

  /** Whether something that is unsent would wait for somebody to open the room with its key. */
  needsKeyToSend(): boolean {
    return this.room.encrypted && !this.room.address.remember && this.client.durable && this.#hasSending();
  }

  #hasSending(): boolean {
    const { entries } = this.room.log.timeline;
    return entries.some((one) => one.type === "message" && one.message.own && one.message.state === "sending");
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
