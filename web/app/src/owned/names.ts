import { inGroups } from "@hcchat/client";
import { text } from "../store/ownedText.ts";

/** How rooms know somebody, for people: the fingerprint of a key, or a trip code. */
export function identityText(identity: string): string {
  const t = text.value;
  if (identity.startsWith("key:")) return t.byKey(inGroups(identity.slice(4)));
  if (identity.startsWith("trip:")) return t.byTrip(identity.slice(5));
  return t.byAccount;
}

/** Levels from which on somebody belongs to a room, keeps order in it, and owns it; above them are the server's own moderators. */
export const memberLevel = 8_999;
export const moderatorLevel = 9_999;
export const ownerLevel = 99_999;
const serverLevel = 999_999;

/** The role that a level is of; those of the whole server have none of the room's. */
export function roleOfLevel(level: number): "owner" | "moderator" | "member" | "none" | undefined {
  if (level >= serverLevel) return undefined;
  if (level >= ownerLevel) return "owner";
  if (level >= moderatorLevel) return "moderator";
  return level >= memberLevel ? "member" : "none";
}
