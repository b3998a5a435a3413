import { signal } from "@preact/signals";
import type { Voice } from "../files/voice.ts";

/** A file that was chosen and not sent yet. Never changed: what is decided about it makes a new one. */
export interface Picked {
  file: File;
  /** With it an upload goes on after a reload by itself. */
  handle?: FileSystemFileHandle;
  /** Sent as it is, with whatever a picture tells besides what one sees. */
  unchanged?: boolean;
  /** It was dropped, and cannot be sent. */
  isFolder?: boolean;
}

/** By room: what is chosen outlives a reconnect and another visit, like what is typed. */
const rooms = new Map<string, Choosing>();

/** What is being chosen in a room: files, or words to be recorded. */
export class Choosing {
  /** That of a room. */
  static of(channel: string): Choosing {
    const choosing = rooms.get(channel) ?? new Choosing();
    rooms.set(channel, choosing);
    if (!choosing.recording) choosing.open.value = undefined;
    choosing.dragged.value = false;
    return choosing;
  }

  /** Whether words that were recorded in some room wait there. */
  static get records(): boolean {
    return [...rooms.values()].some(({ recording }) => recording);
  }

  /** What is being recorded, or was and is neither sent nor discarded yet. */
  recording: Voice | undefined;
  readonly picked = signal<readonly Picked[]>([]);
  /** What stands open for it, and the button that it belongs to. */
  readonly open = signal<{ kind: "menu" | "voice"; anchor: HTMLElement } | undefined>(undefined);
  /** Files are being dragged over the page. */
  readonly dragged = signal(false);
  /** Batches that were sent and are still being prepared. */
  readonly preparing = signal(0);

  add(more: readonly Picked[]): void {
    if (more.length > 0) this.picked.value = [...this.picked.peek(), ...more];
  }

  /** Whether something chosen would be lost with the page. */
  get unsent(): boolean {
    return this.picked.peek().length + this.preparing.peek() > 0;
  }
}
