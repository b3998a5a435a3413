/** For so long a store may be silent before the connection is taken for dead, ms: it would never say so by itself. */
const silence = 30_000;

/** What comes of the store; what does not come in time is broken off. @param ending ends the request of which it is awaited */
export async function heard<T>(coming: Promise<T>, ending: AbortController): Promise<T> {
  const timer = setTimeout(() => ending.abort(), silence);
  try {
    return await coming;
  } finally {
    clearTimeout(timer);
  }
}
