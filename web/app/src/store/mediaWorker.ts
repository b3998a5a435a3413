import { serveBy } from "../trusted.ts";

/** How long a service worker may take to serve this page, ms: then what it would have played is fetched whole. */
const patience = 10_000;

let serving: Promise<ServiceWorker | undefined> | undefined;

/** The service worker that lets encrypted video play while it loads. It is registered when the first is to be played. */
export function mediaWorker(): Promise<ServiceWorker | undefined> {
  serving ??= serve();
  void serving.then((worker) => worker ?? (serving = undefined)); // it may go better next time
  return serving;
}

async function serve(): Promise<ServiceWorker | undefined> {
  const registration = await serveBy("sw.js");
  if (!registration) return undefined;
  const { serviceWorker } = navigator;
  await Promise.race([serviceWorker.ready, after(patience)]);
  if (serviceWorker.controller) return serviceWorker.controller;
  // A page that was loaded past its service worker is served only once that takes it.
  const taken = new Promise<void>((resolve) =>
    serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true }),
  );
  registration.active?.postMessage("claim");
  await Promise.race([taken, after(patience)]);
  return serviceWorker.controller ?? undefined;
}

function after(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, time));
}
