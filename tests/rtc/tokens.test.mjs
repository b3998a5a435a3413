// LiveKit's own server SDK reads our tokens, and its rules for webhooks are ours.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { AccessToken, TokenVerifier, WebhookReceiver } from "livekit-server-sdk";
import { newRoom } from "./host.mjs";
import { Product, Talker } from "./product.mjs";

test("its verifier takes our tokens under our secret and under no other", async () => {
  const product = await Product.start();
  const ann = await Talker.join(product, newRoom(), "ann");
  const { token, identity } = await ann.seat();
  const secret = (await readFile(`${product.data}/secrets/rtc.key`)).toString("base64url");
  const claims = await new TokenVerifier("hcchat", secret).verify(token);
  assert.deepEqual([claims.sub, claims.name, claims.video.roomJoin], [identity, "ann", true]);
  await assert.rejects(new TokenVerifier("hcchat", `${secret}x`).verify(token));
  ann.leave();
  await product.stop();
});

test("webhooks that its receiver takes we take, and what it refuses we refuse", async () => {
  const [key, secret] = ["key", "a secret that LiveKit and we have in common"];
  const product = await Product.start(
    "--Rtc:Mode=livekit",
    "--LiveKit:Url=ws://127.0.0.1:1",
    `--LiveKit:ApiKey=${key}`,
    `--LiveKit:ApiSecret=${secret}`,
  );
  const receiver = new WebhookReceiver(key, secret);
  const body = JSON.stringify({
    event: "room_started",
    id: "EV_1",
    createdAt: "1800000000",
    room: { sid: "RM_1", name: "hc_x" },
  });
  const sign = async (signed, { as = key, by = secret, ttl = 300, plain = false } = {}) => {
    const token = new AccessToken(as, by, { ttl });
    if (!plain) token.sha256 = createHash("sha256").update(signed).digest("base64");
    return token.toJwt();
  };
  const hooks = {
    good: [body, await sign(body), true],
    "another body": [`${body} `, await sign(body), false],
    "another secret": [body, await sign(body, { by: `${secret}!` }), false],
    "another key": [body, await sign(body, { as: "other" }), false],
    "no hash": [body, await sign(body, { plain: true }), false],
    "long over": [body, await sign(body, { ttl: -600 }), false],
    "no token": [body, "", false],
  };
  for (const [name, [sent, token, isGood]] of Object.entries(hooks)) {
    const theirs = await receiver.receive(sent, token).then(
      () => true,
      () => false,
    );
    const headers = { "content-type": "application/webhook+json", ...(token && { authorization: token }) };
    const answer = await fetch(`${product.url}/api/rtc/webhook`, { method: "POST", headers, body: sent });
    assert.deepEqual([theirs, answer.status], isGood ? [true, 204] : [false, 401], name);
  }
  await product.stop();
});
