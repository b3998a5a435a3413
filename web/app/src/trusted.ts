/** Lib.dom does not know Trusted Types yet; the little that is used here. */
interface PolicyFactory {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): string };
}

/** Accepts an address of this origin that ends in a script's name, and nothing else. */
function workerScript(url: string): string {
  const full = new URL(url, location.href);
  if (full.origin !== location.origin || !/\.(js|ts)$/.test(full.pathname)) {
    throw new TypeError("Not a worker script of this page");
  }
  return full.href;
}

const factory = (globalThis as { trustedTypes?: PolicyFactory }).trustedTypes;
/** The only policy the page's Content-Security-Policy allows. */
const policy = factory?.createPolicy("hcchat-worker", { createScriptURL: workerScript });

/** Lets a service worker of this page serve it; undefined where the browser has none, or gives none. */
export function serveBy(url: string): Promise<ServiceWorkerRegistration | undefined> {
  const known = navigator.serviceWorker as ServiceWorkerContainer | undefined; // a page on plain http has none
  const script = policy ? policy.createScriptURL(url) : workerScript(url);
  return known?.register(script).catch(() => undefined) ?? Promise.resolve(undefined);
}

/** Starts a worker from a script of this page; the browser refuses every other way. */
export function startWorker(url: string): Worker {
  return new Worker(policy ? policy.createScriptURL(url) : workerScript(url), { type: "module" });
}
