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
  /\/(links|title|observable|index|bytes|errors|envelope-v1|ed25519-portable|sodium|argon2|files|owned|owned-room|knock-at-door|fold|grams|segment)\b/;
const shared =
  /\/app\/src\/(store\/(commands|items|openRoom)|ui\/(time|historyText|snippet|outOf)|owned\/fetchOwned)\.tsx?$/;

/** What every room needs and the start page does not. It stays in one piece, for small files compress badly. */
const talk = (id: string) => (/\/client\/src\/.*\.ts$/.test(id) ? !elsewhere.test(id) : shared.test(id));

/** What the start page needs, and what is fetched later uses, too: in one piece as well. */
const first =
  /node_modules\/(preact|@preact)\/|\/app\/src\/(store\/(dictionary|\w+Text|session|settings|route|recent|storage|notice|openForm)|ui\/(Icon|displayName|Field|NickFields|Remember|Insecure|ProtectionChoice|Sheet|fetchLater|lazy)|owned\/fetchDoor)\.tsx?$/;

export default defineConfig({
  base: "./",
  build: {
    // No inlined assets: the policy has no room for them, and the page stays greppable.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // Modules that only define things: what the start page does not use is not loaded with it.
      treeshake: { moduleSideEffects: (id) => !/\/client\/src\/(?!.*worker)/.test(id) },
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            { name: "talk", test: talk },
            { name: "first", test: first },
          ],
        },
      },
    },
  },
  worker: { format: "es" },
  server: { host: "127.0.0.1", proxy },
  preview: { host: "127.0.0.1", proxy, headers: { "Content-Security-Policy": policy } },
});
