// What calls need, in one file: fetched when it is wanted.
export { CallArea } from "./CallArea.tsx";
export { CallLine } from "./CallLine.tsx";
