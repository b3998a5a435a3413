/** The form in which texts are compared: full width and half width alike, without case, one space for any white space. */
export function fold(text: string): string {
  return text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ");
}

/** The words of a query; a message is found when it has all of them, anywhere. */
export function terms(query: string): string[] {
  return fold(query)
    .split(" ")
    .filter((term) => term !== "");
}
