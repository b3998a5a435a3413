// As much of an OpenID Connect provider as a login needs: whoever comes is Ann, and is sent back at once.
import { createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { createServer } from "node:http";

const base64Url = (value) => Buffer.from(value).toString("base64url");

/** @returns its address, settings for the server, and a switch: whether it refuses whoever comes */
export async function startProvider() {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const grants = new Map();
  const provider = { refuses: false };

  const idToken = ({ client, nonce }) => {
    const now = Math.floor(Date.now() / 1000);
    const head = { alg: "RS256", kid: "key", typ: "JWT" };
    const claims = { iss: provider.url, sub: "subject-ann", aud: client, nonce, iat: now, exp: now + 300 };
    const body = [head, claims].map((part) => base64Url(JSON.stringify(part))).join(".");
    return `${body}.${base64Url(sign("RSA-SHA256", Buffer.from(body), privateKey))}`;
  };

  const authorize = (query) => {
    const back = new URL(query.get("redirect_uri"));
    back.searchParams.set("state", query.get("state"));
    if (provider.refuses) {
      back.searchParams.set("error", "access_denied");
    } else {
      const code = randomBytes(16).toString("hex");
      const [client, nonce, challenge] = ["client_id", "nonce", "code_challenge"].map((name) => query.get(name));
      grants.set(code, { client, nonce, challenge });
      back.searchParams.set("code", code);
    }
    return back.href;
  };

  const exchange = (form) => {
    const grant = grants.get(form.get("code"));
    grants.delete(form.get("code"));
    const shown = createHash("sha256").update(form.get("code_verifier")).digest("base64url");
    if (!grant || grant.challenge !== shown) return { error: "invalid_grant" };
    return { access_token: "at", token_type: "Bearer", expires_in: 300, id_token: idToken(grant) };
  };

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, provider.url);
    let body = "";
    for await (const part of request) body += part;
    const answers = {
      "/.well-known/openid-configuration": () => ({
        issuer: provider.url,
        authorization_endpoint: `${provider.url}/authorize`,
        token_endpoint: `${provider.url}/token`,
        userinfo_endpoint: `${provider.url}/userinfo`,
        jwks_uri: `${provider.url}/jwks`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      }),
      "/jwks": () => ({ keys: [{ ...publicKey.export({ format: "jwk" }), kid: "key", alg: "RS256", use: "sig" }] }),
      "/token": () => exchange(new URLSearchParams(body)),
      "/userinfo": () => ({ sub: "subject-ann", preferred_username: "ann" }),
    };
    if (pathname === "/authorize") {
      response.writeHead(302, { Location: authorize(searchParams) }).end();
      return;
    }
    const answer = answers[pathname]?.();
    response
      .writeHead(!answer ? 404 : answer.error ? 400 : 200, { "Content-Type": "application/json" })
      .end(JSON.stringify(answer ?? {}));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  provider.url = `http://127.0.0.1:${server.address().port}`;
  provider.settings = [`--Oidc:Authority=${provider.url}`, "--Oidc:ClientId=hcchat", "--Oidc:ClientSecret=for tests"];
  provider.close = () => {
    server.closeAllConnections();
    server.close();
  };
  return provider;
}
