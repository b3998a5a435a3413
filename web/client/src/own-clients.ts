import type { LeftNumbering } from "./handover.ts";
import type { Vault } from "./vault.ts";

/** Earlier clients and handings over that are remembered. */
const most = 50;

/**
 * Which running clients (`sid`) in a room were ours, so that one's own messages are known as such after a reload. Nothing but
 * random numbers is kept, encrypted.
 */
export class OwnClients {
  readonly #vault: Vault | undefined;
  readonly #name: string;
  #sids: ReadonlySet<string> = new Set();

  constructor(vault: Vault | undefined, url: string, channel: string) {
    this.#vault = vault;
    this.#name = ownClientsPlace(url, channel);
  }

  has(sid: string): boolean {
    return this.#sids.has(sid);
  }

  /**
   * Takes in the earlier ones, and keeps this one with them.
   * @param sid this client's
   * @param left what the page before has left, under its own `sid`
   * @returns the same, if nobody has gone on from it yet, which is now noted on the device: a tab's storage may fall back after a crash
   */
  async open(sid: string, left: LeftNumbering | undefined): Promise<LeftNumbering | undefined> {
    const known = await this.#vault?.get(this.#name);
    const list = (name: string) => (Array.isArray(known?.[name]) ? known[name].map(String) : []);
    const taken = list("taken");
    const fresh = this.#vault && left && !taken.includes(left.id) ? left : undefined;
    const sids = [...new Set([fresh?.sid ?? sid, ...list("sids")])].slice(0, most);
    this.#sids = new Set(sids);
    await this.#vault?.put(this.#name, { sids, taken: [...(left ? [left.id] : []), ...taken].slice(0, most) });
    return fresh;
  }
}

/** Where they are kept. */
export function ownClientsPlace(url: string, channel: string): string {
  return `clients ${url} ${JSON.stringify(channel)}`;
}
