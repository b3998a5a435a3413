// What a call needs of LiveKit, for whoever enters one.
export { CallKeys } from "./calls/call-keys.ts";
export { strict } from "./calls/strict-worker.ts";
