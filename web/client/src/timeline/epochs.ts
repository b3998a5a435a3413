import type { Place } from "../types.ts";

/** The epochs of a room that are known, in their order. */
export class Epochs {
  #names: string[] = [];
  #index = new Map<string, number>();

  /** The newest, or `undefined` before the first. */
  get last(): string | undefined {
    return this.#names.at(-1);
  }

  /** A new epoch has begun, or the present one goes on. */
  begin(epoch: string): void {
    if (!this.#index.has(epoch)) this.#insert(this.#names.length, epoch);
  }

  /** What `epoch` was preceded by, as the server says. @returns false when that contradicts what is known. */
  precede(epoch: string, previous: string): boolean {
    this.begin(epoch);
    const at = this.#index.get(epoch)!;
    const known = this.#index.get(previous);
    if (known !== undefined) return known < at;
    this.#insert(at, previous);
    return true;
  }

  /** The epoch after `epoch`, as far as is known. */
  after(epoch: string): string | undefined {
    return this.#names[(this.#index.get(epoch) ?? this.#names.length) + 1];
  }

  /** Negative when `a` comes before `b`. An unknown epoch comes before all others. */
  compare(a: Place, b: Place): number {
    if (a.epoch === b.epoch) return a.seq - b.seq;
    return (this.#index.get(a.epoch) ?? -1) - (this.#index.get(b.epoch) ?? -1);
  }

  #insert(at: number, epoch: string): void {
    this.#names.splice(at, 0, epoch);
    this.#index = new Map(this.#names.map((name, i) => [name, i]));
  }
}
