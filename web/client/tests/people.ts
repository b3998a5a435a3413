import { vi } from "vitest";
import { utf8 } from "../src/crypto/bytes.ts";
import { type KnownContent, newId } from "../src/crypto/content.ts";
import { seal } from "../src/crypto/envelope.ts";
import type { Identity } from "../src/crypto/identity.ts";
import { deriveRoomKeys, importRoot, type RoomKeys } from "../src/crypto/keys.ts";
import { ChatClient, type ClientOptions, type Message, type Room, type RoomAddress } from "../src/index.ts";
import type { LogServer } from "./log-server.ts";
import { pattern } from "./vectors.ts";

// WebCrypto works on threads of its own, which a busy machine may keep waiting.
vi.setConfig({ testTimeout: 120_000 });

export const channel = "r";
export const encrypted: RoomAddress = { channel, encrypted: true, key: pattern(32) };
export const plain: RoomAddress = { channel, encrypted: false };
export const keys: RoomKeys = await deriveRoomKeys(await importRoot(pattern(32)), channel);

/** A client and the room it is in. */
export interface Person {
  client: ChatClient;
  room: Room;
}

export function visit(
  server: LogServer,
  address: RoomAddress,
  nick: string,
  { pass, url = "wss://host/chat-ws", ...options }: Partial<ClientOptions> & { pass?: string | undefined } = {},
): Person {
  const client = new ChatClient({ url, WebSocket: server.WebSocket, ...options });
  return { client, room: client.join(address, nick, pass) };
}

/** Settles when the condition holds, however long that takes; everything here goes on by promises and immediates. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Everything that waits for no clock has had its turn. */
export async function settled(turns = 30): Promise<void> {
  for (let i = 0; i < turns; i++) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The messages in the timeline, in their order. */
export function messages(room: Room): Message[] {
  return room.log.timeline.entries.flatMap((entry) => (entry.type === "message" ? [entry.message] : []));
}

export function texts(room: Room): string[] {
  return messages(room).map(({ text }) => text);
}

/** The kinds of gaps in the timeline, and what stands between. */
export function outline(room: Room): string[] {
  return room.log.timeline.entries.flatMap((entry) => {
    if (entry.type === "message") return [entry.message.text];
    return entry.type === "gap" ? [`<${entry.gap.state}>`] : [];
  });
}

type Said = Partial<KnownContent> & Pick<KnownContent, "t">;

let count = 0;

/** A content of bob's as a sealed frame of its kind, signed when somebody signs it. */
export async function sealed(
  said: Said & Record<string, unknown>,
  frame: object = {},
  identity?: Identity,
): Promise<Record<string, unknown>> {
  const id = newId();
  const content = { id, ts: Date.now(), nick: "bob", sid: "EBESExQVFhc", n: count++, ...said };
  const text = await seal(keys, utf8(JSON.stringify(content)), identity);
  return { cmd: "chat", nick: "bob", userid: 1, mid: content.id, text, ...frame };
}
