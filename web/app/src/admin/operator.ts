import { signal } from "@preact/signals";
import { IndexedDbStore, type Refusal, type Result } from "@hcchat/client";
import { Account, type Credentials } from "@hcchat/client/account";
import { callApi } from "@hcchat/client/account-api";
import { takeVerifier } from "../login/elsewhere.ts";

/** Who is at the page: nobody, somebody who is looked up, an operator; or somebody who is none. */
export type Operator =
  | { kind: "nobody"; ended?: boolean; refusal?: Refusal }
  | { kind: "opening" }
  | { kind: "operator"; name: string }
  | { kind: "stranger"; name: string };

export const operator = signal<Operator>({ kind: "opening" });

const url = new URL(".", location.href.replace(/[?#].*$/s, "")).href;

/** A login of this page's own: whoever chats in this browser is not its operator by that. */
const account = new Account({
  url,
  purpose: "admin",
  store: new IndexedDbStore(),
  locks: navigator.locks as LockManager | undefined,
});

/** Looks up who was logged in, or ends a login that was begun elsewhere. */
export async function startOperator(): Promise<void> {
  const [, code, error] = /^#\/login(?:\/([\w-]+))?(?:\?error=(\w+))?$/.exec(location.hash) ?? [];
  if (location.hash) history.replaceState(null, "", location.pathname);
  await account.open();
  account.state.subscribe((state) => {
    if (state.kind === "in") return void enter();
    if (operator.peek().kind === "operator") operator.value = { kind: "nobody", ended: state.why !== undefined };
  });
  const verifier = code || error ? takeVerifier() : undefined;
  if (error) operator.value = { kind: "nobody", refusal: { code: error, text: error } };
  else if (code) await logIn({ code, verifier: verifier ?? "" });
  else await enter();
}

/** Logs in. Whoever is no operator is logged out again. */
export async function logIn(credentials: Credentials): Promise<Result> {
  const result = await account.logIn(credentials);
  if (!result.ok) operator.value = { kind: "nobody", refusal: result.refusal };
  return result;
}

/** Ends the login. */
export async function logOut(): Promise<void> {
  await account.logOut();
  operator.value = { kind: "nobody" };
}

/** Asks the server something that operators may ask; `body` makes it an act. */
export async function ask<T>(path: string, body?: object): Promise<Result<T>> {
  for (let refused: string | undefined; ;) {
    const access = await account.accessToken(refused);
    if (access.kind === "later") return { ok: false, refusal: { code: "offline", text: "" } };
    if (access.kind === "none") return { ok: false, refusal: { code: "bad_token", text: "" } };
    const answer = await callApi<T>({ url }, `api/admin/${path}`, body, { token: access.token });
    if (answer.ok || answer.refusal.code !== "bad_token" || refused !== undefined) return answer;
    refused = access.token;
  }
}

/** Whether whoever is logged in may be here. */
async function enter(): Promise<void> {
  const { value } = account.state;
  if (value.kind === "out") {
    operator.value = { kind: "nobody", ended: value.why !== undefined };
    return;
  }
  const { name } = value;
  if (operator.peek().kind === "operator") return;
  const answer = await ask("status");
  if (answer.ok) operator.value = { kind: "operator", name };
  else if (answer.refusal.code === "forbidden") {
    await account.logOut();
    operator.value = { kind: "stranger", name };
  } else operator.value = { kind: "nobody", refusal: answer.refusal };
}
