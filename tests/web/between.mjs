// A hostile server: everything that a page says and hears goes through it, and it may change what it likes.
import { createServer, request } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

/**
 * Stands between pages and the server.
 * @returns its addresses, `down`: given a frame for a page, the frames that the page gets instead, and `asked`: told of each request over HTTP
 */
export async function standBetween(server) {
  const target = new URL(server.url);
  const between = { down: (frame) => [frame], asked: () => undefined, pages: [] };

  const http = createServer((from, to) => {
    const { method, headers, url } = from;
    between.asked(from);
    const asked = request({ host: target.hostname, port: target.port, method, headers, path: url }, (answer) => {
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    asked.on("error", () => to.destroy());
    from.pipe(asked);
  });

  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (page, { headers, url }) => {
    const { host, origin } = headers;
    const real = new WebSocket(`ws://${target.host}${url}`, { headers: { host, origin } });
    const early = [];
    const tell = (frame) => page.send(JSON.stringify(frame));
    between.pages.push({ tell });
    page.on("message", (data, binary) =>
      real.readyState === 1 ? real.send(data, { binary }) : early.push(data.toString()),
    );
    real.on("open", () => early.forEach((data) => real.send(data)));
    real.on("message", (data) => between.down(JSON.parse(data)).forEach(tell));
    page.on("close", () => real.close());
    real.on("close", (code) => page.close(code >= 3000 ? code : 1001));
    for (const socket of [page, real]) socket.on("error", () => socket.terminate());
  });

  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address();
  between.url = `http://127.0.0.1:${port}`;
  between.socketUrl = `ws://127.0.0.1:${port}/chat-ws`;
  between.close = async () => {
    for (const socket of sockets.clients) socket.terminate();
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
  };
  return between;
}
