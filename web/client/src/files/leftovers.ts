type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterable<string> };

/** The folder in the browser's private place on the disk where files lie, decrypted, until it has copied them to where somebody wants them. */
export async function downloadsFolder(create: boolean): Promise<Folder | undefined> {
  if (typeof navigator === "undefined" || !navigator.storage?.getDirectory) return undefined;
  const root = await navigator.storage.getDirectory();
  return (await root.getDirectoryHandle("hcchat-downloads", { create })) as Folder;
}

/** What a page holds as long as what it has put there is wanted. */
export const downloadsLock = (page: string): string => `hcchat downloads ${page}`;

/** Removes what pages that have gone left there. To be called when a page begins: nobody else would before the next large file is saved. */
export async function sweepDownloads(locks: LockManager | undefined): Promise<void> {
  const folder = locks && (await downloadsFolder(false).catch(() => undefined));
  for await (const left of folder?.keys() ?? []) {
    const remove = async (lock: Lock | null) => lock && folder?.removeEntry(left, { recursive: true });
    await locks?.request(downloadsLock(left), { ifAvailable: true }, remove).catch(() => undefined);
  }
}
