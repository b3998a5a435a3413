import { refuse } from "../refusals.ts";
import type { Refusal, Result } from "../types.ts";
import { backoff, type Patience } from "./patience.ts";
import { heard } from "./silence.ts";

/** How often in a row nothing may come of what the store answers. */
const maxRefusals = 3;
/** When it is asked again what has answered otherwise than it should, ms. */
const soon = 500;

/** Where an object can be got, and its size where the server says it. */
export interface ObjectAddress {
  url: string;
  bytes?: number;
}

/** What reading an object needs. */
export interface StoredOwner {
  /** A fresh address. */
  address(): Promise<Result<ObjectAddress>>;
  patience: Patience;
  signal: AbortSignal;
  /** Where it begins, if not at the first byte. */
  from?: number;
  /** Waits while it is paused. */
  gate?(): Promise<void> | undefined;
  /** So many bytes have come. */
  progress?(bytes: number): void;
  /** It stands still, or goes on. */
  waits?(isWaiting: boolean): void;
}

/** A refusal on its way through a stream. */
export class Refused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.code);
    this.refusal = refusal;
  }
}

/**
 * The bytes of an object as they lie in the store. After a break it goes on by Range from where it was. What it gives is as little to be
 * trusted as the store. The stream fails with {@link Refused}.
 */
export function stored(owner: StoredOwner): ReadableStream<Uint8Array> {
  const pieces = read(owner);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

async function* read(owner: StoredOwner): AsyncGenerator<Uint8Array, undefined> {
  const { signal, patience } = owner;
  let offset = owner.from ?? 0;
  let [tries, refusals] = [0, 0];
  for (;;) {
    await owner.gate?.();
    if (signal.aborted) throw new Refused(refuse("left").refusal);
    const address = await owner.address();
    let wait: number | undefined;
    if (!address.ok && !["offline", "timeout"].includes(address.refusal.code) && !address.refusal.retryAfterMs) {
      throw new Refused(address.refusal);
    }
    if (address.ok) {
      const { bytes } = address.value;
      const ending = new AbortController();
      const response = await ask(owner, address.value.url, offset, ending);
      const before = offset;
      if (response && isFrom(response, offset)) {
        for await (const piece of pieces(response, owner, ending)) {
          offset += piece.length;
          if (bytes !== undefined && offset > bytes) throw new Refused(refuse("E_TRAILING").refusal);
          owner.progress?.(offset);
          yield piece;
        }
        if (ended(response) && (bytes === undefined || offset === bytes)) return undefined;
      } else {
        await response?.body?.cancel();
      }
      if (offset > before) [tries, refusals] = [0, 0];
      else if (response && !isBusy(response)) {
        // What is not there, or not as long as it was, will not be there in a minute either.
        if (isGone(response) || ++refusals >= maxRefusals) {
          throw new Refused(refuse(offset > 0 && response.status !== 404 ? "E_TRUNCATED" : "not_found").refusal);
        }
        wait = soon; // somebody answers: it is no matter of the network
      }
    }
    owner.waits?.(true);
    if (!address.ok) wait = address.refusal.retryAfterMs;
    await patience.wait(wait ?? backoff(tries++), signal);
    owner.waits?.(false);
  }
}

/** Responses whose body came to its end. */
const whole = new WeakSet<Response>();
const ended = (response: Response) => whole.has(response);

async function* pieces(
  response: Response,
  { gate, signal }: StoredOwner,
  ending: AbortController,
): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      await gate?.();
      const { done, value } = await heard(reader.read(), ending);
      if (signal.aborted) return;
      if (done) return void whole.add(response);
      yield value;
    }
  } catch {
    // It broke off.
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function ask(
  owner: StoredOwner,
  url: string,
  offset: number,
  ending: AbortController,
): Promise<Response | undefined> {
  const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
  if (owner.signal.aborted) return undefined;
  const { signal } = ending;
  owner.signal.addEventListener("abort", () => ending.abort(), { once: true });
  try {
    const answer = fetch(url, { headers, signal, credentials: "omit", cache: "no-store", redirect: "error" });
    return await heard(answer, ending);
  } catch {
    return undefined;
  }
}

function isGone({ status }: Response): boolean {
  return status === 404 || status === 410 || status === 416;
}

function isBusy({ status }: Response): boolean {
  return status === 429 || status === 503;
}

function isFrom(response: Response, offset: number): boolean {
  return response.body !== null && response.status === (offset > 0 ? 206 : 200);
}
