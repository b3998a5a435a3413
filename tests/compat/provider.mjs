// A real OpenID Connect provider on 127.0.0.1, and a browser as far as a login needs one: cookies, redirects and two forms.
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { Provider } from "oidc-provider";

export const CLIENT_ID = "hcchat";
export const CLIENT_SECRET = "oidc-client-secret-canary";

/** What the provider says of its people, by subject. */
const people = {
  "subject-ann": { preferred_username: "Ann Example@mail.example", groups: ["chat", "staff"] },
  "subject-ann-again": { preferred_username: "Ann Example", groups: ["chat"] },
  "subject-eve": { preferred_username: "eve", groups: ["other"] },
};

export class IdentityProvider {
  /** Starts one that knows a server at `origin`. It can be stopped and started again on its port. */
  static async start(origins) {
    const provider = new IdentityProvider();
    provider.origins = origins;
    await provider.listen(0);
    return provider;
  }

  get issuer() {
    return `http://127.0.0.1:${this.port}`;
  }

  async listen(port) {
    this.http = createServer((request, response) => this.answer(request, response));
    await new Promise((resolve) => this.http.listen(port, "127.0.0.1", resolve));
    this.port = this.http.address().port;
    const oidc = new Provider(this.issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          token_endpoint_auth_method: "client_secret_post",
          grant_types: ["authorization_code"],
          response_types: ["code"],
          redirect_uris: this.origins.map((origin) => `${origin}/api/auth/oidc/callback`),
        },
      ],
      claims: { openid: ["sub"], profile: ["preferred_username", "groups"] },
      cookies: { keys: ["only for tests"] },
      findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub, ...people[sub] }) }),
    });
    this.answer = oidc.callback();
  }

  async stop() {
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }
}

/** A page's secret and what it shows of it at the beginning. */
export function pageSecret() {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}

export class Browser {
  #jars = new Map();
  /** Each `Set-Cookie` that came, with the address that sent it. */
  setCookies = [];

  /** One request, with the cookies of that origin; redirects are not followed. */
  async request(url, { method = "GET", form } = {}) {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map();
    this.#jars.set(origin, jar);
    const response = await fetch(url, {
      method,
      redirect: "manual",
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join("; ") },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    });
    for (const cookie of response.headers.getSetCookie()) {
      this.setCookies.push({ url, cookie });
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value === "" || /expires=Thu, 01 Jan 1970/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get("location");
    return { response, next: location && new URL(location, url).href };
  }

  /** Goes where it is sent until `arrived`, logging in as `subject` and consenting where it is asked. */
  async follow(url, subject, arrived) {
    for (let hop = 0; hop < 20; hop++) {
      if (arrived(url)) return url;
      const { response, next } = await this.request(url);
      const page = next ? "" : await response.text();
      const form = /<form[^>]* action="([^"]+)"/.exec(page)?.[1];
      if (next) url = next;
      else if (form) {
        const prompt = /name="prompt" value="(\w+)"/.exec(page)[1];
        const sent = await this.request(new URL(form, url).href, {
          method: "POST",
          form: prompt === "login" ? { prompt, login: subject, password: "any" } : { prompt },
        });
        url = sent.next;
      } else throw new Error(`stuck at ${url} (${response.status}): ${page.slice(0, 400)}`);
    }
    throw new Error(`sent around for ever, last to ${url}`);
  }
}
