import { signal } from "@preact/signals";
import type { Account, LoginState } from "@hcchat/client/account";
import type { OpenRoom } from "../store/openRoom.ts";
import type { Route } from "../store/route.ts";
import { load } from "../store/storage.ts";
import { methods } from "./methods.ts";

const remembered = load<string>("account", "");

/** Who is logged in: until that was looked up, what this device remembers. */
export const who = signal<LoginState>(remembered ? { kind: "in", name: remembered, identity: "" } : { kind: "out" });

let account: Promise<Account> | undefined;
let opened: Account | undefined;

/** The account of this page; its code is fetched when somebody logs in or was logged in. */
export function openAccount(): Promise<Account> {
  account ??= import("./account.ts").then((code) => code.openAccount()).then((one) => (opened = one));
  account.catch(() => (account = undefined)); // asked for again
  return account;
}

/** The same, where there is one to take into account. */
export async function accountIfAny(): Promise<void> {
  if (account ?? who.peek().kind === "in") await openAccount();
}

/** What was opened so far. */
export const accountNow = (): Account | undefined => opened;

/** Whether logging in comes before anything else. */
export function loginAsked(here: Route, room: OpenRoom | undefined): boolean {
  if (here.kind === "account") return true;
  if (who.value.kind === "in") return false;
  const state = room?.state.value;
  return (
    !methods.value.open ||
    who.value.why === "ended" ||
    (who.value.why === "elsewhere" && room !== undefined) ||
    (state?.kind === "refused" && state.refusal.code === "login_required")
  );
}
