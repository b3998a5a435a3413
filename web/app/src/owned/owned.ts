// What rooms that belong to somebody need, in one file: fetched when it is wanted.
export { Keeping } from "./Keeping.tsx";
export { PersonRights } from "./PersonRights.tsx";
export { RoomSettingsDialog, type SettingsTab } from "./RoomSettingsDialog.tsx";
