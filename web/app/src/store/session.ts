import { signal } from '@preact/signals';
import { ChatClient, IndexedDbStore, MemoryStore, argon2idInWorker, type RoomAddress } from '@hcchat/client';
import argon2Worker from '@hcchat/client/argon2.worker?worker&url';
import { startWorker } from '../trusted.ts';
import { hasDrafts } from './drafts.ts';
import { OpenRoom } from './openRoom.ts';
import { forgetRecent, known, noteRecent } from './recent.ts';
import { goToRoom, goToStart, showInBar, barFragment, route } from './route.ts';
import { lastNick } from './settings.ts';

/** The room this page is in. One at a time; the client could hold more. */
export const session = signal<OpenRoom | undefined>(undefined);

const keys = typeof indexedDB === 'undefined' ? new MemoryStore() : new IndexedDbStore();

function newClient(): ChatClient {
  const url = new URL('chat-ws', location.href.replace(/[?#].*$/s, ''));
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return new ChatClient({
    url: url.href,
    store: keys,
    argon2id: argon2idInWorker(() => startWorker(argon2Worker)),
  });
}

/** Goes into a room. The outcome shows in the session's state. */
export function enter(address: RoomAddress, nick: string, pass?: string): void {
  session.value?.dispose();
  lastNick.value = nick;
  const here = route.value;
  if (here.kind === 'room' && here.address.channel === address.channel) {
    showInBar(barFragment(address));
    route.value = { kind: 'room', address, mode: address.encrypted ? 'encrypted' : 'plain' };
  } else {
    goToRoom(address);
  }
  const client = newClient();
  const opened = new OpenRoom(client, client.join(address, nick, pass), pass);
  session.value = opened;
  void opened.room.entered.then((result) => {
    if (result.ok) note(opened);
  });
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
  const opened = session.value;
  if (!opened) return;
  const { key: _, passphrase: __, ...rest } = opened.room.address;
  const secret = changes.passphrase !== undefined || changes.key ? {} : opened.room.address;
  enter({ ...rest, ...secret, ...changes }, opened.me.value?.nick ?? lastNick.value, opened.pass);
}

export function leave(): void {
  session.value?.room.leave();
  session.value?.dispose();
  session.value = undefined;
  goToStart();
}

/** Ends what is left of the session when the address bar goes elsewhere. */
export function followRoute(): void {
  const here = route.value;
  const opened = session.peek();
  if (opened && (here.kind !== 'room' || here.address.channel !== opened.room.channel)) {
    opened.room.leave();
    opened.dispose();
    session.value = undefined;
  }
}

/** Takes a room off this device: its entry, its remembered key and its pinned salt. */
export async function forget(channel: string): Promise<void> {
  forgetRecent(channel);
  const client = newClient();
  await client.forget(channel);
  client.close();
}

/** The browser asks before the page goes when something typed or unsent would be lost. */
export function guardUnsent(): void {
  addEventListener('beforeunload', (event) => {
    if (hasDrafts() || session.value?.hasUnsent()) event.preventDefault();
  });
}
