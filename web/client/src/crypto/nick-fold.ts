/** What cannot be seen; and U+FFFE, which is no character and which not every platform normalises. */
const invisible = /[\p{Cc}\p{Cf}\ufffe]/gu;

/**
 * The nick as it is compared for a pin (e2ee §4a): without what cannot be seen, in NFKC, in lower case. Case goes by single code points and the same
 * in every language, so that no letter's neighbours matter: both of the Turkish i stay themselves, as does ß.
 */
export function foldNick(nick: string): string {
  const visible = nick.toWellFormed().replace(invisible, "").normalize("NFKC");
  return Array.from(visible, lower).join("");
}

/** By way of upper case, for letters with several lower ones: ς and σ. A case of several code points is none. */
function lower(letter: string): string {
  if (letter === "ı") return letter; // its upper case is that of i
  const upper = onlyOne(letter.toUpperCase()) ?? letter;
  return onlyOne(upper.toLowerCase()) ?? upper;
}

function onlyOne(text: string): string | undefined {
  return String.fromCodePoint(text.codePointAt(0)!) === text ? text : undefined;
}
