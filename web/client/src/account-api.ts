import { refuse } from "./refusals.ts";
import type { Result } from "./types.ts";

/** How long the server may take to answer, ms. */
const patience = 15_000;

/** Where a call goes, and how. */
export interface Api {
  /** The server's address, with a slash at its end. */
  url: string;
  fetch?: typeof globalThis.fetch;
}

/** How a call is made. */
export interface CallOptions {
  /** Stands in `Authorization`. */
  token?: string;
  /** Default: POST with a body, else GET. */
  method?: "DELETE";
  /** Goes on when the page has gone. */
  keepalive?: boolean;
}

/**
 * Calls the server over HTTP. A refusal has the server's `code` (spec/codes.md); without an answer it is `offline`.
 * @param body makes it a POST
 */
export async function callApi<T = Record<string, unknown>>(
  { url, fetch = globalThis.fetch }: Api,
  path: string,
  body?: object,
  { token, method, keepalive = false }: CallOptions = {},
): Promise<Result<T>> {
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(`${url}${path}`, {
      method: method ?? (body ? "POST" : "GET"),
      headers: {
        Accept: "application/json",
        ...(body && { "Content-Type": "application/json" }),
        ...(token && { Authorization: `Bearer ${token}` }),
      },
      ...(body && { body: JSON.stringify(body) }),
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      keepalive,
      signal: AbortSignal.timeout(patience),
    });
    answer = response.status === 204 ? {} : await response.json();
  } catch {
    return refuse("offline"); // nobody is there, or somebody else
  }
  if (response.ok) return { ok: true, value: answer as T };
  const { code, title } = (answer ?? {}) as { code?: unknown; title?: unknown };
  const seconds = Number(response.headers.get("Retry-After"));
  return {
    ok: false,
    refusal: {
      code: typeof code === "string" ? code : "unavailable",
      text: typeof title === "string" ? title : response.statusText,
      ...(seconds > 0 && { retryAfterMs: seconds * 1000 }),
    },
  };
}
