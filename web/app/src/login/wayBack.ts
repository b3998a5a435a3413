import { formatLink, IndexedDbStore, parseLink, type RoomAddress } from "@hcchat/client";
import { Vault } from "@hcchat/client/vault";
import { route } from "../store/route.ts";
import { session } from "../store/session.ts";
import { base64Url, type SealedText } from "./elsewhere.ts";

/** What the room's link is sealed as. */
const name = "login elsewhere";

/** The room that one is on the way to, so that it is found again after a login elsewhere. */
export async function sealedRoom(): Promise<SealedText | undefined> {
  const here = route.peek();
  const address = session.peek()?.room.address ?? (here.kind === "room" ? here.address : undefined);
  if (!address || !Vault.works) return undefined;
  const link = formatLink("", address, { secret: true });
  const sealed = await vault().seal(name, { link, compat: address.compat });
  return { iv: base64Url(sealed.iv), data: base64Url(sealed.data) };
}

/** The room that was sealed, if this device can open it. */
export async function unsealed(room: SealedText): Promise<RoomAddress | undefined> {
  const opened = await vault().open(name, { iv: bytes(room.iv), data: bytes(room.data) });
  const link = parseLink(String(opened?.["link"]));
  return link.ok ? { ...link.address, ...(opened?.["compat"] === true && { compat: true }) } : undefined;
}

const vault = () => new Vault(new IndexedDbStore());

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}
