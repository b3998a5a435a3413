import { Observable } from "./observable.ts";
import type { Frame } from "./protocol/frames.ts";
import type { Knock } from "./types.ts";

/** Most that wait at a time; the newest are shown. */
const most = 50;

/** Who stands before the door. Whoever knocks says so again and again, so that somebody who comes later hears it, too. */
export class Knocks {
  readonly waiting = new Observable<readonly Knock[]>([]);
  /** Who was turned away, so that their next knock disturbs nobody. */
  readonly #denied = new Set<number>();

  receive(frame: Frame<"knock"> | Frame<"knockAnswered">): void {
    const { userid } = frame;
    if (frame.cmd === "knockAnswered") {
      if (frame.denied) this.#denied.add(userid);
      this.gone(userid);
    } else if (!this.#denied.has(userid)) {
      const known = this.waiting.value.some((other) => other.userid === userid);
      const others = this.waiting.value.map((other) => (other.userid === userid ? frame : other));
      this.waiting.set(known ? others : [...others, frame].slice(-most));
    }
  }

  /** Nobody of that number waits any more. */
  gone(userid: number): void {
    const left = this.waiting.value.filter((knock) => knock.userid !== userid);
    if (left.length < this.waiting.value.length) this.waiting.set(left);
  }
}
