/** Encryption of files. Apart from the rest so that a page loads it when the first file comes. */
export * as secretstream from "./secretstream.ts";
export * as gcm from "./gcm.ts";
export * as gcmStream from "./gcm-stream.ts";
export { fileKey, mediaKey } from "../derived.ts";
export { padme } from "../padding.ts";
