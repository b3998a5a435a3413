import type { LeftNumbering } from "./handover.ts";
import type { Vault } from "./vault.ts";

/** Handings over that are remembered. */
const most = 50;

/** Which numberings of earlier pages somebody has gone on from: noted on the device, for a tab's storage may fall back after a crash. */
export class TakenNumberings {
  readonly #vault: Vault | undefined;
  readonly #name: string;

  constructor(vault: Vault | undefined, url: string, channel: string) {
    this.#vault = vault;
    this.#name = takenPlace(url, channel);
  }

  /**
   * Goes on from what the page before has left.
   * @returns the same, if nobody has gone on from it yet, which is now noted
   */
  async take(left: LeftNumbering | undefined): Promise<LeftNumbering | undefined> {
    if (!this.#vault || !left) return undefined;
    const known = (await this.#vault.get(this.#name))?.["taken"];
    const taken = Array.isArray(known) ? known.map(String) : [];
    if (taken.includes(left.id)) return undefined;
    await this.#vault.put(this.#name, { taken: [left.id, ...taken].slice(0, most) });
    return left;
  }
}

/** Where they are kept. */
export function takenPlace(url: string, channel: string): string {
  return `clients ${url} ${JSON.stringify(channel)}`;
}
