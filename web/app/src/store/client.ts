import {
  ChatClient,
  Handover,
  IndexedDbStore,
  argon2idInWorker,
  type RoomAddress,
  sweepDownloads,
} from "@hcchat/client";
import argon2Worker from "@hcchat/client/argon2.worker?worker&url";
import fetchWorker from "@hcchat/client/fetch.worker?worker&url";
import sealWorker from "@hcchat/client/seal.worker?worker&url";
import { accountNow } from "../login/state.ts";
import { startWorker } from "../trusted.ts";
import { forgets } from "./storage.ts";

export { OpenRoom } from "./openRoom.ts";

/** One for the page's whole life: where the browser keeps nothing, what it knows lives as long as the page. */
const store = new IndexedDbStore();
void store.opened.then((works) => works || (forgets.value = true));

void sweepDownloads(navigator.locks).catch(() => undefined);

/** By account: whoever has logged out is not taken for who one was. */
const handovers = new Map<string, Promise<Handover>>();

/** A client of the server that this page came from. What outlives the page lies in IndexedDB. */
export function newClient(left?: Handover): ChatClient {
  const account = accountNow();
  return new ChatClient({
    url: serverUrl(),
    ...(account && { account }),
    ...(left && { handover: left }),
    store,
    files: {
      seal: () => startWorker(sealWorker),
      fetch: () => startWorker(fetchWorker),
      media: async () => (await import("./mediaWorker.ts")).mediaWorker(),
    },
    argon2id: argon2idInWorker(() => startWorker(argon2Worker)),
  });
}

/** The same, for whoever one was before the page was loaded again. */
export async function newClientAsBefore(): Promise<ChatClient> {
  const state = accountNow()?.state.value;
  const place = state?.kind === "in" ? `${serverUrl()} ${state.identity}` : serverUrl();
  const handover = handovers.get(place) ?? openHandover(place);
  handovers.set(place, handover);
  return newClient(await handover);
}

/** What opens a room that this tab was in before the page was loaded again. */
export async function leftInTab(channel: string): Promise<Partial<RoomAddress> | undefined> {
  return (await newClientAsBefore()).left(channel);
}

async function openHandover(place: string): Promise<Handover> {
  const locks = navigator.locks as LockManager | undefined; // a page on plain http has none
  const storage = {
    getItem: (name: string) => sessionStorage.getItem(name),
    setItem: (name: string, value: string) => sessionStorage.setItem(name, value),
  };
  const opened = await Handover.open(place, storage, locks);
  addEventListener("pagehide", () => opened.leave());
  addEventListener("pageshow", () => opened.takeBack()); // it was put aside only
  return opened;
}

function serverUrl(): string {
  const url = new URL("chat-ws", location.href.replace(/[?#].*$/s, ""));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
