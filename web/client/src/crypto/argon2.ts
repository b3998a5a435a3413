import { CryptoError } from "./errors.ts";
import type { Argon2id } from "./keys.ts";

/** What the worker is asked. */
export interface Question {
  password: Uint8Array;
  salt: Uint8Array;
}

/** What it says. */
export type Answer = { root: Uint8Array } | { failed: true };

/**
 * Argon2id in a module worker of `@hcchat/client/argon2.worker`, ended after each use so that its 64 MiB are given back.
 * @param createWorker makes the worker; the page does it, because only the page has the Trusted Types policy.
 */
export function argon2idInWorker(createWorker: () => Worker): Argon2id {
  return (password, salt) =>
    new Promise((resolve, reject) => {
      const worker = createWorker();
      const fail = () => {
        worker.terminate();
        reject(new CryptoError("E_RESOURCE"));
      };
      worker.onerror = fail;
      worker.onmessageerror = fail;
      worker.onmessage = (event: MessageEvent<Answer>) => {
        if ("failed" in event.data) return fail();
        worker.terminate();
        resolve(event.data.root);
      };
      worker.postMessage({ password, salt } satisfies Question);
    });
}
