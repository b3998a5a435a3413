import { newId } from "../crypto/content.ts";

const folder = "hcchat-downloads";

/** A file in the browser's private place on the disk. */
export interface PrivateFile {
  handle: FileSystemFileHandle;
  remove(): Promise<void>;
}

let own: Promise<FileSystemDirectoryHandle | undefined> | undefined;

/**
 * Makes one, or `undefined` where the browser has no such place. What pages that have gone left there is removed: nobody knows when a browser has copied
 * a file to where the person wants it, so it stays as long as its page.
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
  if (typeof navigator === "undefined" || !navigator.storage?.getDirectory) return undefined;
  const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(folder, { create: true });
  const id = newId();
  await new Promise<void>(
    (resolve) => void locks.request(lockName(id), () => (resolve(), new Promise(() => undefined))),
  );
  for await (const left of (root as FileSystemDirectoryHandle & { keys(): AsyncIterable<string> }).keys()) {
    const remove = async (lock: Lock | null) => lock && root.removeEntry(left, { recursive: true });
    await locks.request(lockName(left), { ifAvailable: true }, remove).catch(() => undefined);
  }
  return root.getDirectoryHandle(id, { create: true });
}

function lockName(id: string): string {
  return `hcchat downloads ${id}`;
}
