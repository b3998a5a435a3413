/** At most one sign in this time, ms. */
const every = 3_000;

/** When it is time to tell the others again that one is typing. */
export class TypingSign {
  #toldAt = 0;

  /** Whether to tell them now. */
  isDue(): boolean {
    const now = Date.now();
    if (now - this.#toldAt < every) return false;
    this.#toldAt = now;
    return true;
  }
}
