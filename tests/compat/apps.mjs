// A server of one's own for tests of the HChat app, and who meets there. Importing it starts and stops the server.
import assert from "node:assert/strict";
import { after, afterEach, before } from "node:test";
import { App, Legacy, newRoom } from "./clients.mjs";
import { ServerProcess } from "./server.mjs";

export let server;
before(
  async () =>
    (server = await ServerProcess.start([
      "--Compat:TripSalt=compat-test-salt",
      "--Limits:RateLimit=false",
      "--Logging:LogLevel:Default=Trace",
    ])),
);
after(() => server?.dispose());

// Every app of every test is watched: a frame without a `type` would be shown by the app as a message.
const untyped = [];
/** An app that has joined. */
export async function joinApp(room, nick, options) {
  const app = await App.join(server.url, room, nick, options);
  app.socket.on("message", (data) => {
    const frame = JSON.parse(data.toString());
    if (typeof frame.type !== "string" || frame.type === "") untyped.push(frame);
  });
  for (const frame of app.joined) if (typeof frame.type !== "string") untyped.push(frame);
  return app;
}
afterEach(() => assert.deepEqual(untyped.splice(0), [], "no frame without a type reaches an app"));

/** Two apps and one hack.chat client in a room, all told of each other. */
export async function meeting(Stock = Legacy) {
  const room = newRoom();
  const ann = await joinApp(room, "Ann");
  const bob = await joinApp(room, "Bob");
  const stock = await Stock.join(server.url, room, "stock");
  for (const peer of [ann, bob, stock]) await peer.settle();
  return { room, ann, bob, stock };
}

/** The frames of that type. */
export const ofType = (frames, type) => frames.filter((frame) => frame.type === type);
