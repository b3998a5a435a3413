import { type Bytes, release } from "../crypto/bytes.ts";
import { refuse } from "../refusals.ts";
import { Refused } from "./stored.ts";

/** Most bytes that are held in memory where there is no other place. */
export const mostInMemory = 1_000_000_000;
/** Bytes that are written at a time, for each writing has its cost. */
const atOnce = 1_048_576;

/** Where plaintext goes: a place that a person has chosen, one of the browser's own, which only workers write to, or memory. */
export type Place = "memory" | { handle: FileSystemFileHandle; isPrivate: boolean };

/** A place that is being written to. */
export interface Target {
  /** Takes the piece over. */
  write(piece: Uint8Array): Promise<void>;
  /** All is there, and right. @returns it, where it lies in memory */
  keep(): Promise<Blob | undefined>;
  /** It is nothing. */
  drop(): Promise<void>;
}

/** What is under a target. Bytes are overwritten when `put` has settled. */
interface Ground {
  put(bytes: Bytes): Promise<void>;
  keep(): Promise<Blob | undefined>;
  drop(): Promise<void>;
}

/** @throws what the browser says when it does not let one write there */
export async function openTarget(place: Place): Promise<Target> {
  const ground = await (place === "memory" ? memory() : place.isPrivate ? own(place.handle) : chosen(place.handle));
  const held = new Uint8Array(atOnce);
  let length = 0;
  const flush = async () => {
    if (length > 0) await ground.put(held.subarray(0, length));
    length = 0;
  };
  return {
    async write(piece) {
      for (let at = 0; at < piece.length;) {
        const taken = piece.subarray(at, at + atOnce - length);
        held.set(taken, length);
        at += taken.length;
        length += taken.length;
        if (length === atOnce) await flush();
      }
      release(piece as Bytes);
    },
    async keep() {
      await flush();
      return ground.keep();
    },
    drop: () => ground.drop(),
  };
}

async function chosen(handle: FileSystemFileHandle): Promise<Ground> {
  const sink = await handle.createWritable();
  return { put: (bytes) => sink.write(bytes), keep: async () => void (await sink.close()), drop: () => sink.abort() };
}

/** Only workers have such, and every browser with a place of its own has them there. */
interface SyncAccess {
  write(bytes: Bytes, options: { at: number }): number;
  close(): void;
}

async function own(handle: FileSystemFileHandle): Promise<Ground> {
  const opening = handle as FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncAccess> };
  const access = await opening.createSyncAccessHandle();
  let at = 0;
  return {
    async put(bytes) {
      for (let done = 0; done < bytes.length;) {
        const written = access.write(bytes.subarray(done), { at: at + done });
        if (written <= 0) throw new Refused(refuse("E_RESOURCE").refusal);
        done += written;
      }
      at += bytes.length;
    },
    keep: async () => void access.close(),
    drop: async () => access.close(),
  };
}

/** In blobs, which browsers keep elsewhere than in the page, and put to the disk when they are many. */
async function memory(): Promise<Ground> {
  const held: Blob[] = [];
  let size = 0;
  return {
    async put(bytes) {
      size += bytes.length;
      if (size > mostInMemory) throw new Refused(refuse("too_large").refusal);
      held.push(new Blob([bytes]));
    },
    keep: async () => new Blob(held),
    drop: async () => void held.splice(0),
  };
}
