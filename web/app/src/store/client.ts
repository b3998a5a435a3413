import { ChatClient, IndexedDbStore, argon2idInWorker } from "@hcchat/client";
import argon2Worker from "@hcchat/client/argon2.worker?worker&url";
import { startWorker } from "../trusted.ts";

export { OpenRoom } from "./openRoom.ts";

/** A client of the server that this page came from. Pinned salts and remembered keys lie in IndexedDB. */
export function newClient(): ChatClient {
  const url = new URL("chat-ws", location.href.replace(/[?#].*$/s, ""));
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new ChatClient({
    url: url.href,
    ...(typeof indexedDB === "undefined" ? {} : { store: new IndexedDbStore() }),
    argon2id: argon2idInWorker(() => startWorker(argon2Worker)),
  });
}
