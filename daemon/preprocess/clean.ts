/** Text that hides nothing, and what was taken out of it. */
export interface CleanText {
  text: string;
  warnings: string[];
}

// The line ends of the Unicode standard (5.8, newline guidelines).
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

// Colours and cursor movements of terminals: control sequences of ECMA-48, section 5.4.
const ESCAPE = "\u001b";
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]`, "g");
const CONTROL = /[\p{Cc}--[\t\n]]/gv;

// Whatever Unicode says is not to be seen: tag characters, bidi controls, zero-width spaces, fillers …
// But a joiner stays after a letter or emoji of the kinds that join, and a variation selector after
// the one character it changes: at most one of each, so that they cannot carry a message.
const HIDDEN = new RegExp(
  [
    "(?<![[\\p{Lo}\\p{M}\\p{Extended_Pictographic}\\p{Emoji_Modifier}]--\\p{DI}]\\ufe0f?)[\\u200c\\u200d]",
    "(?<=^|[\\s\\p{DI}])\\p{Variation_Selector}",
    "[\\p{DI}--\\p{Variation_Selector}--[\\u200c\\u200d]]",
  ].join("|"),
  "gv",
);

// No text has these: controls other than white space, backspaces and what terminals are sent.
const FOREIGN = new RegExp(`[\\p{Cc}--[\\t\\n\\v\\f\\r\\b${ESCAPE}\\u0080-\\u009f]]`, "gv");

/**
 * Whether there are few enough control characters for a text, even a damaged one. In compressed or
 * encrypted data one character in ten is such a control.
 */
export function hasTextControls(text: string): boolean {
  return (text.match(FOREIGN) ?? []).length <= text.length / 20;
}

/**
 * The text as people see it: lines ended by \n, no control characters but tab and newline, no lone
 * surrogates, no invisible characters but those that scripts and emoji need. Cleaning twice changes nothing.
 */
export function cleanText(raw: string): CleanText {
  const warnings: string[] = [];
  const wellFormed = raw.toWellFormed().replace(LINE_ENDS, "\n");
  const visible = wellFormed.replace(TERMINAL, "").replace(CONTROL, "");
  const control = wellFormed.length - visible.length;
  if (control > 0) warnings.push(`Control characters were removed: ${control}.`);
  const hidden = visible.match(HIDDEN)?.length ?? 0;
  if (hidden > 0) warnings.push(`Invisible characters were removed: ${hidden}.`);
  return { text: visible.replace(HIDDEN, ""), warnings };
}
