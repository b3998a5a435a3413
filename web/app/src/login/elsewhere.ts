import { IndexedDbStore, parseLink, formatLink, type RoomAddress } from "@hcchat/client";
import { Vault } from "@hcchat/client/vault";
import { route } from "../store/route.ts";
import { session } from "../store/session.ts";
import { load, save } from "../store/storage.ts";

/** Where the tab keeps what it needs when it comes back from the login elsewhere. */
const place = "login elsewhere";

/** What is kept meanwhile. */
interface Away {
  /** Shows that who comes back is who went. */
  verifier: string;
  /** Which page asked. */
  page: "chat" | "admin";
  /** The link of the room that one was on the way to, encrypted under the key of this device. */
  room?: { iv: string; data: string };
}

/** Whether this browser can log in elsewhere: that takes a hash. */
export const canGoElsewhere = Vault.works;

/** Leaves the page for the login elsewhere. */
export async function goElsewhere(page: "chat" | "admin"): Promise<void> {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const room = page === "chat" ? await sealedRoom() : undefined;
  save(place, { verifier, page, ...(room && { room }) } satisfies Away, "sessionStorage");
  location.assign(`api/auth/oidc/start?challenge=${base64Url(new Uint8Array(hash))}`);
}

/** What shows that whoever comes back is who went, once; nothing in a tab that has not asked. */
export function takeVerifier(): Pick<Away, "verifier" | "page"> | undefined {
  const away = load<Partial<Away>>(place, {}, "sessionStorage");
  const { verifier, page = "chat", room } = away;
  save(place, room ? { room } : {}, "sessionStorage");
  return verifier ? { verifier, page } : undefined;
}

/** The room that one was on the way to, once. */
export async function takeReturn(): Promise<RoomAddress | undefined> {
  const { room } = load<Partial<Away>>(place, {}, "sessionStorage");
  save(place, {}, "sessionStorage");
  if (!room) return undefined;
  const opened = await vault().open(place, { iv: bytes(room.iv), data: bytes(room.data) });
  const link = parseLink(String(opened?.["link"]));
  return link.ok ? { ...link.address, ...(opened?.["compat"] === true && { compat: true }) } : undefined;
}

async function sealedRoom(): Promise<Away["room"]> {
  const here = route.peek();
  const address = session.peek()?.room.address ?? (here.kind === "room" ? here.address : undefined);
  if (!address) return undefined;
  const link = formatLink("", address, { secret: true });
  const sealed = await vault().seal(place, { link, compat: address.compat });
  return { iv: base64Url(sealed.iv), data: base64Url(sealed.data) };
}

const vault = () => new Vault(new IndexedDbStore());

function base64Url(of: Uint8Array): string {
  return btoa(String.fromCharCode(...of))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
}
