// Logging in elsewhere: hcchat against a real OpenID Connect provider, and what a dishonest browser tries.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Browser, CLIENT_ID, CLIENT_SECRET, IdentityProvider, pageSecret } from "./provider.mjs";
import { freePort } from "../freePort.mjs";
import { ServerProcess } from "./server.mjs";

const CALLBACK = "/api/auth/oidc/callback";
const PUBLIC = "https://chat.example";

let provider;
let server;

async function startServer(...settings) {
  const data = mkdtempSync(join(tmpdir(), "hcchat-oidc-"));
  const secret = join(data, "client-secret");
  writeFileSync(secret, `${CLIENT_SECRET}\n`);
  const started = new ServerProcess();
  started.data = data;
  started.port = await freePort();
  started.args = [
    "--Auth:Mode=accounts,oidc",
    "--Limits:RateLimit=false",
    "--Logging:LogLevel:Default=Trace",
    `--Oidc:ClientId=${CLIENT_ID}`,
    `--Oidc:ClientSecretFile=${secret}`,
    "--Oidc:Name=Example",
    ...settings,
  ];
  provider ??= await IdentityProvider.start([started.http, PUBLIC]);
  started.args.push(`--Oidc:Authority=${provider.issuer}`);
  await started.launch();
  return started;
}

before(async () => (server = await startServer()));
after(async () => {
  await server?.dispose();
  await provider?.stop();
});

const startUrl = (challenge) => `${server.http}/api/auth/oidc/start?challenge=${challenge}`;
const isCallback = (url) => url.startsWith(server.http + CALLBACK);
const isPage = (url) => url.startsWith(`${server.http}/#`);

/** The whole way; what the page finds behind its `#`. */
async function logIn(subject, { browser = new Browser(), secret = pageSecret() } = {}) {
  const url = await browser.follow(startUrl(secret.challenge), subject, isPage);
  return { hash: new URL(url).hash, code: /#\/login\/([\w-]{43})$/.exec(url)?.[1], ...secret };
}

async function post(path, body) {
  const response = await fetch(`${server.http}/api/auth/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...(await response.json()) };
}

const exchange = ({ code, verifier }) => post("login", { code, verifier });

/** What is done under other settings, which hold no longer. */
async function under(settings, act) {
  const args = [...server.args];
  try {
    server.args = [...args, ...settings];
    await server.restart();
    await act();
  } finally {
    server.args = args;
    await server.restart();
  }
}

/** An act of the operator. */
async function admin(path, body) {
  const token = readFileSync(join(server.data, "secrets/admin.token")).toString("base64url");
  const response = await fetch(`${server.http}/api/admin/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  assert.equal(response.ok, true, await response.text());
}

describe("logging in elsewhere", () => {
  test("is offered by name", async () => {
    const methods = await (await fetch(`${server.http}/api/auth/methods`)).json();
    assert.deepEqual(methods, { open: false, accounts: true, oidc: { name: "Example" } });
  });

  test("gives what a login by password gives, and the same account the next time", async () => {
    const first = await exchange(await logIn("subject-ann"));
    assert.equal(first.status, 200);
    assert.deepEqual(Object.keys(first).sort(), [
      "accessToken",
      "expiresSeconds",
      "identity",
      "name",
      "refreshToken",
      "status",
    ]);
    assert.equal(first.name, "AnnExample");
    const again = await exchange(await logIn("subject-ann"));
    assert.equal(again.identity, first.identity);
    const refreshed = await post("refresh", { refreshToken: first.refreshToken });
    assert.equal(refreshed.identity, first.identity);
  });

  test("a second person of the same name gets an account of another name", async () => {
    const ann = await exchange(await logIn("subject-ann"));
    const other = await exchange(await logIn("subject-ann-again"));
    assert.notEqual(other.identity, ann.identity);
    assert.equal(other.name, "AnnExample2");
  });

  test("its cookies are for this way back alone", async () => {
    const browser = new Browser();
    await logIn("subject-ann", { browser });
    const own = browser.setCookies.filter((c) => c.url.startsWith(server.http));
    assert.ok(own.length >= 2);
    for (const { cookie } of own) {
      assert.match(cookie, /; httponly/i);
      assert.match(cookie, /; samesite=lax/i);
      assert.match(cookie, /; path=\/api\/auth\/oidc\/callback/i);
    }
  });

  test("every answer on the way has the headers of all others and is kept nowhere", async () => {
    const browser = new Browser();
    const { challenge } = pageSecret();
    const started = await browser.request(startUrl(challenge));
    const callback = await browser.follow(started.next, "subject-ann", isCallback);
    const { response } = await browser.request(callback);
    assert.equal(response.status, 303);
    for (const { headers } of [started.response, response]) {
      assert.match(headers.get("content-security-policy"), /default-src 'none'/);
      assert.equal(headers.get("referrer-policy"), "no-referrer");
      assert.match(headers.get("cache-control"), /no-store/);
    }
  });
});

describe("what a dishonest browser tries", () => {
  test("a code is good once", async () => {
    const login = await logIn("subject-ann");
    assert.equal((await exchange(login)).status, 200);
    const second = await exchange(login);
    assert.deepEqual([second.status, second.code], [401, "bad_token"]);
  });

  test("a code without the secret of the page that began is nothing, and is used up", async () => {
    const login = await logIn("subject-ann");
    const wrong = await exchange({ ...login, verifier: pageSecret().verifier });
    assert.equal(wrong.code, "bad_token");
    assert.equal((await exchange(login)).code, "bad_token");
    assert.equal((await exchange({ code: login.code })).code, "bad_token");
    assert.equal((await exchange({ code: "x".repeat(43), verifier: login.verifier })).code, "bad_token");
  });

  test("a challenge that is none begins nothing", async () => {
    for (const challenge of ["", "short", "!".repeat(43), "a".repeat(44)]) {
      const response = await fetch(startUrl(challenge), { redirect: "manual" });
      assert.equal(response.status, 400);
      assert.equal((await response.json()).code, "bad_payload");
    }
  });

  test("a forged state, another browser's way back and one that was used come to nothing", async () => {
    const failed = `${server.http}/#/login?error=login_failed`;
    const browser = new Browser();
    const callback = await browser.follow(startUrl(pageSecret().challenge), "subject-ann", isCallback);
    const forged = new URL(callback);
    forged.searchParams.set("state", "forged");
    assert.equal((await browser.request(forged.href)).next, failed);
    const nothing = await browser.request(`${server.http}${CALLBACK}`);
    assert.equal(nothing.next, failed);
    assert.equal((await new Browser().request(callback)).next, failed);
    assert.match((await browser.request(callback)).next, /#\/login\/[\w-]{43}$/);
    assert.equal((await browser.request(callback)).next, failed);
  });

  test("somebody who breaks off there comes back with a word", async () => {
    const browser = new Browser();
    const { next } = await browser.request(startUrl(pageSecret().challenge));
    const back = await browser.follow(
      next,
      "subject-ann",
      (url) => url.includes("/interaction/") && !url.startsWith(server.http),
    );
    const returned = await browser.follow(`${back}/abort`, "subject-ann", isPage);
    assert.equal(new URL(returned).hash, "#/login?error=login_failed");
  });

  test("a form from elsewhere is not taken", async () => {
    const response = await fetch(`${server.http}${CALLBACK}`, {
      method: "POST",
      body: new URLSearchParams({ a: "b" }),
    });
    assert.equal(response.status, 405);
  });

  test("a page of another origin cannot exchange a code", async () => {
    const { code, verifier } = await logIn("subject-ann");
    const response = await fetch(`${server.http}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: "https://evil.example" },
      body: JSON.stringify({ code, verifier }),
    });
    assert.equal(response.status, 403);
  });
});

describe("who stays out", () => {
  test("a disabled account, also with a code that it has already", async () => {
    const { name } = await exchange(await logIn("subject-eve"));
    const waiting = await logIn("subject-eve");
    await admin("accounts/disable", { name });
    assert.equal((await exchange(waiting)).code, "bad_token");
    assert.equal((await logIn("subject-eve")).hash, "#/login?error=forbidden");
    await admin("accounts/enable", { name });
    assert.equal((await exchange(await logIn("subject-eve"))).name, name);
  });

  test("whoever has no account where none is made, and whoever lacks what is required", async () => {
    await under(["--Oidc:RequiredClaim=groups=chat"], async () => {
      assert.equal((await logIn("subject-eve")).hash, "#/login?error=forbidden");
      assert.equal((await exchange(await logIn("subject-ann"))).status, 200);
    });
    await under(["--Oidc:Create=false"], async () => {
      assert.equal((await logIn("subject-nobody")).hash, "#/login?error=forbidden");
      assert.equal((await exchange(await logIn("subject-ann"))).status, 200);
    });
  });

  test("passwords, where only the provider says who comes in", async () => {
    await under(["--Auth:Mode=oidc"], async () => {
      assert.equal((await post("login", { name: "AnnExample", password: "x" })).code, "forbidden");
      assert.equal((await exchange(await logIn("subject-ann"))).status, 200);
    });
  });
});

describe("the way back", () => {
  test("leads through a proxy to where people came from", async () => {
    await under(["--Gateway:TrustedProxies=127.0.0.1"], async () => {
      const started = await fetch(startUrl(pageSecret().challenge), {
        redirect: "manual",
        headers: { "x-forwarded-proto": "https", "x-forwarded-host": "chat.example", "x-forwarded-for": "203.0.113.7" },
      });
      assert.equal(started.status, 302);
      for (const cookie of started.headers.getSetCookie()) assert.match(cookie, /; secure/i);
      assert.equal(await redirectUri(started), `${PUBLIC}${CALLBACK}`);
    });
  });

  test("is what PublicUrl says, whatever a request says", async () => {
    await under([`--PublicUrl=${PUBLIC}`], async () => {
      const started = await fetch(startUrl(pageSecret().challenge), { redirect: "manual" });
      for (const cookie of started.headers.getSetCookie()) assert.match(cookie, /; secure/i);
      assert.equal(await redirectUri(started), `${PUBLIC}${CALLBACK}`);
    });
  });

  test("is found also when the server was started anew meanwhile", async () => {
    const browser = new Browser();
    const secret = pageSecret();
    const callback = await browser.follow(startUrl(secret.challenge), "subject-ann", isCallback);
    await server.restart();
    const code = /[\w-]{43}$/.exec((await browser.request(callback)).next)[0];
    assert.equal((await exchange({ code, ...secret })).status, 200);
  });

  /** Where the provider would send people back to, once it has let them in. */
  async function redirectUri(started) {
    const browser = new Browser();
    const arrived = await browser.follow(started.headers.get("location"), "subject-ann", (url) =>
      url.startsWith(PUBLIC),
    );
    return arrived.split("?")[0];
  }
});

describe("a provider that is away", () => {
  test("stops neither the start nor anything else, and is found again", async () => {
    const { port } = provider;
    const waiting = new Browser();
    const callback = await waiting.follow(startUrl(pageSecret().challenge), "subject-ann", isCallback);
    await provider.stop();
    assert.equal((await waiting.request(callback)).next, `${server.http}/#/login?error=unavailable`);
    await server.restart();
    const refused = await new Browser().request(startUrl(pageSecret().challenge));
    assert.equal(refused.response.status, 303);
    assert.equal(refused.next, `${server.http}/#/login?error=unavailable`);
    assert.equal((await post("login", { name: "nobody", password: "wrong password" })).code, "bad_login");
    await provider.listen(port);
    assert.equal((await exchange(await logIn("subject-ann"))).status, 200);
  });
});

test("nothing of it is in the server's output at Trace", async () => {
  const { code, verifier } = await logIn("subject-ann");
  const { refreshToken } = await exchange({ code, verifier });
  for (const secret of [CLIENT_SECRET, code, verifier, refreshToken, "subject-ann", "Ann Example", "AnnExample"])
    assert.equal(server.output.includes(secret), false, secret);
  assert.equal(/[?&](code|state)=/.test(server.output), false);
});
