import { batch, signal } from "@preact/signals";
import type { RoomAddress } from "@hcchat/client";
import { accountIfAny } from "../login/state.ts";
import { Choosing } from "./choosing.ts";
import { hasDrafts } from "./drafts.ts";
import type { OpenRoom } from "./openRoom.ts";
import { forgetRecent, known, noteRecent } from "./recent.ts";
import { goToRoom, goToStart, showInBar, barFragment, route } from "./route.ts";
import { lastNick } from "./settings.ts";

/** The room this page is in. One at a time; the client could hold more. */
export const session = signal<OpenRoom | undefined>(undefined);

/** The client and the room's own state are fetched when the first room is opened. */
export const roomCode = () => Promise.all([import("./client.ts"), accountIfAny()]).then(([code]) => code);

/** That code could not be fetched: no connection, or a new version took the place of this one. */
export const incomplete = signal(false);

/** How the rooms of this page's life were opened, so that going back to one asks for nothing. In memory only. */
export const held = new Map<string, RoomAddress>();

/**
 * What the page before this one has left of a room in this tab. Nothing is fetched for it where there was none.
 */
export async function leftInTab(channel: string): Promise<Partial<RoomAddress> | undefined> {
  try {
    if (!Object.keys(sessionStorage).some((name) => name.startsWith("hcchat.tab "))) return undefined;
    return await (await roomCode()).leftInTab(channel);
  } catch {
    return undefined; // no storage, or no code: then it is asked for
  }
}

/** Counts the visits begun, so that one that was given up while its code was being fetched is not carried out. */
let visits = 0;

/** Goes into a room. The outcome shows in the session's state. */
export async function enter(address: RoomAddress, nick: string, pass?: string): Promise<void> {
  const visit = ++visits;
  const before = session.peek();
  // The same connection where there is one: leaving and joining again then happen in this order.
  const kept = before && before.client.state.value.kind !== "closed" ? before.client : undefined;
  const code = await roomCode().catch(() => undefined);
  incomplete.value = code === undefined;
  if (!code || visit !== visits) return;
  const { OpenRoom, newClientAsBefore } = code;
  const client = kept ?? (await newClientAsBefore());
  if (visit !== visits) return;
  before?.end();
  if (before && !kept) before.client.close();
  const opened = new OpenRoom(client, client.join(address, nick, pass), pass);
  batch(() => {
    session.value = opened;
    lastNick.value = nick;
    const here = route.value;
    if (here.kind === "room" && here.address.channel === address.channel) {
      showInBar(barFragment(address));
      route.value = { kind: "room", address, mode: address.encrypted ? "encrypted" : "plain" };
    } else {
      goToRoom(address);
    }
  });
  const result = await opened.room.entered;
  if (!result.ok) return;
  lastNick.value = opened.me.peek()?.nick ?? nick;
  const { invite: _, ...rest } = address; // it has done its work
  held.set(address.channel, rest);
  note(opened);
}

function note(opened: OpenRoom): void {
  const { address } = opened.room;
  const title = opened.title.value ?? known(address.channel)?.title;
  noteRecent({
    channel: address.channel,
    encrypted: address.encrypted,
    remembered: address.remember === true,
    ...(title ? { title } : {}),
    ...(address.compat ? { compat: true } : {}),
  });
}

/** The same room once more, e.g. with another passphrase or after another window took over. */
export function reenter(changes: Partial<RoomAddress> = {}): void {
  const opened = session.peek();
  if (!opened) return;
  const { key: _, passphrase: __, ...rest } = opened.room.address;
  const secret = changes.passphrase !== undefined || changes.key ? {} : opened.room.address;
  void enter({ ...rest, ...secret, ...changes }, opened.me.peek()?.nick ?? lastNick.peek(), opened.pass);
}

/** Out of the room and back to the start page. */
export function leave(): void {
  close();
  goToStart();
}

/** Ends what is left of the session when the address bar goes elsewhere. */
export function followRoute(): void {
  const here = route.value;
  const opened = session.peek();
  if (!opened) return void visits++;
  if (here.kind !== "room" || here.address.channel !== opened.room.channel) return close();
  const { key } = here.address;
  const invite = opened.state.peek().kind === "refused" && here.address.invite;
  // A link to this very room was opened: with another key, or with an invitation before its door.
  if ((key && key !== opened.room.address.key) || invite) {
    reenter({ ...(key && { key }), ...(invite && { invite }) });
  }
}

function close(): void {
  visits++;
  const opened = session.peek();
  if (opened?.wasJoined.peek()) note(opened); // its title may have become known
  session.value = undefined;
  opened?.end();
  opened?.client.close();
}

/** Takes a room off this device: its entry, its remembered key and its pinned salt. */
export async function forget(channel: string): Promise<void> {
  forgetRecent(channel);
  held.delete(channel);
  const { newClient } = await roomCode();
  const client = newClient();
  await client.forget(channel);
  client.close();
}

/** The browser asks before the page goes when something typed or unsent would be lost. */
export function guardUnsent(): void {
  addEventListener("beforeunload", (event) => {
    if (hasDrafts() || Choosing.records || session.value?.hasUnsent()) event.preventDefault();
  });
}
