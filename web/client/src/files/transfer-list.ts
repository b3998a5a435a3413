import { Observable } from "../observable.ts";
import type { Transfer } from "./types.ts";

/** What is on its way in a room. */
export class TransferList extends Observable<ReadonlyMap<string, Transfer>> {
  constructor() {
    super(new Map());
  }

  /** Its new state. */
  put(transfer: Transfer): void {
    this.set(new Map(this.value).set(transfer.id, transfer));
  }

  /** It is not on its way any more. */
  drop(id: string): void {
    const rest = new Map(this.value);
    if (rest.delete(id)) this.set(rest);
  }
}
