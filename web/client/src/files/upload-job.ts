import { concat } from "../crypto/bytes.ts";
import type { Attachment } from "../protocol/frames.ts";
import type { Message, Refusal } from "../types.ts";
import { edited } from "./edits.ts";
import type { Pace } from "./pace.ts";
import { sha256 } from "./seal.ts";
import type { TransferState } from "./types.ts";
import type { UploadRecord, UploadRecords, UploadState } from "./upload-records.ts";

/** Bytes at either end by which a file is known again. */
const edge = 65_536;

/** A file and what is done with it. */
export interface Job {
  held: Held;
  state: UploadState;
  pace: Pace;
  blob?: Blob | undefined;
  /** Nothing is there to read it from. */
  lost?: boolean;
  /** It was left complete, perhaps by another session, of which it has to be claimed. */
  claims?: boolean;
  /** Ends what runs. */
  running?: AbortController | undefined;
  waits?: boolean;
  /** What it waits for, where that may take long, or why its file is lost. */
  why?: Refusal | undefined;
}

/** A message whose files are on their way. */
export interface Held {
  record: UploadRecord;
  jobs: Job[];
  message: Message;
  /** Its objects are whole, and it is on its own way. */
  isReleased: boolean;
  unlock(): void;
  saving: Promise<unknown>;
}

/** A handle that asks whether it may be read. */
type Asking = FileSystemFileHandle & {
  queryPermission?(how: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(how: { mode: "read" }): Promise<PermissionState>;
};

/** What a file is read from: what was picked, else what lies on the device. */
export async function read(job: Job, records: UploadRecords | undefined): Promise<Blob | undefined> {
  if (job.blob) return job.blob;
  const { id } = job.state;
  try {
    const handle = await records?.handle(id);
    const file = handle && (await fromHandle(handle));
    // What is to be taken out of another file lies elsewhere.
    const source = file && (job.state.edits ? await sourceOf(file, job.state) : file);
    job.blob = handle ? source : await records?.bytes(id);
  } catch {
    return undefined; // moved, changed, or forbidden
  }
  return job.blob;
}

/** Asks the person, who has just pressed something, whether the file may be read. */
export async function askFor(job: Job, records: UploadRecords | undefined): Promise<void> {
  const handle: Asking | undefined = await records?.handle(job.state.id).catch(() => undefined);
  await handle?.requestPermission?.({ mode: "read" }).catch(() => undefined);
}

async function fromHandle(handle: Asking): Promise<Blob | undefined> {
  const allowed = (await handle.queryPermission?.({ mode: "read" })) ?? "granted";
  return allowed === "granted" ? handle.getFile() : undefined;
}

/** What goes out of a file on the disk. Nothing, when by its size and its ends it is another one. */
export async function sourceOf(file: Blob, { edits, check, file: { size } }: UploadState): Promise<Blob | undefined> {
  if (file.size !== size) return undefined;
  const blob = edited(file, edits);
  return (await edges(blob)) === check ? blob : undefined;
}

/** SHA-256 of the first and the last bytes of a file. */
export async function edges(blob: Blob): Promise<string> {
  const ends = [blob.slice(0, edge), blob.slice(Math.max(0, blob.size - edge))];
  const [head, tail] = await Promise.all(ends.map((end) => end.arrayBuffer()));
  return sha256(concat(new Uint8Array(head!), new Uint8Array(tail!)));
}

/** What the server has to know of an object. */
export function attachmentOf({ file, object }: UploadState): Attachment {
  const { objectKey, encryption } = file;
  return { objectKey, mime: "application/octet-stream", bytes: object?.bytes ?? 0, encryption };
}

/** How its transfer stands. */
export function stateOf({ state, lost, running, waits }: Job): TransferState {
  if (state.complete) return "done";
  if (lost) return "lost";
  if (state.refusal) return "failed";
  if (state.paused) return "paused";
  return running && !waits ? "running" : "waiting";
}
