import { batch, effect } from "@preact/signals";
import { IndexedDbStore } from "@hcchat/client";
import { Account, type LoginState } from "@hcchat/client/account";
import { session } from "../store/session.ts";
import { lastNick } from "../store/settings.ts";
import { save } from "../store/storage.ts";
import { rejoin } from "./goOn.ts";
import { who } from "./state.ts";

/** Longest nick, characters (spec/protocol.md). */
const maxNick = 24;

/** The login of this page. */
export async function openAccount(): Promise<Account> {
  const account = new Account({
    url: pageUrl(),
    purpose: "chat",
    store: new IndexedDbStore(),
    locks: navigator.locks as LockManager | undefined, // a page on plain http has none
  });
  await account.open();
  account.state.subscribe(show);
  show(account.state.value);
  effect(() => save("account", who.value.kind === "in" ? who.value.name : ""));
  effect(() => {
    // Of one who is in a room nothing goes on under a login that has ended.
    if (who.value.kind === "out") session.peek()?.client.close();
  });
  effect(() => {
    const state = session.value?.connection.value;
    // Was it the person who was put out, or the account?
    if (state?.kind === "closed" && state.reason === "kicked") void account.check();
  });
  return account;
}

function show(state: LoginState): void {
  const before = who.peek();
  batch(() => {
    // Offered as a nick, so that a link leads straight into its room.
    if (state.kind === "in" && !lastNick.peek()) lastNick.value = nickOf(state.name);
    who.value = state;
  });
  if (state.kind === "in" && isSomebodyElse(before, state)) rejoin();
}

/** Whether it was found out just now who one is; at first it is only remembered. */
function isSomebodyElse(before: LoginState, { identity }: LoginState & { kind: "in" }): boolean {
  return before.kind === "out" || (before.identity !== "" && before.identity !== identity);
}

/** Where the server is. */
function pageUrl(): string {
  return new URL(".", location.href.replace(/[?#].*$/s, "")).href;
}

/** What an account's name gives for a nick. */
function nickOf(name: string): string {
  return name.replace(/[^\p{L}\p{N}_]/gu, "_").slice(0, maxNick);
}
