/** A text with each run of white space as one space, so that passages can be compared. */
export function evenSpaces(text: string): string {
  return text.replaceAll(/\s+/gu, " ").trim();
}

/** Returns whether a quote occurs in a document's text, white space aside. An empty quote does not. */
export function createVerifier(text: string): (quote: string | null) => boolean {
  const evenText = evenSpaces(text);
  return (quote) => {
    const passage = evenSpaces(quote ?? "");
    return passage !== "" && evenText.includes(passage);
  };
}
