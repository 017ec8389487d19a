import { isActionHeading } from "./heading.ts";

/** What one line is, as far as the line alone can tell. */
export type Line =
  | { kind: "blank" }
  /** Says nothing of itself, and neither do the next ones up to the one that `end` is true for. */
  | { kind: "silent"; end: ((text: string) => boolean) | null }
  | { kind: "heading"; level: number; text: string }
  /** Makes the line above a heading of this level where that is a paragraph, else says nothing. */
  | { kind: "underline"; level: number }
  /** `width`: from its mark to its text. `isClear`: one also where it follows a line of prose. */
  | { kind: "item"; width: number; text: string; isClear: boolean }
  | { kind: "text" };

/** What a checkbox says. */
export type Box = "open" | "done" | "cancelled";

// No sentence or task is longer; what goes on is a data dump.
export const MAX_LINE = 5_000;
// Shorter lines were ended by their author; longer ones than the other by the width of the page.
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
// What begins a list, and no code.
const LIST = /^ {0,3}(?:(?:[-*+•◦‣▪–]|1[.)])[ \t]|\[[ xX/><!-]\][ \t])/u;
// Quotes, tables, HTML.
const SILENT = /^\s*(?:>|\||<(?!https?:)[a-z/!?])/iu;
const DAY =
  /^(?:\p{L}{3,9}\.?,?\s+)?(?:\d{1,2}(?:st|nd|rd|th|\.)?\s+\p{L}{3,9}\.?,?\s+\d{4}|\p{L}{3,9}\s+\d{1,2}(?:st|nd|rd|th)?,?\s+\d{4}|\d{4}-\d{2}-\d{2}|\d{1,2}\.\s?\d{1,2}\.\s?\d{4})(?:,?\s+\p{L}{3,9})?:?$/u;
const MAX_LABEL = 60;
const MAX_LABEL_WORDS = 6;

/** Tells what a line is. */
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
  // CommonMark: only a list that begins with 1 may follow a line of prose without a blank line.
  const isClear = gap !== "" && !/^(?!1[.)])\d/u.test(sign);
  return { kind: "item", width, text: line.slice(mark.length).trim(), isClear };
}

/** The width of the white space a line begins with; a tab reaches to the next multiple of four. */
export function indentOf(line: string): number {
  let width = 0;
  for (const character of line) {
    if (character === " ") width += 1;
    else if (character === "\t") width += 4 - (width % 4);
    else break;
  }
  return width;
}

/** The checkbox a text begins with, and the text after it. */
export function readBox(text: string): { box: Box | null; rest: string } {
  const [mark, brackets, symbol] = BOX.exec(text) ?? [];
  if (mark === undefined) return { box: null, rest: text };
  const sign = brackets ?? symbol ?? "";
  const box = "xX☑doneDONE".includes(sign) ? "done" : "-☒".includes(sign) ? "cancelled" : "open";
  return { box, rest: text.slice(mark.length) };
}

/**
 * The level of a line of text that heads what follows, such as "Next steps:" or a line in bold; below
 * those of headings. Undefined for any other line.
 *
 * @param plain the line without its markup
 * @param next the next line that is not blank
 * @param place.isAlone nothing stands right above it
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
    // "Ann:" or "This week:" divides a section; a longer line begins something else.
    return isAction || plain.split(" ").length > 3 ? 6 : 7;
  }
  // A few words above a list, and no sentence.
  const isBrief = plain.split(" ").length <= MAX_LABEL_WORDS && /[\p{L}\p{N})]$/u.test(plain);
  if (isAlone && isBrief && LIST.test(next)) return 6;
  // A day alone, as above each entry of a journal.
  if (isAlone && DAY.test(plain)) return 6;
  if (isMarkdown) return undefined;
  const isShouted = /^[\p{Lu}\p{N} &/'’()-]+$/u.test(plain) && /\p{Lu}{3}/u.test(plain);
  return isAction || isShouted ? 6 : undefined;
}

/**
 * Whether a line that is broken for width goes on in the next: an author who wraps at 72 columns leaves
 * long lines that end inside a sentence.
 */
export function isWrapped(line: string, next: string): boolean {
  if (line.length < MIN_WRAPPED || /[.!?:;]$/u.test(line)) return false;
  if (/^[\p{Ll}\p{N}("'“]/u.test(next) || UNFINISHED.test(line)) return true;
  return line.length >= SURELY_WRAPPED && /^\p{L}[^:]*$/u.test(next.slice(0, 40));
}
