/** The text with every run of white space and line breaks as one space, without any at its ends. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\s\u0085]+/gu, " ").trim();
}
