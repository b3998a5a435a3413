import { signal } from "@preact/signals";
import { formatLink, parseLink, type LinkError, type RoomAddress } from "@hcchat/client";

/**
 * Where the page is. `mode` is what the link says about encryption: a bare room name says nothing, and then a person
 * decides; it never opens a plain room by itself.
 */
export type Route =
  | { kind: "start" }
  | { kind: "broken"; error: LinkError }
  /** Logging in, or making an account. */
  | { kind: "account"; fragment: string }
  | { kind: "room"; address: RoomAddress; mode: "encrypted" | "plain" | "unsaid" };

export const route = signal<Route>({ kind: "start" });

/** Reads an address of this page. */
export function readRoute(href: string): Route {
  const hash = href.indexOf("#");
  const fragment = hash < 0 ? "" : href.slice(hash);
  if (/^#\/(login|register)\b/.test(fragment)) return { kind: "account", fragment };
  if (!fragment.startsWith("#/r/")) return { kind: "start" };
  const link = parseLink(fragment);
  if (!link.ok) return { kind: "broken", error: link.error };
  const plain = /[?&]e=0(&|$)/.test(fragment) && !link.address.encrypted;
  return {
    kind: "room",
    address: link.address,
    mode: link.address.encrypted ? "encrypted" : plain ? "plain" : "unsaid",
  };
}

/**
 * The fragment that stands in the address bar of an open room: its name and whether it is encrypted, never the key,
 * the title or the salt. For a reload they lie in the tab's storage, encrypted under the key of this device.
 */
export function barFragment(address: RoomAddress): string {
  const bare = formatLink("", { channel: address.channel, encrypted: address.encrypted }, { secret: false }).replace(
    /^\/*/,
    "",
  );
  return address.encrypted ? bare : `${bare}?e=0`;
}

/**
 * The address to hand to others. Without the secret it may be posted anywhere, so it leaves out the title as well.
 * @param invite an invitation for them; the one by which oneself came is nobody else's
 */
export function inviteLink(address: RoomAddress, secret: boolean, invite?: string): string {
  const { invite: _, ...shared } = address;
  const { title: __, ...untitled } = shared;
  const link = formatLink(pageBase(), secret ? { ...shared, ...(invite && { invite }) } : untitled, { secret });
  return address.encrypted ? link : `${link}${link.includes("?") ? "&" : "?"}e=0`;
}

function pageBase(): string {
  return location.href.replace(/[?#].*$/s, "").replace(/\/index\.html$/, "/");
}

/** Shows the place in the address bar without a trace of what stood there. */
export function showInBar(fragment: string): void {
  history.replaceState(null, "", `${location.pathname}${location.search}${fragment}`);
}

/** Follows the address bar, from now on. A secret in it is taken out as soon as it has been read. */
export function startRouting(): void {
  const read = () => {
    const next = readRoute(location.href);
    if (next.kind === "room")
      showInBar(next.mode === "unsaid" ? `#/r/${encodeURIComponent(next.address.channel)}` : barFragment(next.address));
    if (next.kind === "broken") showInBar("#/");
    if (next.kind === "account") showInBar("#/login");
    route.value = next;
  };
  addEventListener("hashchange", read);
  read();
}

export function goToStart(): void {
  if (location.hash !== "#/") history.pushState(null, "", "#/");
  route.value = { kind: "start" };
}

export function goToRoom(address: RoomAddress): void {
  history.pushState(null, "", barFragment(address));
  route.value = { kind: "room", address, mode: address.encrypted ? "encrypted" : "plain" };
}
