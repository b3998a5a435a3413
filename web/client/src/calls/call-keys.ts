import { BaseKeyProvider, createKeyMaterialFromString } from "livekit-client";

/** Keys that a call holds of each sender at a time; a frame says which by their number. */
const ringSize = 16;

/** Hands the keys of a call to LiveKit: one for each sender, that only we set (spec/crypto.md §8). */
export class CallKeys extends BaseKeyProvider {
  constructor() {
    super({ sharedKey: false, ratchetWindowSize: 0, keyringSize: ringSize, failureTolerance: 10 });
  }

  /** The key with which `identity` sends from now on. @param key base64, which LiveKit stretches as a string */
  async set(identity: string, key: string, epoch: number): Promise<void> {
    this.onSetEncryptionKey(await createKeyMaterialFromString(key), identity, epoch % ringSize);
  }
}
