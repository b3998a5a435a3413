import type { Refusal } from "../types.ts";
import type { Edit } from "./edits.ts";

export type { Edit };

/** How an object is encrypted (spec/crypto.md §7). */
export type FileEncryption =
  | { scheme: "secretstream.xchacha20poly1305"; headerB64: string; chunkSize: number }
  | { scheme: "aes-256-gcm"; nonceB64: string }
  | { scheme: "aes-256-gcm.stream"; noncePrefixB64: string; chunkSize: number }
  /** The HChat app's `.hcss`: its header lies in the object, its key is made of the room's passphrase. */
  | { scheme: "hcss" };

/** A small picture of a file, as it travels in a message. */
export interface Thumb {
  /** `image/webp`, `image/jpeg` or `image/png`. */
  mime: string;
  /** Pixels. */
  w: number;
  h: number;
  /** At most 8 KiB of it. */
  dataB64: string;
}

/** What sender and receiver say of a file beside its bytes. */
export interface FileLooks {
  /** Pixels. */
  w?: number;
  h?: number;
  /** Duration, ms. */
  durMs?: number;
  /** Spoken into the chat just now. */
  voice?: true;
  /** A BlurHash, at most 64 characters. */
  blur?: string;
}

/** A file as a message has it. Everything in it is the sender's word. */
export interface SharedFile extends FileLooks {
  /** The object in the store; empty while it is being sent. */
  objectKey: string;
  /** 1–255 UTF-16 units, without a path and without what would reorder the text around it. */
  name: string;
  mime: string;
  /** Bytes; of a file of the HChat app 0, for nobody says it. */
  size: number;
  /** The object's own key. Empty where it is made of the room's. */
  keyB64: string;
  encryption: FileEncryption;
  /** SHA-256 of the stored object. */
  sha256B64?: string;
  /** Loudness over its time: 1–100 bytes. */
  waveB64?: string;
  thumb?: Thumb;
}

/** A file to send. */
export interface FileDraft extends FileLooks {
  blob: Blob;
  /** Where the browser has one: with it an upload goes on by itself after a reload, however large the file is. */
  handle?: FileSystemFileHandle;
  /** What in the file on the disk, by its handle or picked again, has to be made other to be `blob` again. */
  edits?: readonly Edit[];
  name: string;
  mime: string;
  /** Loudness over its time: 1–100 bytes. */
  wave?: Uint8Array;
  thumb?: { mime: string; w: number; h: number; data: Uint8Array };
}

/** How far a file is on its way. Objects are never changed: each step is a new one. */
export type TransferState =
  /** For its turn, for the connection, or for what `refusal` says. */
  | "waiting"
  | "running"
  | "paused"
  /** `refusal` says why; `retry` begins again. */
  | "failed"
  /** After a reload its file must be picked again: `pick`. */
  | "lost"
  | "done";

/** A file on its way up or down. */
export interface Transfer {
  id: string;
  /** The key of the message that it belongs to. */
  message: string;
  /** Which of the message's files it is, from 0. */
  index: number;
  name: string;
  /** Bytes. */
  size: number;
  way: "up" | "down";
  state: TransferState;
  /** Bytes. */
  done: number;
  /** Bytes a second of late; 0 when it stands still. */
  rate: number;
  refusal?: Refusal;
  /** It lies in memory until it is whole: this browser has no other place for it. */
  inMemory?: true;
}

/** What a page gives, so that files work in it: only a page may start workers. */
export interface FileWorkers {
  /** Starts the worker of `@hcchat/client/seal.worker`. Without it files are encrypted where the page runs. */
  seal?(): Worker;
  /** Starts the worker of `@hcchat/client/fetch.worker`. Without it files are decrypted where the page runs, and lie in memory. */
  fetch?(): Worker;
  /** The service worker (`sw.js`) that serves this page, once it does; `undefined` where there is none. */
  media?(): Promise<ServiceWorker | undefined>;
}
