import { concat, fromBase64Url, prefixed, toBase64Url, utf8 } from "./crypto/bytes.ts";
import type { Identity } from "./crypto/identity.ts";
import type { Frame } from "./protocol/frames.ts";
import { refuse } from "./refusals.ts";
import type { Requests } from "./requests.ts";
import type { Result } from "./types.ts";
import { Vault } from "./vault.ts";

/** From this level on one has a role in a room. */
const memberLevel = 8_999;

/** What {@link KeyRights} needs of its client. */
interface KeyRightsOwner {
  /** The server's address. */
  url: string;
  vault: Vault | undefined;
  requests: Requests;
  identity(): Promise<Identity>;
}

/**
 * Where one's key gives a right, and its proof. Whoever proves a key tells the server in which rooms it is, so that is done only for a room
 * which this device knows one has a role in, at a door that the proof helps to open, or when the person asks for it.
 */
export class KeyRights {
  readonly #owner: KeyRightsOwner;
  #nonce = "";
  /** The proof on this connection. */
  #proof: Promise<Result<string>> | undefined;

  constructor(owner: KeyRightsOwner) {
    this.#owner = owner;
  }

  /** A `session` frame has brought what is to be signed on this connection. */
  begin({ nonce }: Frame<"session">): void {
    this.#nonce = nonce ?? this.#nonce;
  }

  /** The connection is gone, and with it the proof. */
  lost(): void {
    this.#proof = undefined;
  }

  /**
   * Proves one's key to the server, once for each connection.
   * @returns how rooms know it; refused with `insecure_context`, `bad_signature`, `offline`, `timeout`
   */
  prove(): Promise<Result<string>> {
    if (this.#proof) return this.#proof;
    const proof = this.#prove().then((result) => {
      if (!result.ok && this.#proof === proof) this.#proof = undefined; // it may go better next time
      return result;
    });
    return (this.#proof = proof);
  }

  /**
   * Proves the key when that is of use in the room. What does not succeed is found out at the door.
   * @param sure whether it is of use in any case
   * @returns nothing to wait for where it is of none
   */
  introduce(channel: string, sure: boolean): Promise<unknown> | undefined {
    const { vault } = this.#owner;
    if (this.#proof) return this.#proof;
    if (sure) return this.prove();
    return vault?.get(this.#place(channel)).then(
      (role) => role && this.prove(),
      () => undefined, // no storage
    );
  }

  /** One has that level in a room now. @param entered whether one has just come in */
  has(channel: string, level: number, entered: boolean): void {
    const { vault } = this.#owner;
    if (!vault || !this.#proof) return;
    if (level >= memberLevel) void vault.put(this.#place(channel), {}).catch(() => undefined); // it is asked for again
    else if (entered) void this.forget(channel).catch(() => undefined);
  }

  /** The device forgets that one has a role there. */
  async forget(channel: string): Promise<void> {
    await this.#owner.vault?.delete(this.#place(channel));
  }

  async #prove(): Promise<Result<string>> {
    if (!Vault.works) return refuse("insecure_context");
    const { url, requests } = this.#owner;
    const [nonce, identity] = [fromBase64Url(this.#nonce), await this.#owner.identity()];
    if (!nonce) return refuse("offline");
    const challenge = concat(utf8("hc-auth/1"), prefixed(new URL(url).hostname), prefixed(nonce));
    const sig = toBase64Url(await identity.sign(challenge));
    return requests.ask({ cmd: "identify", key: identity.key, sig }, (frame) =>
      frame.cmd === "identity" ? frame.identity : undefined,
    );
  }

  #place(channel: string): string {
    return `role ${this.#owner.url} ${channel}`;
  }
}
