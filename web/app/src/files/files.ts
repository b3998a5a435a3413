// What files need, in one file: fetched when it is wanted.
export { Attaching } from "./Attaching.tsx";
export { MessageFiles } from "./MessageFiles.tsx";
export { sendPicked } from "./send.ts";
