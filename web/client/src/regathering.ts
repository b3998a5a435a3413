/** Longest time that messages wait for the others to come back, ms. */
const patience = 20_000;

/**
 * After a loss that hit everybody, e.g. a restart of the server, the first to be back is alone: what he said meanwhile would
 * go to an empty room and count as sent. So when others were there before, it waits until one of them is there again.
 */
export class Regathering {
  readonly #over: () => void;
  #expected = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param over told when a wait has ended, because somebody came or the patience did. */
  constructor(over: () => void) {
    this.#over = over;
  }

  /** Whether messages are to be held back now. */
  get waiting(): boolean {
    return this.#timer !== undefined;
  }

  /** The connection is gone. @param company whether others were in the room */
  lost(company: boolean): void {
    this.close();
    this.#expected ||= company;
  }

  /** The room was entered, for the first time or again. @param company whether others are in it */
  entered(company: boolean): void {
    if (company) this.met();
    else if (this.#expected) this.#timer ??= setTimeout(() => this.met(), patience);
  }

  /** Somebody is there, or is not waited for any longer. */
  met(): void {
    const { waiting } = this;
    this.#expected = false;
    this.close();
    if (waiting) this.#over();
  }

  /** Ends the timer. */
  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
