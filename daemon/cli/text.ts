// Makes text from files, models and people safe for a terminal, and measures it.

// Control characters move the cursor or start an escape sequence, format characters reorder or hide text
// (Unicode TR36), and line separators fake lines. The two joiners stay: emoji and Persian need them.
const UNSAFE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text on one line, with everything that a terminal acts on written as an escape (`\x1b`, `\u202e`, `\n`). */
export function escapeText(text: string): string {
  return text.replace(UNSAFE, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    if (code > 0xffff) return `\\u{${hex}}`;
    if (code > 0xff) return `\\u${hex.padStart(4, "0")}`;
    return SHORT_ESCAPES[character] ?? `\\x${hex.padStart(2, "0")}`;
  });
}

/** {@link escapeText} for several lines; the line breaks stay. */
export function escapeLines(text: string): string {
  return text.split("\n").map(escapeText).join("\n");
}

/** A copy of a JSON value in which every string is escaped. */
export function escapeStrings<T>(document: T): T {
  return JSON.parse(JSON.stringify(document), (_key, value: unknown) =>
    typeof value === "string" ? escapeText(value) : value,
  );
}

/** The value as JSON that is safe for a terminal: what {@link escapeText} escapes becomes `\uXXXX`. */
export function toSafeJson(document: unknown, indent: number): string {
  return JSON.stringify(document, null, indent).replace(UNSAFE, (character) =>
    // Outside of strings, only the indentation has line breaks.
    character === "\n" ? character : character.replace(/[^]/g, toJsonEscape),
  );
}

function toJsonEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

// Characters that terminals draw two columns wide (Unicode TR11: W and F), in blocks.
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18fff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3ffff}]/u;
// Drawn over the character before. U+FE0F is not among them: it makes that character wide.
const NARROW = /(?!\ufe0f)[\p{Mn}\p{Me}\u200c\u200d]/u;

/** The most terminal columns an escaped text can take: joined emoji count as separate ones. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!NARROW.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The text in at most `width` columns; `…` marks a cut at its end (or start). */
export function clip(text: string, width: number, cut: "end" | "start" = "end"): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  const segments = Array.from(graphemes.segment(text), ({ segment }) => segment);
  if (cut === "start") segments.reverse();
  const kept: string[] = [];
  let left = width - 1;
  for (const segment of segments) {
    left -= displayWidth(segment);
    if (left < 0) break;
    kept.push(segment);
  }
  return cut === "start" ? `…${kept.reverse().join("")}` : `${kept.join("")}…`;
}
