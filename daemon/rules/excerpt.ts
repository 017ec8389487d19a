/** At most `max` UTF-16 units from the beginning of a text; never half a character. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const last = text.charCodeAt(max - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return text.slice(0, isHalf ? max - 1 : max);
}

/** The beginning of a text up to a word's end, with an ellipsis where something is left out. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  const part = cut(text, max - 1);
  const lastSpace = part.lastIndexOf(" ");
  return `${(lastSpace > max / 2 ? part.slice(0, lastSpace) : part).trimEnd()}…`;
}

/** Equal for texts that differ in case, width or spacing alone. */
export function foldText(text: string): string {
  return text.normalize("NFKC").toLowerCase().replaceAll(/\s+/gu, " ").trim();
}
