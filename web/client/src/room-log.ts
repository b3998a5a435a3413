import { type Amendment, Amendments } from "./amendments.ts";
import { Expiry } from "./expiry.ts";
import { FirstRead } from "./first-read.ts";
import { History, type PageFrame } from "./history.ts";
import { Inbox, isReadable, type Read, type SignFrame, type TextFrame } from "./inbox.ts";
import { Observable } from "./observable.ts";
import { type Frame, type PageQuery, placeOf, type Position, readEvent, type ServerFrame } from "./protocol/frames.ts";
import { Receipts } from "./receipts.ts";
import { Paging, pageSize } from "./paging.ts";
import { readPolicy } from "./policy.ts";
import type { Found } from "./search/index.ts";
import type { RoomLogOwner } from "./room-log-owner.ts";
import { Sequence } from "./sequence.ts";
import { coverage } from "./timeline/coverage.ts";
import { Timeline } from "./timeline/timeline.ts";
import { Timer } from "./timer.ts";
import type { HistoryPolicy, Message, Place } from "./types.ts";

const dayLength = 86_400_000;

/** What happened in a room: brings it into order, fetches what lacks, and keeps what counts for each message together. */
export class RoomLog {
  readonly timeline: Timeline;
  readonly inbox: Inbox;
  readonly receipts: Receipts;
  readonly policy = new Observable<HistoryPolicy | undefined>(undefined);
  /** Seconds after which messages disappear, as people here agreed; 0 for none. */
  readonly timer: Observable<number>;
  readonly #owner: RoomLogOwner;
  readonly #amendments: Amendments;
  readonly #sequence: Sequence;
  readonly #history: History;
  /** Fetches what lacks. */
  readonly pages: Paging;
  readonly #expiry: Expiry;
  /** Messages as they were sent, without what was changed later. */
  readonly #bases = new Map<string, Message>();
  readonly #timer: Timer;
  /** Reads the newest, so that the timer in force is known. */
  readonly first: FirstRead;
  /** The server's clock against ours, ms. */
  #clock = 0;
  #inboxPlace: Place | undefined;
  /** Whether more of the inbox is on its way: what comes live meanwhile lies behind it. */
  #inboxBehind = false;

  constructor(owner: RoomLogOwner) {
    this.#owner = owner;
    this.timeline = new Timeline((message) => this.#bases.delete(message.key));
    const { epochs } = this.timeline;
    const compare = (a: Place, b: Place) => epochs.compare(a, b);
    this.#timer = new Timer(this.timeline);
    this.timer = this.#timer.value;
    this.#amendments = new Amendments(
      compare,
      () => owner.nick(),
      (nick, signer) => owner.authors.trusts(nick, signer),
    );
    owner.authors.decisions.subscribe(() => {
      for (const key of this.#bases.keys()) if (this.#amendments.has(key)) this.#reshow(key);
    });
    this.#expiry = new Expiry(
      (key) => this.#expire(key),
      () => this.now(),
    );
    this.#history = new History((query) => owner.send({ cmd: "sync", channel: owner.channel, ...query }));
    this.pages = new Paging({
      timeline: this.timeline,
      history: this.#history,
      inOrder: (work) => owner.inOrder(work),
      insert: (page, query) => this.#insert(page, query),
      record: (page) => this.#record(page),
    });
    this.first = new FirstRead({
      load: (query) => this.pages.load(query),
      limit: pageSize,
      found: () => this.#timer.known,
      ended: () => owner.readFirst(),
    });
    this.inbox = new Inbox({
      roster: owner.roster,
      nick: () => owner.nick(),
      authors: owner.authors,
      isOwn: (signer) => owner.isOwn(signer),
      missing: (gap) => owner.events.emit("missing", gap),
      titled: (title) => owner.titled(title),
    });
    this.receipts = new Receipts({
      compare,
      find: (key) => this.timeline.find(key),
      nick: () => owner.nick(),
      people: () => owner.roster.members.value.length,
      send: (reached) => owner.tell(reached),
    });
    this.#sequence = new Sequence({
      deliver: (frame) => this.#take(frame),
      advanced: (place) => owner.inOrder(() => this.timeline.advance(place)),
      ask: ({ epoch, seq }) => {
        const asked = this.#history.ask({ epoch, since: seq, limit: pageSize });
        void asked.then((page) => page ?? this.#sequence.unanswered());
      },
      broken: (epoch, head) => {
        owner.inOrder(() => this.timeline.follow(epoch, head));
        this.first.loading(this.pages.load({ limit: pageSize }));
      },
    });
  }

  /** How far the list is known; for `resume`. */
  get position(): Place | undefined {
    return this.#sequence.position;
  }

  /** How far the list and one's whispers are known, for the `resume` of a session. @param position that of the list */
  positions(position: Place | undefined): Position[] {
    const [{ channel }, inbox] = [this.#owner, this.#inboxPlace];
    return [
      ...(position ? [{ channel, ...position }] : []),
      ...(inbox ? [{ channel, inbox: true as const, ...inbox }] : []),
    ];
  }

  /** The server's clock, ms since 1970. */
  now(): number {
    return Date.now() + this.#clock;
  }

  /** The room was entered. @param resumed whether the server was told our position */
  entered(frame: Frame<"onlineSet">, resumed: boolean): void {
    if (frame.time !== undefined) this.#clock = frame.time - Date.now();
    this.#setPolicy(frame.history);
    const { epoch, head } = frame;
    this.first.head = epoch === undefined ? 0 : (head ?? 0);
    if (epoch !== undefined && head !== undefined) this.#sequence.entered(epoch, head, resumed);
  }

  /** A frame about what happened. */
  receive(frame: ServerFrame): void {
    if (frame.cmd === "replay") return this.#replayed(frame);
    const place = placeOf(frame);
    if (place) this.#sequence.receive(frame, place);
    else this.#take(frame);
  }

  /** Shows a message of our own that is on its way. */
  add(message: Message): void {
    this.#show(message);
    this.#owner.events.emit("message", this.timeline.find(message.key) ?? message);
  }

  /** A message of our own has a new state. */
  change(message: Message): void {
    if (!this.#bases.has(message.key)) return this.#show(message);
    this.#bases.set(message.key, message);
    this.#expiry.track(message.key, message.expires);
    this.#reshow(message.key);
  }

  /** A change of our own, on its way or with its place. */
  amend(amendment: Amendment): void {
    this.#amendments.add(amendment);
    this.#owner.recorder.amend(amendment);
    this.#reshow(amendment.target);
  }

  /** A change of our own was refused. */
  unamend({ target, id }: Amendment): void {
    this.#amendments.remove(target, id);
    this.#reshow(target);
  }

  /** Takes a message away for good. */
  remove(key: string): void {
    this.#bases.delete(key);
    this.#expiry.track(key, undefined);
    this.timeline.remove(key);
    this.#owner.recorder.remove(key);
    this.#owner.events.emit("removed", { key });
  }

  /** The time after which messages disappear, as somebody set it at that place. */
  setTimer(ttl: number, place: Place | undefined): void {
    this.#timer.set(ttl, place);
  }

  /** Somebody has seen the messages up to this one. */
  markRead(key: string): void {
    const message = this.timeline.find(key);
    if (message) this.receipts.read(message);
  }

  /** Where the message of that key stands, if this device has read it. */
  async locate(key: string): Promise<Place | undefined> {
    return this.timeline.find(key)?.place ?? (await this.#owner.recorder.locate(key))?.place;
  }

  /** Searches what this device has read here, newest first. A message is found when it has every word of `query`. */
  search(query: string, limit = 50): Promise<Found> {
    const { days } = this.policy.value ?? { days: 0 };
    const oldest = days > 0 ? this.now() - days * dayLength : 0; // what the server has let go, this device does too
    return this.#owner.recorder.find(query, limit, this.now(), oldest);
  }

  /** How many messages can be searched. */
  searchable(): Promise<number> {
    return this.#owner.recorder.size();
  }

  /** The server can be asked. */
  resume(): void {
    this.#history.resume();
  }

  /** The connection is gone. */
  lost(): void {
    this.#sequence.lost();
    this.first.lost();
    this.#inboxBehind = false;
    this.#history.lost();
    this.receipts.close();
  }

  /** Ends the timers. */
  close(): void {
    this.lost();
    this.inbox.close();
    this.#expiry.close();
    this.#owner.recorder.close();
  }

  #replayed(page: Frame<"replay">): void {
    if (page.inbox) return this.#whispered(page);
    const query = this.#history.answered(page);
    this.#sequence.replayed(page, query === undefined || query.since !== undefined);
  }

  /** Whispers that came while one was away. */
  #whispered(page: Frame<"replay">): void {
    const { channel, send } = this.#owner;
    const { epoch, from = 1, to } = page;
    const known = this.#inboxPlace;
    for (const event of page.events ?? []) {
      const frame = readEvent(event);
      if (frame?.cmd === "whisper") this.#take(frame);
    }
    this.#inboxPlace = to === undefined ? undefined : { epoch, seq: to };
    // The place cannot be continued: the newest page is what can be had.
    if (to === undefined) return void (known && send({ cmd: "sync", channel, inbox: true }));
    const leads = to > (known?.seq ?? 0) || !this.#inboxBehind; // what leads nowhere is not asked for again
    this.#inboxBehind = page.more === true && leads && (known?.epoch === epoch || from > to);
    if (this.#inboxBehind) send({ cmd: "sync", channel, inbox: true, since: to });
  }

  #take(frame: ServerFrame): void {
    if (frame.cmd === "roomState") return this.#setPolicy(frame.history);
    if (frame.cmd === "updateMessage") return this.#owner.inOrder(() => this.#update(frame));
    if (!isReadable(frame)) return;
    if (frame.cmd === "whisper" && frame.inbox && !this.#inboxBehind) {
      this.#inboxPlace = placeOf(frame.inbox as unknown as ServerFrame);
    }
    const { mid, time } = frame as { mid?: string; time?: number };
    if (mid !== undefined && this.#owner.came(mid, placeOf(frame), time, true)) return;
    this.#owner.inOrder(() => this.#read(frame));
  }

  async #read(frame: TextFrame | SignFrame): Promise<void> {
    if (!this.#owner.canRead()) return;
    const read = await this.inbox.read(frame, this.#owner.cipher(), false);
    if (!read) return;
    this.#timer.heard(read, placeOf(frame));
    if (read.kind !== "message") return this.#apply(read, placeOf(frame), true);
    const { message } = read;
    if (message.expires !== undefined && message.expires <= this.now()) return;
    this.#show(message);
    this.receipts.received(message);
    this.#owner.events.emit("message", this.timeline.find(message.key) ?? message);
  }

  #apply(read: Exclude<Read, { kind: "message" }>, place: Place | undefined, live: boolean): void {
    switch (read.kind) {
      case "amendment":
        return this.amend(read.amendment);
      case "receipt":
        return this.receipts.heard(read.nick, read, place);
      case "timer":
        this.setTimer(read.ttl, place);
        if (live) this.#owner.events.emit("timer", read);
        return;
      case "rekey":
        if (live) this.#owner.events.emit("rekey", read);
    }
  }

  #update(frame: Frame<"updateMessage">): void {
    const message = this.inbox.edit(frame);
    if (message) this.change(message);
  }

  #show(message: Message): void {
    this.#bases.set(message.key, message);
    const shown = this.#amendments.apply(message);
    this.timeline.add(shown);
    this.#expiry.track(message.key, message.expires);
    this.#owner.recorder.add(shown);
  }

  #reshow(key: string): void {
    const base = this.#bases.get(key);
    if (!base) return;
    const shown = this.#amendments.apply(base);
    this.timeline.replace(shown);
    this.#owner.recorder.add(shown);
    this.#owner.events.emit("update", shown);
  }

  #expire(key: string): void {
    const state = this.#bases.get(key)?.state;
    if (state !== undefined && state !== "sent") this.#owner.expired(key);
    this.remove(key);
  }

  async #insert(page: PageFrame, { since }: PageQuery): Promise<number> {
    const { epoch, from, to } = page;
    const frames = this.#owner.canRead() ? events(page) : [];
    const messages: Message[] = [];
    const receipts: [read: Read & { kind: "receipt" }, at: Place][] = [];
    for (const frame of frames) {
      const place = placeOf(frame);
      if (!place || place.epoch !== epoch || place.seq < from || place.seq > to) continue;
      if (this.timeline.spans.covers(place)) continue;
      const { mid, time } = frame as { mid?: string; time?: number };
      if (mid !== undefined && this.#owner.came(mid, place, time, false)) continue;
      const read = await this.inbox.read(frame, this.#owner.cipher(), true);
      if (read) this.#timer.heard(read, place);
      if (read?.kind === "message") messages.push(read.message);
      else if (read?.kind === "receipt") receipts.push([read, place]);
      else if (read) this.#apply(read, place, false);
    }
    const now = this.now();
    const living = messages.filter(({ expires }) => expires === undefined || expires > now);
    const shown = living.map((message) => this.#amendments.apply(message));
    for (const message of living) {
      if (this.timeline.find(message.key)) continue;
      this.#bases.set(message.key, message);
      this.#expiry.track(message.key, message.expires);
    }
    const current = this.#sequence.position?.epoch === epoch;
    const spans = coverage(page, since === undefined);
    if (!current && to >= page.head) spans.at(-1)!.ends = true;
    this.timeline.insert(shown, spans);
    this.#timer.settle();
    for (const [read, at] of receipts) this.receipts.heard(read.nick, read, at); // once the messages they name are there
    this.receipts.came();
    for (const message of shown) this.#owner.recorder.add(message);
    const newest = shown.findLast((message) => !message.own);
    if (newest && current) this.receipts.received(newest);
    return living.length;
  }

  async #record(page: PageFrame): Promise<void> {
    for (const frame of this.#owner.canRead() ? events(page) : []) {
      const read = await this.inbox.read(frame, this.#owner.cipher(), true);
      if (read?.kind === "message") this.#owner.recorder.add(this.#amendments.apply(read.message));
      else if (read?.kind === "amendment") this.amend(read.amendment);
    }
  }

  #setPolicy(history: unknown): void {
    const policy = readPolicy(history);
    if (policy) this.policy.set(policy);
  }
}

/** The readable frames of a page. */
function events(page: PageFrame): (TextFrame | SignFrame)[] {
  const frames = (page.events ?? []).map(readEvent);
  return frames.filter((frame): frame is TextFrame | SignFrame => frame !== undefined && isReadable(frame));
}
