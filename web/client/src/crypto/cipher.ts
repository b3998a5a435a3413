import type { Bytes } from "./bytes.ts";
import { type Content, readContent } from "./content.ts";
import { open, seal } from "./envelope.ts";
import type { Identity, IdentityKey } from "./identity.ts";
import type { RoomKeys } from "./keys.ts";

/** What an envelope held: a content object and who signed it, if anybody did, or the bare text of envelope v1. */
export type Opened = { content: Content; signer: IdentityKey | undefined } | { legacy: string };

/** How one room seals and opens (e2ee §12). */
export interface RoomCipher {
  /** Names the key (the room's code for reading aloud); envelope v1 has none. */
  readonly kid: string | undefined;
  /** What the keys of objects without one of their own are made of; envelope v1 has none. */
  readonly keys?: RoomKeys;
  /** Seals a content, JSON for v2 and text for v1, of at most 32,767 bytes; 32,671 when it is signed. @throws CryptoError E_LIMIT */
  seal(content: Bytes): Promise<string>;
  /** @throws CryptoError */
  open(text: string): Promise<Opened>;
}

/** Envelope v2 under a passphrase or a room key. */
export class PassphraseCipher implements RoomCipher {
  readonly keys: RoomKeys;
  readonly #signer: (() => Promise<Identity>) | undefined;

  /** @param signer who signs all that is sealed; asked each time, for it may become another. */
  constructor(keys: RoomKeys, signer?: () => Promise<Identity>) {
    this.keys = keys;
    this.#signer = signer;
  }

  get kid(): string {
    return this.keys.kid;
  }

  async seal(content: Bytes): Promise<string> {
    return seal(this.keys, content, await this.#signer?.());
  }

  async open(text: string): Promise<Opened> {
    const { content, signer } = await open([this.keys], text, this.keys.channel);
    return { content: readContent(content), signer };
  }
}
