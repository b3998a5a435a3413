import { load, save } from "../store/storage.ts";

/** Where the tab keeps what it needs when it comes back from the login elsewhere. */
const place = "login elsewhere";

/** Something encrypted under the key of this device, in base64url. */
export interface SealedText {
  iv: string;
  data: string;
}

/** What is kept meanwhile. */
interface Away {
  /** Shows that who comes back is who went. */
  verifier: string;
  /** Which page asked. */
  page: "chat" | "admin";
  /** The room that one was on the way to. */
  room?: SealedText;
}

/** Whether this browser can log in elsewhere: that takes a hash. */
export const canGoElsewhere = globalThis.crypto?.subtle !== undefined;

/** Leaves the page for the login elsewhere. */
export async function goElsewhere(page: Away["page"], room?: SealedText): Promise<void> {
  const verifier = base64Url(crypto.getRandomValues(new Uint8Array(32)));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  save(place, { verifier, page, ...(room && { room }) } satisfies Away, "sessionStorage");
  location.assign(`api/auth/oidc/start?challenge=${base64Url(new Uint8Array(hash))}`);
}

/** Which page of this tab waits for whoever comes back. */
export function awaitedBy(): Away["page"] | undefined {
  return load<Partial<Away>>(place, {}, "sessionStorage").page;
}

/** What shows that whoever comes back is who went, once; nothing in a tab that has not asked. */
export function takeVerifier(): string | undefined {
  const { verifier, room } = load<Partial<Away>>(place, {}, "sessionStorage");
  save(place, room ? { room } : {}, "sessionStorage");
  return verifier;
}

/** The room that was kept, once. */
export function takeRoom(): SealedText | undefined {
  const { room } = load<Partial<Away>>(place, {}, "sessionStorage");
  save(place, {}, "sessionStorage");
  return room;
}

/** RFC 4648 §5, without padding. */
export function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");
}
