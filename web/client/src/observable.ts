/** A value that tells its listeners when it is replaced. Values are never changed in place, so `===` detects a change. */
export class Observable<T> {
  #value: T;
  readonly #listeners = new Set<(value: T) => void>();

  constructor(initial: T) {
    this.#value = initial;
  }

  /** The present value. */
  get value(): T {
    return this.#value;
  }

  /** Replaces the value and tells every listener; an identical value is not told. */
  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of Array.from(this.#listeners)) listener(value);
  }

  /**
   * Calls `listener` with every later value (not with the present one).
   * @returns the function that ends the subscription.
   */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** An {@link Observable} that its receiver may only watch. */
export type Observed<T> = Pick<Observable<T>, "value" | "subscribe">;

/** Typed events: `Events` maps each event's name to what its listeners are given. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(payload: never) => void>>();

  /**
   * Calls `listener` on each such event.
   * @returns the function that ends the subscription.
   */
  on<Name extends keyof Events>(name: Name, listener: (payload: Events[Name]) => void): () => void {
    const set = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  /** Tells the listeners of `name`, in the order of their subscription. */
  emit<Name extends keyof Events>(name: Name, payload: Events[Name]): void {
    for (const listener of Array.from(this.#listeners.get(name) ?? [])) {
      (listener as (payload: Events[Name]) => void)(payload);
    }
  }
}
