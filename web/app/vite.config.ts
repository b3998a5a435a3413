import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

/** The server that development and preview talk to. */
const server = process.env["HCCHAT_DEV_SERVER"] ?? "http://127.0.0.1:8080";
const proxy = { "/chat-ws": { target: server, ws: true } };

/** The policy that the server sends with the page, so that preview behaves like it. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
  "connect-src 'self' ws: wss:; media-src 'self' blob:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hcchat-worker";

/** Of the client library: what the start page uses too, and what is fetched later: of files all but what a room shows of them. */
const elsewhere =
  /\/client\/src\/(crypto\/(files\/|derived)|files\/(?!room-files|share|transfer-list|prefix)|calls\/(?!room-calls))/;
const elsewhereToo =
  /\/(links|title|observable|index|bytes|errors|json|refusals|vault|store|account|account-api|account-sign-in|envelope-v1|ed25519-portable|sodium|argon2|files|owned|owned-room|knock-at-door|work|room-api|calls|fold|grams|segment)(\.\w+)?\.ts$/;
const shared =
  /\/app\/src\/(store\/(commands|items|openRoom|roomText)|ui\/(time|historyText|snippet|outOf|Dialog|Menu)|owned\/fetchOwned|calls\/fetchCalls)\.tsx?$/;

/** What every room needs and the start page does not. It stays in one piece, for small files compress badly. */
const talk = (id: string) =>
  /\/client\/src\/.*\.ts$/.test(id) ? !elsewhere.test(id) && !elsewhereToo.test(id) : shared.test(id);

/** What every page of the client begins with, in one piece for the same reason. */
const begin = new RegExp(
  [
    "node_modules/(preact|@preact)/",
    "/app/src/store/(\\w+Text|notice|session|route|recent|drafts|storage|dictionary|settings|openForm)\\.ts$",
    "/app/src/ui/(Sheet|Icon|lazy|fetchLater|displayName|Remember|Field|Insecure|OpenRoomForm|NickFields|ProtectionChoice)\\.tsx?$",
    "/app/src/owned/fetchDoor\\.tsx?$",
    "/app/src/login/(state|methods|lazy)\\.ts$",
    "/client/src/(links|title|crypto/(bytes|errors))\\.ts$",
  ].join("|"),
);

/** What keeps things on the device: a login needs it, too. */
const keep = /\/client\/src\/(observable|refusals|store|vault|crypto\/json)\.ts$/;

const pieces = {
  includeDependenciesRecursively: false,
  groups: [
    { name: "begin", test: begin },
    { name: "keep", test: keep },
    { name: "talk", test: talk },
  ],
};

/** The service worker: one file without a hash in its name, at the root, for that is what it may serve. */
const serviceWorker = {
  input: fileURLToPath(new URL("../client/src/files/media.worker.ts", import.meta.url)),
  output: { entryFileNames: "sw.js", format: "iife" as const },
};

/**
 * The page of operators is built by itself (`--mode admin`), so that nobody else loads a byte for it; and so is the service worker (`--mode sw`).
 */
export default defineConfig(({ mode }) => ({
  base: "./",
  ...(mode === "sw" && { publicDir: false as const }),
  build: {
    ...(mode !== "production" && { emptyOutDir: false }),
    ...(mode === "admin" && { assetsDir: "assets/admin" }),
    // No inlined assets: the policy has no room for them, and the page stays greppable.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions:
      mode === "sw"
        ? serviceWorker
        : {
            input: mode === "admin" ? "admin.html" : "index.html",
            // Modules that only define things: what the start page does not use is not loaded with it.
            treeshake: { moduleSideEffects: (id) => !/\/client\/src\/(?!.*worker)/.test(id) },
            output: { codeSplitting: mode === "admin" || pieces },
          },
  },
  worker: { format: "es" },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: { "Content-Security-Policy": policy } },
}));
