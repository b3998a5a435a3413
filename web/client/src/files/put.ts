/** For so long an upload may stand still before it is taken for lost, ms. */
const patience = 60_000;
/** What is between here and the store may have taken all at once and pass it on as slowly as this, bytes/ms. */
const leastPace = 16;

/** Who watches an upload. */
export interface PutWatch {
  /** So many bytes have gone out. */
  progress(bytes: number): void;
  signal: AbortSignal;
}

/** Puts bytes to an address. @returns the status of the answer; 0 when there was none */
export type Put = (url: string, body: Blob, headers: Record<string, string>, watch: PutWatch) => Promise<number>;

/** By XMLHttpRequest, which alone tells how far an upload is; elsewhere by `fetch`. */
export const put: Put = (...call) => (typeof XMLHttpRequest === "undefined" ? byFetch : byRequest)(...call);

const byRequest: Put = (url, body, headers, { progress, signal }) =>
  new Promise((resolve) => {
    const request = new XMLHttpRequest();
    let timer: ReturnType<typeof setTimeout>;
    const moved = (more = 0) => {
      clearTimeout(timer);
      timer = setTimeout(() => request.abort(), patience + more);
    };
    const stop = () => request.abort();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      resolve(request.status);
    };
    request.upload.onprogress = ({ loaded }) => {
      moved();
      progress(loaded);
    };
    request.upload.onload = () => moved(body.size / leastPace);
    request.onloadend = end;
    if (signal.aborted) return resolve(0);
    signal.addEventListener("abort", stop);
    moved();
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.send(body);
  });

const byFetch: Put = async (url, body, headers, { progress, signal }) => {
  try {
    const { status } = await fetch(url, { method: "PUT", body, headers, signal, credentials: "omit" });
    progress(body.size);
    return status;
  } catch {
    return 0;
  }
};
