import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { ChatClient } from "../src/index.ts";
import { FakeServer, user } from "./fake-server.ts";
import { pattern } from "./vectors.ts";

// WebCrypto works on threads of its own, which a busy machine may keep waiting.
vi.setConfig({ testTimeout: 120_000 });

const commands =
  "session onlineSet onlineAdd onlineRemove updateUser chat emote updateMessage whisper invite typing ack nack info warn publicchannels pong replay edit delete note reaction_added reaction_removed delivered_receipt read_receipt roomState roomInfo identity roles invitation invites knock knockAnswered admitted banned bans pardoned".split(
    " ",
  );
const value = fc.oneof(fc.jsonValue(), fc.constantFrom("r", 1, 2, "E2EE:", "E2EE:e30=", true, [], {}));
const members =
  "channel nick userid text mid users channels e2ee from to customId mode code room retryAfterMs time list id token epoch seq head oldest history from to events more previous recovered target messageId emoji ttl moderator inbox room identity nonce identities invites bans roles expires uses".split(
    " ",
  );
const frame = fc
  .tuple(fc.constantFrom(...commands), fc.dictionary(fc.constantFrom(...members), value))
  .map(([cmd, rest]): object => ({ channel: "r", nick: "bob", userid: 1, text: "x", ...rest, cmd }));

test.each([true, false])("no frame of a server breaks a room (encrypted: %s)", async (encrypted) => {
  await fc.assert(
    fc.asyncProperty(fc.array(frame, { maxLength: 30 }), async (frames) => {
      const server = new FakeServer();
      const client = new ChatClient({ url: "wss://host/chat-ws", WebSocket: server.WebSocket });
      const address = encrypted ? { channel: "r", encrypted, key: pattern(32) } : { channel: "r", encrypted };
      const room = client.join(address, "ann");
      const socket = server.accept();
      socket.says({ cmd: "onlineSet", channel: "r", users: [user(1, "bob"), user(2, "ann", true)] });
      await room.entered;
      for (const hostile of frames) socket.says(hostile);
      room.say("canary");
      const { kind } = room.state.value;
      if (kind === "joined") {
        const sent = await socket.next("chat");
        if (encrypted) expect(JSON.stringify(sent)).not.toContain("canary");
      } else expect(["refused", "deriving", "joining"]).toContain(kind);
      client.close();
    }),
    { numRuns: 200 },
  );
});
