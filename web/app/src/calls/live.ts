// What carries a call, in one file: fetched when one is entered or tried.
export { LiveCall } from "./live-call.ts";
export { checkConnection } from "./checks.ts";
