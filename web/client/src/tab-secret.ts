import { fromBase64, toBase64 } from "./crypto/bytes.ts";
import type { Handover } from "./handover.ts";
import type { RoomAddress } from "./types.ts";
import type { Vault } from "./vault.ts";

/** What of an address opens the room or belongs to its link. */
type Secret = Pick<RoomAddress, "key" | "passphrase" | "salt" | "title" | "compat">;

/**
 * What opens a room, kept for the life of the tab, so that a reload asks for nothing. It lies in the tab's storage encrypted under
 * the key of this device, which no script can read out; a copy of the tab does not get it (see {@link Handover}).
 */
export class TabSecret {
  readonly #vault: Vault;
  readonly #handover: Handover;
  readonly #url: string;

  /** @param url the server's address */
  constructor(vault: Vault, handover: Handover, url: string) {
    this.#vault = vault;
    this.#handover = handover;
    this.#url = url;
  }

  /** Keeps it until the room is left. @param stays whether one is still in the room */
  async keep({ channel, key, passphrase, salt, title, compat }: RoomAddress, stays: () => boolean): Promise<void> {
    const binary = { key: key && toBase64(key), salt: salt && toBase64(salt) };
    const sealed = await this.#vault.seal(this.#name(channel), { ...binary, passphrase, title, compat });
    if (!stays()) return;
    this.#handover.keepSecret(channel, { iv: toBase64(sealed.iv), data: toBase64(sealed.data) });
  }

  /** What the page before has left of a room, or `undefined`. */
  async find(channel: string): Promise<Secret | undefined> {
    const { iv, data } = this.#handover.secret(channel) ?? {};
    const sealed = { iv: bytes(iv), data: bytes(data) };
    const { key, salt, passphrase, title, compat } = (await this.#vault.open(this.#name(channel), sealed)) ?? {};
    const [keyBytes, saltBytes] = [bytes(key), bytes(salt)];
    if (!keyBytes && typeof passphrase !== "string") return undefined;
    return {
      ...(keyBytes && { key: keyBytes }),
      ...(saltBytes && { salt: saltBytes }),
      ...(typeof passphrase === "string" && { passphrase }),
      ...(typeof title === "string" && { title }),
      ...(compat === true && { compat }),
    };
  }

  #name(channel: string): string {
    return `tab secret ${this.#url} ${channel}`;
  }
}

function bytes(text: unknown): Uint8Array<ArrayBuffer> | undefined {
  return typeof text === "string" ? fromBase64(text) : undefined;
}
