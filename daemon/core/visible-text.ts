/**
 * All that Unicode calls invisible: tag characters, bidi controls, zero-width spaces, fillers …
 * But keep a joiner after a letter or emoji of the kinds that join, and a variation selector after the
 * character that it changes: at most one of each, so that they cannot carry a message.
 */
export const HIDDEN = new RegExp(
  [
    "(?<![[\\p{Lo}\\p{M}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]--\\p{DI}]\\ufe0f?)[\\u200c\\u200d]",
    "(?<=^|[\\s\\p{DI}])\\p{Variation_Selector}",
    "[\\p{DI}--\\p{Variation_Selector}--[\\u200c\\u200d]]",
  ].join("|"),
  "gv",
);

/** The text as people see it, with `\n` as its line end: no control characters but tabs, and nothing hidden. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/\r\n?|[\u2028\u2029]/gu, "\n")
    .replaceAll(/(?![\n\t])\p{Cc}|[\ufff9-\ufffb]/gu, "")
    .replaceAll(HIDDEN, "");
}
