import { newId } from "../crypto/content.ts";
import { downloadsFolder, downloadsLock } from "./leftovers.ts";

/** A file in the browser's private place on the disk. */
export interface PrivateFile {
  handle: FileSystemFileHandle;
  remove(): Promise<void>;
}

let own: Promise<FileSystemDirectoryHandle | undefined> | undefined;

/**
 * Makes one, or `undefined` where the browser has no such place. Nobody knows when a browser has copied a file to where the person wants it, so it stays
 * as long as its page; what pages that have gone left there the next one removes.
 */
export async function privateFile(locks: LockManager | undefined): Promise<PrivateFile | undefined> {
  own ??= locks ? ownFolder(locks).catch(() => undefined) : Promise.resolve(undefined);
  const place = await own;
  if (!place) return undefined;
  try {
    const name = newId();
    return { handle: await place.getFileHandle(name, { create: true }), remove: () => place.removeEntry(name) };
  } catch {
    return undefined; // no space, e.g.
  }
}

async function ownFolder(locks: LockManager): Promise<FileSystemDirectoryHandle | undefined> {
  const all = await downloadsFolder(true);
  if (!all) return undefined;
  const id = newId();
  await new Promise<void>(
    (resolve) => void locks.request(downloadsLock(id), () => (resolve(), new Promise(() => undefined))),
  );
  return all.getDirectoryHandle(id, { create: true });
}
