// Makes text from files, models and people fit for one row of a desktop menu.

// Control characters break rows, format characters reorder or hide text (Unicode TR36), and D-Bus refuses code points
// that are not characters. The two joiners stay, because emoji and Persian need them.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Co}\p{Zl}\p{Zp}]/gu;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
// In UTF-16 units. A family emoji has 11 or more; longer graphemes stack marks to draw over other rows.
const LONGEST_GRAPHEME = 24;

/** The longest title of a row, in graphemes. */
export const TITLE_LENGTH = 60;

/** The text on one line, without anything a desktop acts on, cut with `…`; never empty. */
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
