/** Rooms that belong to somebody: what is fetched when it is needed. */
export { KnockAtDoor, type KnockState, type KnockWords } from "./knock-at-door.ts";
export { type Ban, type Invitation, OwnedRoom, type RoleHolder } from "./owned-room.ts";
