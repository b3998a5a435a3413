const schemes = new Set(["http:", "https:", "mailto:"]);

/**
 * The address a link may lead to, or null. Only http, https and mailto, and no `user@` before the host, which is how
 * `https://bank.example@evil.example` deceives.
 */
export function safeHref(raw: string): string | null {
  if (raw.length > 2048) return null;
  let url: URL;
  try {
    url = new URL(raw);
  } catch {
    return null;
  }
  if (!schemes.has(url.protocol) || url.username || url.password) return null;
  if (url.protocol !== "mailto:" && !url.hostname) return null;
  return url.href;
}

/** A label that itself looks like an address must be the address, or the reader is shown where the link really leads. */
export function honestLabel(label: string, href: string): boolean {
  if (!/[\w-]\.[a-z]{2,}|:\/\//i.test(label)) return true;
  const strip = (s: string) =>
    s
      .trim()
      .replace(/^(https?:\/\/|mailto:)/i, "")
      .replace(/\/$/, "");
  return strip(label) === strip(href);
}

/**
 * Where an address that begins at `from` ends. Printable ASCII only: Chinese prose follows an address without a blank, and
 * look-alike letters from other scripts do not get into a link unseen. Closing punctuation belongs to the sentence.
 */
export function addressEnd(s: string, from: number): number {
  let end = from;
  let depth = 0;
  const last = Math.min(s.length, from + 2048);
  for (; end < last; end++) {
    const c = s.charCodeAt(end);
    if (c <= 0x20 || c > 0x7e || c === 0x3c || c === 0x3e || c === 0x22 || c === 0x60 || c === 0x5b || c === 0x5d)
      break;
    if (c === 0x28) depth++;
    else if (c === 0x29 && --depth < 0) break;
  }
  while (end > from && ".,;:!?'*_~]}".includes(s[end - 1]!)) end--;
  return end;
}
