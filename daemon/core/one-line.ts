/** The text with every run of white space as one space, trimmed. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\u0085]+/gu, " ").trim();
}
