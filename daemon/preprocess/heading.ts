import type { Document } from "../protocol/document.ts";
import { LIMITS } from "./limits.ts";

type Heading = Document["headings"][number];

// No real heading is longer. Every pattern here stays quick by looking at no more of a line.
const LINE_CHARS = 500;

// The start of a block without headings (CommonMark 4.5 and 4.6).
const FENCE = /^ {0,3}(`{3,}(?=[^`]*$)|~{3,})/;
const HTML = /^ {0,3}<(?:(!--)|(pre|script|style|textarea)\b)/i;

const HEADING = /^ {0,3}(#{1,6})(?=[ \t]|$)/;
const UNDERLINE = /^ {0,3}(?:(=)=*|-+)[ \t]*$/;
const RULE = /^ {0,3}(?:[-*_][ \t]*){3,}$/;
const CONTAINER = /^ {0,3}(?:[>|<]|(?:[-+*]|\d{1,9}[.)])(?:[ \t]|$))/;
const INDENTED = /^(?: {4}| {0,3}\t)/;

/**
 * Finds the headings of a Markdown text (CommonMark 4.2 and 4.3), at most one more than the limit. Leaves out
 * headings in code, comments, quotes and lists, and in the first `skip` lines. An underline makes a heading
 * only from a paragraph of one line, because below a longer one people mean `---` as a rule.
 */
export function readHeadings(text: string, skip: number): Heading[] {
  const headings: Heading[] = [];
  const add = (level: number, markup: string, line: number): void => {
    const plain = plainText(markup);
    if (plain !== "") headings.push({ level, text: plain, line });
  };
  let blockEnd: RegExp | null = null;
  let previous = "";
  // Lines of the paragraph so far. A line that begins with a mark counts as two, so that it is no heading.
  let paragraph = 0;

  for (const [number, whole] of text.split("\n").entries()) {
    if (headings.length > LIMITS.headings) break;
    if (number < skip) continue;
    if (blockEnd) {
      if (blockEnd.test(whole)) blockEnd = null;
      continue;
    }
    const line = whole.slice(0, LINE_CHARS);
    const marks = HEADING.exec(line);
    const underline = paragraph === 1 ? UNDERLINE.exec(line) : null;
    blockEnd = findBlockEnd(line);
    if (marks?.[1]) add(marks[1].length, line.slice(marks[0].length), number);
    if (underline) add(underline[1] ? 1 : 2, previous, number - 1);

    if (marks || underline || blockEnd || line.trim() === "" || RULE.test(line)) paragraph = 0;
    else if (CONTAINER.test(line)) paragraph = 2;
    else if (paragraph > 0 || !INDENTED.test(line)) paragraph += 1;
    previous = line;
  }
  return headings;
}

function findBlockEnd(line: string): RegExp | null {
  const fence = FENCE.exec(line)?.[1];
  if (fence) return new RegExp(`^ {0,3}${fence[0]}{${fence.length},}[ \\t]*$`);
  const html = HTML.exec(line);
  if (!html) return null;
  const end = html[1] ? /-->/ : new RegExp(`</${html[2]}>`, "i");
  return end.test(line) ? null : end;
}

const LINK = /(`+[^`]*`+)|!?\[([^[\]]*)\](?:\([^()]*\)|\[[^[\]]*\])/g;
// Keeps escaped characters and code, and removes tags and marks of emphasis at the edge of a word.
const MARKUP =
  /\\([!-/:-@[-`{-~])|`+([^`]*)`+|<(?:\/?[a-z][a-z\d-]*(?:[\s/][^<>]*)?|!--[^<>]*--)>|(?<![\p{L}\p{N}])(?:\*+|_+|~~)(?=\S)|(?<=\S)(?:\*+|_+|~~)(?![\p{L}\p{N}])/giu;

/** The words of a heading without markup, good enough for a title. */
function plainText(markup: string): string {
  const toLabel = (_: string, code?: string, label?: string): string => code ?? label ?? "";
  return (
    markup
      .trim()
      .replace(/(?:^|[ \t])#+$/, "")
      // Twice, for an image in a link.
      .replace(LINK, toLabel)
      .replace(LINK, toLabel)
      .replace(MARKUP, (_, escaped?: string, code?: string) => escaped ?? code ?? "")
      .replace(/\s+/g, " ")
      .trim()
  );
}
