import type { Vault } from "./vault.ts";

/** Earlier clients that are remembered. */
const most = 50;

/**
 * Which running clients (`sid`) in a room were ours, so that one's own messages are known as such after a reload. Nothing but
 * random numbers is kept, encrypted.
 */
export class OwnClients {
  readonly #vault: Vault | undefined;
  readonly #name: string;
  readonly #sids: Set<string>;

  /** @param sid this client's */
  constructor(vault: Vault | undefined, url: string, channel: string, sid: string) {
    this.#vault = vault;
    this.#name = ownClientsPlace(url, channel);
    this.#sids = new Set([sid]);
  }

  has(sid: string): boolean {
    return this.#sids.has(sid);
  }

  /** Takes in the earlier ones, and keeps this one with them. */
  async open(): Promise<void> {
    const known = (await this.#vault?.get(this.#name))?.["sids"];
    if (Array.isArray(known)) for (const sid of known) this.#sids.add(String(sid));
    await this.#vault?.put(this.#name, { sids: [...this.#sids].slice(0, most) });
  }
}

/** Where they are kept. */
export function ownClientsPlace(url: string, channel: string): string {
  return `clients ${url} ${JSON.stringify(channel)}`;
}
