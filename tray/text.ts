// Text of files, models and people, made fit for one row of a menu that a desktop draws.

// Control characters break rows, format characters reorder or hide text (Unicode TR36), and what is no
// character at all is refused by D-Bus. The two joiners stay: emoji and Persian need them.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}]/gu;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// In UTF-16 units: a family emoji has 11 and more; more marks than this are piled up to be drawn over other rows.
const LONGEST_GRAPHEME = 24;

/** The longest title of a row, in characters as a reader counts them. */
export const TITLE_LENGTH = 60;

/** The text on one line without anything a desktop would act on, clipped with `…`; never empty. */
export function cleanText(text: string, length = TITLE_LENGTH): string {
  // Cut first: a message may be megabytes long.
  const line = text
    .slice(0, length * 50)
    .replace(UNSAFE, " ")
    .replaceAll(/\s+/gu, " ")
    .trim();
  if (line === "") return "(empty)";
  const kept: string[] = [];
  for (const { segment } of graphemes.segment(line)) {
    if (kept.length === length) {
      kept[length - 1] = "…";
      break;
    }
    kept.push(segment.slice(0, LONGEST_GRAPHEME).toWellFormed());
  }
  return kept.join("");
}
