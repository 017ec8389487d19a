/** At most `max` UTF-16 units from the beginning of a text; doesn't split a surrogate pair. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? max - 1 : max);
}

/** At most `max` UTF-16 units of a text; a longer text ends after a word, with an ellipsis. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const part = cut(text, max - 1);
  const lastSpace = part.lastIndexOf(" ");
  return `${(lastSpace > max / 2 ? part.slice(0, lastSpace) : part).trimEnd()}…`;
}

/** Gives equal results for texts that differ only in case, width or spacing. */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ").trim();
}
