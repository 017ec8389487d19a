import { isActionHeading } from "./heading.ts";

/** The kind of one line, as far as the line alone shows it. */
export type Line =
  | { kind: "blank" }
  /** To skip, together with the next lines up to the one for which `end` is true. */
  | { kind: "silent"; end: ((text: string) => boolean) | null }
  | { kind: "heading"; level: number; text: string }
  /** Makes a paragraph of one line above it a heading of this level. */
  | { kind: "underline"; level: number }
  /** `width`: columns from its mark to its text. `isClear`: it is an item also after a line of prose. */
  | { kind: "item"; width: number; text: string; isClear: boolean }
  | { kind: "text" };

/** The state of a checkbox. */
export type Box = "open" | "done" | "cancelled";

/** The longest part of a line that is read: no sentence or task is longer. */
export const MAX_LINE = 5_000;
// A line shorter than the first was ended by its author, a line longer than the second by the width of the page.
const MIN_WRAPPED = 55;
const SURELY_WRAPPED = 70;
// No sentence and no line of a list ends with one of these.
const UNFINISHED =
  /\s(?:a|an|and|as|at|before|by|for|from|in|my|of|on|or|our|than|the|their|to|until|with|your)$/u;

const FENCE = /^\s*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}(?=[^`]*$)|~{3,})/u;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/u;
const UNDERLINE = /^ {0,3}(?:(={2,})|-{3,})[ \t]*$/u;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/u;
const ITEM = /^[ \t]*([-*+•◦‣▪–]|\d{1,9}[.)])([ \t]+|$)/u;
// "/", ">", "<" and "!" as in Obsidian: begun, put off, planned, important.
const BOX = /^(?:\[([ xX/><!-]|done|DONE)\]|([☐☑☒]))(?:[ \t]+|$)/u;
// The beginning of a list, but not of code.
const LIST = /^ {0,3}(?:(?:[-*+•◦‣▪–]|1[.)])[ \t]|\[[ xX/><!-]\][ \t])/u;
// Quotes, tables, HTML.
const SILENT = /^\s*(?:>|\||<(?!https?:)[a-z/!?])/iu;
const DAY =
  /^(?:\p{L}{3,9}\.?,?\s+)?(?:\d{1,2}(?:st|nd|rd|th|\.)?\s+\p{L}{3,9}\.?,?\s+\d{4}|\p{L}{3,9}\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.\s?\d{1,2}\.\s?\d{4})(?:,?\s+\p{L}{3,9})?:?$/u;
const MAX_LABEL = 60;
const MAX_LABEL_WORDS = 6;

/** Reads the kind of a line. */
export function readLine(line: string, isMarkdown: boolean): Line {
  if (line.trim() === "") return { kind: "blank" };
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) {
    const sign = fence.charAt(0);
    const end = (text: string): boolean =>
      text.length >= fence.length && text === sign.repeat(text.length);
    return { kind: "silent", end };
  }
  if (isMarkdown && /^\s*<!--/u.test(line)) {
    return { kind: "silent", end: line.includes("-->") ? null : (text) => text.includes("-->") };
  }
  const [, signs, heading] = HEADING.exec(line) ?? [];
  if (signs !== undefined && heading !== undefined) {
    const text = heading.trimEnd().replace(/(?<=\s)#{1,50}$/u, "");
    return { kind: "heading", level: signs.length, text };
  }
  const underline = UNDERLINE.exec(line);
  if (underline !== null) return { kind: "underline", level: underline[1] === undefined ? 2 : 1 };
  if (SILENT.test(line) || RULE.test(line)) return { kind: "silent", end: null };
  const [mark, sign = "", gap = ""] = ITEM.exec(line) ?? [];
  if (mark === undefined) return { kind: "text" };
  const width = sign.length + Math.min(gap.length, 4);
  // CommonMark: only a numbered list that begins with 1 may follow prose without a blank line.
  const isClear = gap !== "" && !/^(?!1[.)])\d/u.test(sign);
  return { kind: "item", width, text: line.slice(mark.length).trim(), isClear };
}

/** The columns of white space at the beginning of a line; a tab reaches to the next multiple of four. */
export function indentOf(line: string): number {
  let width = 0;
  for (const character of line) {
    if (character === " ") width += 1;
    else if (character === "\t") width += 4 - (width % 4);
    else break;
  }
  return width;
}

/** Reads the checkbox at the beginning of a text, and the text after it. */
export function readBox(text: string): { box: Box | null; rest: string } {
  const [mark, brackets, symbol] = BOX.exec(text) ?? [];
  if (mark === undefined) return { box: null, rest: text };
  const sign = brackets ?? symbol ?? "";
  const box = "xX☑doneDONE".includes(sign) ? "done" : "-☒".includes(sign) ? "cancelled" : "open";
  return { box, rest: text.slice(mark.length) };
}

/**
 * The level of a label, such as "Next steps:" or a line in bold, below the levels of headings. Undefined for
 * any other line.
 *
 * @param plain the line without its markup
 * @param next the next line that is not blank
 * @param place.isAlone the line above it is blank or ends a block
 */
export function levelOfLabel(
  line: string,
  plain: string,
  next: string,
  { isMarkdown, isAlone }: { isMarkdown: boolean; isAlone: boolean },
): number | undefined {
  if (plain.length > MAX_LABEL) return undefined;
  const isAction = isActionHeading(plain);
  if (/^(?:\*\*|__)[^*_]+(?:\*\*|__):?$/u.test(line) && !/:\s/u.test(plain)) return 6;
  if (plain.endsWith(":") && (isAction || ITEM.test(next))) {
    // "Ann:" or "This week:" divides a section; a longer line begins a new one.
    return isAction || plain.split(" ").length > 3 ? 6 : 7;
  }
  // A few words above a list that are not a sentence.
  const isBrief = plain.split(" ").length <= MAX_LABEL_WORDS && /[\p{L}\p{N})]$/u.test(plain);
  if (isAlone && isBrief && LIST.test(next)) return 6;
  // A day alone, such as above each entry of a journal.
  if (isAlone && DAY.test(plain)) return 6;
  if (isMarkdown) return undefined;
  const isShouted = /^[\p{Lu}\p{N} &/'’()-]+$/u.test(plain) && /\p{Lu}{3}/u.test(plain);
  return isAction || isShouted ? 6 : undefined;
}

/**
 * Whether a line continues in the next one because it was wrapped: an author who wraps at 72 columns leaves
 * long lines that end inside a sentence.
 */
export function isWrapped(line: string, next: string): boolean {
  if (line.length < MIN_WRAPPED || /[.!?:;]$/u.test(line)) return false;
  if (/^[\p{Ll}\p{N}("'“]/u.test(next) || UNFINISHED.test(line)) return true;
  return line.length >= SURELY_WRAPPED && /^\p{L}[^:]*$/u.test(next.slice(0, 40));
}
