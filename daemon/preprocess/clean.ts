import { HIDDEN } from "../core/visible-text.ts";
import type { Warning } from "../protocol/warning.ts";

/** Text without hidden characters, and warnings about what was removed. */
export interface CleanText {
  text: string;
  warnings: Warning[];
}

// The line ends of the Unicode standard (5.8, newline guidelines).
const LINE_ENDS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;

// Colours and cursor movements of terminals: control sequences of ECMA-48, section 5.4.
const ESCAPE = "\u001b";
const TERMINAL = new RegExp(`${ESCAPE}\\[[0-?]*[ -/]*[@-~]`, "g");
const CONTROL = /[\p{Cc}--[\t\n]]/gv;

// No text has these: control characters other than white space, backspaces and terminal sequences.
const FOREIGN = new RegExp(`[\\p{Cc}--[\\t\\n\\v\\f\\r\\b${ESCAPE}\\u0080-\\u009f]]`, "gv");

/**
 * Whether a text has few enough control characters to be text, even if damaged. In compressed or encrypted
 * data one character in ten is a control.
 */
export function hasFewControls(text: string): boolean {
  return (text.match(FOREIGN) ?? []).length <= text.length / 20;
}

/**
 * The text as people see it: lines end with \n; no control characters except tab and newline, no lone
 * surrogates, no invisible characters except the ones that scripts and emoji need. A second call changes
 * nothing.
 */
export function cleanText(raw: string): CleanText {
  const warnings: Warning[] = [];
  const wellFormed = raw.toWellFormed().replace(LINE_ENDS, "\n");
  const visible = wellFormed.replace(TERMINAL, "").replace(CONTROL, "");
  const control = wellFormed.length - visible.length;
  if (control > 0) {
    const message = `Control characters were removed: ${control}.`;
    warnings.push({ code: "characters_removed", message });
  }
  const hidden = visible.match(HIDDEN)?.length ?? 0;
  if (hidden > 0) {
    const message = `Invisible characters were removed: ${hidden}.`;
    warnings.push({ code: "characters_removed", message });
  }
  return { text: visible.replace(HIDDEN, ""), warnings };
}
