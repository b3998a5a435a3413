// The peer of the fan-out figure: an ordinary room gateway on Node's `ws`, as one writes it in an afternoon.
import { WebSocketServer } from "ws";

const rooms = new Map();
const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2]) });

server.on("connection", (socket) => {
  socket.on("message", (data) => {
    const message = JSON.parse(data);
    if (message.cmd === "join") {
      socket.nick = message.nick;
      socket.channel = message.channel;
      if (!rooms.has(socket.channel)) rooms.set(socket.channel, new Set());
      rooms.get(socket.channel).add(socket);
      socket.send(JSON.stringify({ cmd: "onlineSet", nicks: [], time: Date.now() }));
    } else if (message.cmd === "chat") {
      const { nick, channel } = socket;
      const frame = JSON.stringify({ cmd: "chat", nick, channel, text: message.text, time: Date.now() });
      for (const member of rooms.get(channel) ?? []) member.send(frame);
    }
  });
  socket.on("close", () => rooms.get(socket.channel)?.delete(socket));
});
server.on("listening", () => console.log("ready"));
