// What is not needed for talking, in one file: fetched when the page has nothing else to do.
export { EncryptionDialog } from "./EncryptionDialog.tsx";
export { Ended } from "./Ended.tsx";
export { HelpDialog } from "./HelpDialog.tsx";
export { HistoryDialog } from "./HistoryDialog.tsx";
export { MessageMenu } from "./MessageMenu.tsx";
export { RoomMenu } from "./RoomMenu.tsx";
export { SearchPanel } from "./SearchPanel.tsx";
export { ShareDialog } from "./ShareDialog.tsx";
export { WrongKey } from "./WrongKey.tsx";
