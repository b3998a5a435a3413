/**
 * The service worker: lets encrypted audio and video play while they load, under `media/`. It keeps nothing, and answers for nothing else: the page
 * comes from its server each time.
 */
import { MediaDesk } from "./media-desk.ts";

declare const self: ServiceWorkerGlobalScope;

const desk = new MediaDesk();

self.addEventListener("install", () => void self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  const { closed } = (event.data ?? {}) as { closed?: unknown };
  if (event.data === "claim") event.waitUntil(self.clients.claim());
  else if (typeof closed === "string") desk.close(closed);
});
self.addEventListener("fetch", (event) => {
  const name = MediaDesk.nameIn(event.request.url, self.registration.scope);
  if (name === undefined) return;
  const page = event.clientId ? self.clients.get(event.clientId) : Promise.resolve(undefined);
  event.respondWith(page.then((client) => desk.answer(name, event.request, client)));
});
