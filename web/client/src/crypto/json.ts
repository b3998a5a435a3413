import { fromUtf8 } from "./bytes.ts";

/** Deepest nesting that is read; the same in every implementation, so that all refuse the same. */
const maxDepth = 32;
/** Strings and brackets of what is known to be JSON, a string with the colon that makes it a name. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}[\]]/g;

/**
 * A JSON object from UTF-8 (e2ee §1), or `undefined`. No member may be there twice, at any depth: readers differ over which of them counts,
 * and two of them would show different things.
 */
export function parseObject(bytes: Uint8Array): Record<string, unknown> | undefined {
  const text = fromUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return isUnambiguous(text) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether no object has a name twice, or one that is no Unicode; and nothing is nested too deep. */
function isUnambiguous(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, colon] of json.matchAll(tokens)) {
    if (token === "{" || token === "[") {
      if (open.push(new Set()) > maxDepth) return false;
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (colon !== undefined) {
      const name = JSON.parse(token.slice(0, -colon.length)) as string;
      const names = open.at(-1)!;
      if (names.has(name) || !name.isWellFormed()) return false;
      names.add(name);
    }
  }
  return true;
}
