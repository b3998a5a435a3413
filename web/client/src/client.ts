import type { SignIn } from "./account-sign-in.ts";
import type { Argon2id } from "./crypto/keys.ts";
import type { FileWorkers } from "./files/types.ts";
import { Handover } from "./handover.ts";
import { KeyRights } from "./key-rights.ts";
import { Emitter, Observable, type Observed } from "./observable.ts";
import { pinsPlace } from "./authors.ts";
import { maxChannel } from "./links.ts";
import { Connection } from "./protocol/connection.ts";
import type { Asked, ClientFrame, Frame, ServerFrame } from "./protocol/frames.ts";
import { refusal, refuse, serverRefusal } from "./refusals.ts";
import { type Answer, Requests } from "./requests.ts";
import { Room } from "./room.ts";
import { outboxPrefix } from "./outbox-log.ts";
import { OwnIdentity } from "./own-identity.ts";
import { forgetRoomKey } from "./room-key.ts";
import { uploadPrefix } from "./files/prefix.ts";
import { searchPrefix } from "./search/prefix.ts";
import { takenPlace } from "./taken-numberings.ts";
import { type KeyValueStore, MemoryStore } from "./store.ts";
import { TabSecret } from "./tab-secret.ts";
import { Vault } from "./vault.ts";
import type { ConnectionState, Notice, Result, RoomAddress } from "./types.ts";

/** How long the server may take to list its public channels, ms. */
const listTimeout = 10_000;

/** How a {@link ChatClient} is set up. */
export interface ClientOptions {
  /** `wss://host/chat-ws` */
  url: string;
  /** Default: the platform's. */
  WebSocket?: typeof WebSocket;
  /** For passphrase rooms: `argon2idInWorker` in a page, `argon2id` of `@hcchat/client/sodium` elsewhere. */
  argon2id?: Argon2id;
  /**
   * Where pinned salts and remembered keys are kept, and encrypted the own identity, the keys of others, what waits to be sent and the search
   * index. Default: in memory, and what waits is lost with the page.
   */
  store?: KeyValueStore;
  /** What an earlier page in the same tab has left, and where this one leaves it. Default: nothing outlives the page. */
  handover?: Handover;
  /** Whose account it is: an `Account` of `@hcchat/client/account`. Default: nobody's. */
  account?: { signIn(send: (frame: ClientFrame) => boolean): SignIn };
  /** What a page gives for files. Default: nothing is played, and encryption runs where the page does. */
  files?: FileWorkers;
  /** Lets pages of one store share what waits, so that each thing is sent by one of them. Default: the platform's, if any. */
  locks?: LockManager;
}

/** A public channel and how many are in it. */
export interface PublicChannel {
  name: string;
  count: number;
}

/** One connection to a server, for many rooms (family `hcchat` of spec/protocol.md). */
export class ChatClient {
  readonly state: Observed<ConnectionState>;
  /** The rooms that one is in or wants to be in. */
  readonly rooms: Observed<readonly Room[]>;
  /** Notices of the server that concern no room; and `admitted`, to whoever knocked at one. */
  readonly notices = new Emitter<{ info: Notice; admitted: { channel: string } }>();
  /** Whether there are calls here. */
  readonly calls = new Observable(false);
  /** Whether something can be asked for. */
  readonly ready: Observed<boolean>;
  /** Who signs what is said here in encrypted rooms. */
  readonly identity: OwnIdentity;

  readonly #rooms = new Observable<readonly Room[]>([]);
  readonly #connection: Connection;
  readonly #url: string;
  readonly #store: KeyValueStore;
  readonly #argon2id: Argon2id | undefined;
  readonly #vault: Vault | undefined;
  readonly #tabSecret: TabSecret | undefined;
  readonly #locks: LockManager | undefined;
  /** Its token lets the server give us our rooms back. */
  readonly #handover: Handover;
  readonly #requests = new Requests((frame) => this.#send(frame));
  readonly #rights: KeyRights;
  readonly #signIn: SignIn | undefined;
  readonly #files: FileWorkers;
  /** Whether this connection's session has begun. */
  readonly #ready = new Observable(false);
  #listings: ((list: Result<readonly PublicChannel[]>) => void)[] = [];

  constructor(options: ClientOptions) {
    this.#url = options.url;
    this.#store = options.store ?? new MemoryStore();
    this.#argon2id = options.argon2id;
    this.#vault = options.store && Vault.works ? new Vault(options.store) : undefined;
    this.#locks = options.locks ?? (globalThis.navigator as { locks?: LockManager } | undefined)?.locks;
    this.#handover = options.handover ?? new Handover();
    this.identity = new OwnIdentity(this.#vault ?? new Vault(new MemoryStore()), this.#vault !== undefined);
    this.#tabSecret = this.#vault && new TabSecret(this.#vault, this.#handover, options.url);
    this.#files = options.files ?? {};
    this.rooms = this.#rooms;
    this.ready = this.#ready;
    this.#rights = new KeyRights({
      url: options.url,
      vault: this.#vault,
      requests: this.#requests,
      identity: () => this.identity.get(),
    });
    this.#connection = new Connection(options.url, options.WebSocket ?? WebSocket, {
      opened: () => this.#opened(),
      received: (frame) => this.#received(frame),
      lost: () => this.#lost(),
    });
    this.state = this.#connection.state;
    this.#signIn = options.account?.signIn((frame) => this.#connection.send(frame));
  }

  /**
   * Enters a room; connects when needed. A room of the same channel that is open already is left first.
   * The outcome is in `room.state` and `room.entered`. In another room, under another nick or with a trip code one is another
   * person: then the session that an earlier page has left is not taken up again.
   * @param pass gives a trip code; it is sent to the server, unlike the address's passphrase.
   */
  join(address: RoomAddress, nick: string, pass?: string): Room {
    const channel = address.channel.normalize("NFC");
    this.#find(channel)?.leave();
    const same = this.#handover.isFor(channel, nick) && pass === undefined;
    if (this.state.value.kind === "idle" && !same) this.#handover.clear();
    const room = new Room(
      {
        url: this.#url,
        store: this.#store,
        argon2id: this.#argon2id,
        vault: this.#vault,
        locks: this.#locks,
        handover: this.#handover,
        rights: this.#rights,
        workers: this.#files,
        identity: () => this.identity.get(),
        signer: () => this.identity.current.value?.key,
        send: (frame) => this.#send(frame),
        connected: () => this.#ready.value,
        ended: (ended) => this.#rooms.set(this.#rooms.value.filter((other) => other !== ended)),
      },
      { ...address, channel, encrypted: address.encrypted || address.key !== undefined },
      nick,
      pass,
    );
    if (channel.length < 1 || channel.length > maxChannel) {
      room.refuse(refusal("bad_channel"));
      return room;
    }
    this.#rooms.set([...this.#rooms.value, room]);
    if (room.encrypted && !address.remember) {
      void room.entered.then(({ ok }) => {
        if (ok) this.#tabSecret?.keep(room.address, () => this.#find(channel) === room).catch(() => undefined); // it is asked for
      });
    }
    if (this.#ready.value) room.join();
    else this.#connection.connect();
    return room;
  }

  /** Whether what waits to be sent outlives the page. */
  get durable(): boolean {
    return this.#vault !== undefined && this.#store.durable;
  }

  /** What the page before this one in the tab has left of a room: its key or passphrase, with what belongs to it. */
  left(channel: string): Promise<Partial<RoomAddress> | undefined> {
    return this.#tabSecret?.find(channel.normalize("NFC")) ?? Promise.resolve(undefined);
  }

  /** Does not wait for the next try to reconnect. */
  retryNow(): void {
    this.#connection.retryNow();
  }

  /** The channels that the operator made public. Refused with `offline` or `timeout`. */
  publicChannels(): Promise<Result<readonly PublicChannel[]>> {
    return new Promise((resolve) => {
      this.#connection.connect();
      const settle = (list: Result<readonly PublicChannel[]>) => {
        clearTimeout(timer);
        this.#listings = this.#listings.filter((other) => other !== settle);
        resolve(list);
      };
      const timer = setTimeout(() => settle(refuse("timeout")), listTimeout);
      this.#listings.push(settle);
      this.#send({ cmd: "getchannels" });
    });
  }

  /** Asks the server something that concerns no room in which one is: `KnockAtDoor` does. */
  ask<T>(frame: Asked, read: Answer<T>): Promise<Result<T>> {
    return this.#requests.ask(frame, read);
  }

  /** Proves one's key on this connection, where that helps to be let in. Refused e.g. with `insecure_context`. */
  prove(): Promise<Result<string>> {
    return this.#rights.prove();
  }

  /** Erases what this device has of a room: the remembered key, the pinned salt and keys, what waits to be sent, files included, the search index. */
  async forget(name: string): Promise<void> {
    const channel = name.normalize("NFC");
    await forgetRoomKey(channel, { store: this.#store, url: this.#url });
    await this.#rights.forget(channel);
    await this.#vault?.delete(takenPlace(this.#url, channel));
    await this.#vault?.delete(pinsPlace(this.#url, channel));
    await this.#vault?.clear(outboxPrefix(this.#url, channel));
    await this.#vault?.clear(uploadPrefix(this.#url, channel));
    await this.#vault?.clear(searchPrefix(this.#url, channel));
  }

  /** Leaves every room and closes the connection for good. */
  close(): void {
    this.#ready.set(false); // the end of the connection says it for all rooms
    for (const room of this.#rooms.value) room.leave();
    this.#connection.close();
    this.identity.close();
  }

  #send(frame: ClientFrame): boolean {
    return this.#ready.value && this.#connection.send(frame);
  }

  #find(channel: string | undefined): Room | undefined {
    return this.#rooms.value.find((room) => room.channel === channel);
  }

  #opened(): void {
    const resume = this.#rooms.value.flatMap((room) => room.positions());
    const { token } = this.#handover;
    this.#connection.send({
      cmd: "session",
      proto: 3,
      ...(token && { token }),
      ...(token && resume.length > 0 && { resume }),
    });
  }

  #lost(): void {
    this.#ready.set(false);
    this.#rights.lost();
    this.#requests.refuseAll(refusal("offline"));
    this.#signIn?.lost();
    for (const settle of this.#listings) settle(refuse("offline"));
    const state = this.#connection.state.value;
    if (state.kind === "closed") this.#handover.clear(); // whoever took over has it now
    for (const room of this.#rooms.value) {
      if (state.kind === "closed")
        room.refuse({ code: state.reason, text: `The connection was ended: ${state.reason}.` });
      else room.lost();
    }
  }

  #received(frame: ServerFrame): void {
    if (frame.cmd === "session") return this.#session(frame);
    if (this.#signIn?.received(frame)) return;
    if (frame.cmd === "publicchannels") return this.#listed(frame.list);
    const channel = "channel" in frame ? frame.channel : undefined;
    const place = channel ?? (frame.cmd === "warn" ? frame.room : undefined);
    this.#requests.heard(frame);
    if (frame.cmd === "nack" && this.#requests.refused(frame.mid, serverRefusal(frame))) return;
    if (frame.cmd === "admitted") this.notices.emit("admitted", { channel: frame.channel });
    else if (place !== undefined) this.#find(place)?.receive(frame);
    else if (frame.cmd === "ack" || frame.cmd === "nack") for (const room of this.#rooms.value) room.receive(frame);
    else if (frame.cmd === "info") {
      this.notices.emit("info", { text: frame.text, id: frame.id ?? 0, time: frame.time ?? Date.now() });
    }
  }

  #session(frame: Frame<"session">): void {
    const [seat] = this.#rooms.value.map(({ channel, me }) => ({ channel, nick: me.value?.nick }));
    if (frame.token) this.#handover.renew(frame.token, seat);
    this.#rights.begin(frame);
    this.calls.set(frame.calls === true);
    if (this.#ready.value) return;
    if (!this.#signIn) return this.#begin(frame);
    void this.#signIn.begin().then((isHere) => isHere && this.#begin(frame));
  }

  #begin(frame: Frame<"session">): void {
    this.#ready.set(true);
    const restored = new Set(frame.restored ? (frame.channels ?? []) : []);
    for (const room of this.#rooms.value) if (!restored.delete(room.channel)) room.join();
    // Left while there was no connection.
    for (const channel of restored) if (typeof channel === "string") this.#send({ cmd: "leave", channel });
    for (const room of this.#rooms.value) room.resume();
    if (this.#listings.length > 0) this.#send({ cmd: "getchannels" });
  }

  #listed(list: readonly unknown[]): void {
    const channels = list.filter(isPublicChannel).map(({ name, count }) => ({ name, count }));
    for (const settle of this.#listings) settle({ ok: true, value: channels });
  }
}

function isPublicChannel(value: unknown): value is PublicChannel {
  if (typeof value !== "object" || value === null) return false;
  const { name, count } = value as Record<string, unknown>;
  return typeof name === "string" && typeof count === "number";
}
