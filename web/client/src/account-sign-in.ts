import type { Access } from "./account.ts";
import type { ClientFrame, ServerFrame } from "./protocol/frames.ts";
import { isTemporary, serverRefusal } from "./refusals.ts";
import type { Refusal } from "./types.ts";

/** Wait before the server is asked again when it named no time, ms. */
const pause = 2_000;

/** What shows who one is. */
interface AccessTokens {
  accessToken(refused?: string): Promise<Access>;
}

/** Tells the server on each connection whose account it is, before any room is entered. */
export class SignIn {
  readonly #tokens: AccessTokens;
  readonly #send: (frame: ClientFrame) => boolean;
  #connection = 0;
  #answered: ((refusal: Refusal | undefined) => void) | undefined;

  constructor(tokens: AccessTokens, send: (frame: ClientFrame) => boolean) {
    this.#tokens = tokens;
    this.#send = send;
  }

  /**
   * The session has begun. Settles when the server knows the account, or when there is none that it takes: then the rooms say why not.
   * @returns false when the connection has gone meanwhile
   */
  async begin(): Promise<boolean> {
    const connection = ++this.#connection;
    const isHere = () => connection === this.#connection;
    for (let refused: string | undefined; isHere();) {
      const access = await this.#tokens.accessToken(refused);
      if (!isHere()) break;
      if (access.kind === "none") return true;
      if (access.kind === "later") {
        await wait(access.afterMs);
        continue;
      }
      const refusal = await this.#identify(access.token);
      if (!isHere()) break;
      if (refusal && isTemporary(refusal.code)) await wait(refusal.retryAfterMs ?? pause);
      else if (refusal?.code === "bad_token" && refused === undefined) refused = access.token;
      else return true;
    }
    return false;
  }

  /** @returns whether the frame was the answer */
  received(frame: ServerFrame): boolean {
    const answered = this.#answered;
    if (!answered || !(frame.cmd === "identity" || (frame.cmd === "warn" && frame.room === undefined))) return false;
    this.#answered = undefined;
    answered(frame.cmd === "warn" ? serverRefusal(frame) : undefined);
    return true;
  }

  /** The connection is gone. */
  lost(): void {
    this.#connection++;
    this.#answered?.(undefined);
    this.#answered = undefined;
  }

  #identify(accessToken: string): Promise<Refusal | undefined> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#send({ cmd: "identify", accessToken });
    });
  }
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
