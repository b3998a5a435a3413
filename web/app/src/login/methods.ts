import { signal } from "@preact/signals";

/** How one may come in: under a nick, with the name and password of an account, by way of a login elsewhere. */
export interface Methods {
  open: boolean;
  accounts: boolean;
  oidc?: { name: string };
}

/** How long the first drawing waits for the server's word, ms. A room says for itself whom it takes. */
const patience = 3_000;

export const methods = signal<Methods>({ open: true, accounts: false });

/** Asks the server how one may come in. Never fails: whoever does not say takes everybody. */
export async function startLogin(): Promise<void> {
  try {
    const answer = await fetch("api/auth/methods", { signal: AbortSignal.timeout(patience) });
    if (answer.ok) methods.value = (await answer.json()) as Methods;
  } catch {
    // No connection, or it is slow.
  }
}
