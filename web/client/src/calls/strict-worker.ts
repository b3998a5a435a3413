/** What LiveKit says to the worker that encrypts for it; the few members that matter here. */
interface Order {
  kind: string;
  data?: { enabled?: boolean; participantIdentity?: string };
}

/** After these frames come. */
const carriers = new Set(["encode", "decode", "updateCodec"]);

/**
 * Makes the worker that encrypts for LiveKit encrypt and decrypt always. LiveKit switches that off for whoever the server says does not
 * encrypt, and lets frames of the server's own through; here neither is the server's to say.
 */
export function strict<W extends Pick<Worker, "postMessage">>(worker: W): W {
  const post = worker.postMessage.bind(worker) as (message: Order, options?: unknown) => void;
  const enabled = new Set<string>();
  worker.postMessage = (message: Order, options?: unknown) => {
    const { kind, data } = message;
    if (kind === "setSifTrailer") return;
    const identity = data?.participantIdentity;
    // LiveKit is told of each, and knows nobody before it has met them.
    if (identity && carriers.has(kind) && !enabled.has(identity)) {
      enabled.add(identity);
      post({ kind: "enable", data: { enabled: true, participantIdentity: identity } });
    }
    post(kind === "enable" ? { kind, data: { ...data, enabled: true } } : message, options);
  };
  return worker;
}
