import { defineConfig } from "vite";

/** The server that development and preview talk to. */
const server = process.env["HCCHAT_DEV_SERVER"] ?? "http://127.0.0.1:8080";
const proxy = { "/chat-ws": { target: server, ws: true } };

/** The policy that the server sends with the page, so that preview behaves like it. */
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; " +
  "connect-src 'self' ws: wss:; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types hcchat-worker";

/** Of the client library: what the start page uses too, and what is fetched later. */
const elsewhere =
  /\/(links|title|observable|index|bytes|errors|account|account-api|account-sign-in|envelope-v1|ed25519-portable|sodium|argon2|files|owned|owned-room|knock-at-door|fold|grams|segment)\b/;
const shared =
  /\/app\/src\/(store\/(client|commands|items|openRoom)|ui\/(time|historyText|snippet|outOf)|owned\/fetchOwned)\.tsx?$/;

/** What every room needs and the start page does not. It stays in one piece, for small files compress badly. */
const talk = (id: string) => (/\/client\/src\/.*\.ts$/.test(id) ? !elsewhere.test(id) : shared.test(id));

/** What every page of the client begins with, and what is fetched later uses, too: in one piece for the same reason. */
const first = new RegExp(
  [
    "node_modules/(preact|@preact)/|vite/preload-helper",
    "/app/src/store/(dictionary|\\w+Text|session|settings|route|recent|storage|notice|drafts|openForm)\\.ts$",
    "/app/src/ui/(Icon|displayName|Field|NickFields|Remember|Insecure|ProtectionChoice|Sheet|fetchLater|lazy|OpenRoomForm)\\.tsx?$",
    "/app/src/(owned/fetchDoor|login/(state|methods|lazy))\\.tsx?$",
    "/client/src/(links|title|crypto/(bytes|errors))\\.ts$",
  ].join("|"),
);

const pieces = {
  includeDependenciesRecursively: false,
  groups: [
    { name: "first", test: first },
    { name: "talk", test: talk },
  ],
};

/** The page of operators is built by itself (`--mode admin`), so that nobody else loads a byte for it. */
export default defineConfig(({ mode }) => ({
  base: "./",
  build: {
    ...(mode === "admin" && { emptyOutDir: false, assetsDir: "assets/admin" }),
    // No inlined assets: the policy has no room for them, and the page stays greppable.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
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
