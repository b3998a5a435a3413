import type { ChatClient } from "./client.ts";
import { Observable, type Observed } from "./observable.ts";
import { isTemporary } from "./refusals.ts";
import type { Refusal } from "./types.ts";

/** Who keeps order may come in later: so often they hear it, ms. */
const every = 30_000;

/** How it stands with a knock. Whoever is turned away is not told. */
export type KnockState = { kind: "waiting" } | { kind: "admitted" } | { kind: "refused"; refusal: Refusal };

/** What one says of oneself at a door. */
export interface KnockWords {
  channel: string;
  nick: string;
  pass?: string | undefined;
  /** At most 200 UTF-16 units. */
  text?: string | undefined;
}

/**
 * Asks to be let into a room until somebody does, over lost connections, too. One's key is proven first: whoever has one
 * can become a member, and those inside see who it is.
 */
export class KnockAtDoor {
  readonly state: Observed<KnockState>;
  readonly #state = new Observable<KnockState>({ kind: "waiting" });
  readonly #client: ChatClient;
  readonly #words: KnockWords;
  readonly #ends: (() => void)[];

  constructor(client: ChatClient, words: KnockWords) {
    this.#client = client;
    this.#words = words;
    this.state = this.#state;
    const timer = setInterval(() => void this.#knock(), every);
    this.#ends = [
      () => clearInterval(timer),
      client.ready.subscribe(() => void this.#knock()),
      client.notices.on("admitted", ({ channel }) => {
        if (channel === words.channel) this.#settle({ kind: "admitted" });
      }),
    ];
    void this.#knock();
  }

  /** Goes away. */
  end(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  async #knock(): Promise<void> {
    const { channel, nick, pass, text } = this.#words;
    if (!this.#client.ready.value) return; // it is done when there is a connection
    await this.#client.prove(); // without it one is let in as a guest
    if (this.#ends.length === 0) return;
    const frame = { cmd: "knock" as const, channel, nick, ...(pass && { pass }), ...(text && { text }) };
    const answer = await this.#client.ask(frame, (told) =>
      told.cmd === "knocked" && told.channel === channel ? true : undefined,
    );
    if (answer.ok || isTemporary(answer.refusal.code)) return;
    if (answer.refusal.code !== "offline" && answer.refusal.code !== "timeout") {
      this.#settle({ kind: "refused", refusal: answer.refusal });
    }
  }

  #settle(state: KnockState): void {
    if (this.#ends.length === 0) return;
    this.end();
    this.#state.set(state);
  }
}
