import type { Document } from "../../../protocol/document.ts";
import { isActionHeading } from "./heading.ts";
import { plainText } from "./markup.ts";

/*
 * The outline of a text or Markdown document: headings, list items and paragraphs with their lines.
 * One pass with no nesting to follow down, so that the cost stays linear whatever the document holds; a
 * CommonMark parser takes seconds for a few thousand nested items. Code, quoted replies, tables, HTML
 * blocks and comments give nothing: what stands there is not said by the document itself.
 */

/** What a checkbox says. */
export type Box = "open" | "done" | "cancelled";

export interface Block {
  /** A label is a line that heads what follows without being marked as a heading: `Next steps:`. */
  kind: "heading" | "label" | "item" | "paragraph";
  /**
   * heading: 1-6. label: 6, or 7 where it may stand below another label. item, paragraph: how many items
   * it stands in.
   */
  level: number;
  /** 0-based line of the document's text. */
  first: number;
  /** The text of each of its lines, without markup. */
  lines: string[];
  box: Box | null;
  /** All of it is struck out: it was dropped, or done. */
  isStruck: boolean;
}

export interface Outline {
  /** The lines of the document's text, as they are. */
  source: readonly string[];
  blocks: readonly Block[];
  /** The line after the front matter. */
  bodyStart: number;
}

const DATA_TYPES = new Set([
  "application/json",
  "application/xml",
  "application/yaml",
  "text/calendar",
  "text/csv",
  "text/tab-separated-values",
  "text/vcard",
]);
// Programs and settings are plain text too; in theirs, "tasks:" and "- " mean something else.
const PROSE_NAME =
  /^[^.]+$|\.(?:adoc|asciidoc|list|log|mail|memo|minutes|notes?|org|rst|te?xt|textile|todo|wiki)$/iu;

// No sentence or task is longer; what goes on is a data dump.
const MAX_LINE = 5_000;

const FENCE = /^\s*(?:[-*+]\s+|\d{1,9}[.)]\s+)?(`{3,}(?=[^`]*$)|~{3,})/u;
const HEADING = /^ {0,3}(#{1,6})[ \t]+(\S.*)$/u;
const UNDERLINE = /^ {0,3}(?:(={2,})|-{3,})[ \t]*$/u;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/u;
const ITEM = /^([ \t]*)([-*+•◦‣▪–]|\d{1,9}[.)])([ \t]+|$)/u;
const BOX = /^(?:\[([ xX-])\]|([☐☑☒]))(?:[ \t]+|$)/u;
const IGNORED = /^\s*(?:>|\||<(?!https?:)[a-z/!?])/iu;
const REPLY_BELOW = /^-{2,}\s*Original Message\s*-{2,}$/iu;

/** Reads the outline of a document; that of data and programs has no blocks, since they say nothing. */
export function readOutline(document: Document, fileName: string): Outline {
  const source = document.text.split("\n");
  const bodyStart = findBodyStart(source);
  if (!isProse(document.content_type, fileName)) return { source, blocks: [], bodyStart };
  const isMarkdown = document.content_type === "text/markdown";
  const levels = new Map(document.headings.map(({ line, level }) => [line, level]));
  const blocks: Block[] = [];
  // The items that the next line may stand in, the outermost first: columns of their marks and texts.
  const items: { indent: number; content: number }[] = [];
  // The block that the next line may go on with; none after a blank line.
  let open: Block | undefined;
  let endOfSilence: ((line: string) => boolean) | undefined;

  const add = (kind: Block["kind"], level: number, first: number, markup: string): Block => {
    const { box, rest } = kind === "item" ? splitBox(markup) : { box: null, rest: markup };
    const isStruck = /^~~[^~]+~~$/u.test(rest);
    const block = { kind, level, first, lines: [plainText(rest)], box, isStruck };
    blocks.push(block);
    return block;
  };
  const end = (indent: number): void => {
    open = undefined;
    if (indent === 0) items.length = 0;
  };
  const addItem = (
    first: number,
    line: string,
    indent: number,
    [mark, , sign, gap]: Mark,
  ): void => {
    while (indent < (items.at(-1)?.indent ?? -2) + 2) items.pop();
    open = add("item", items.length, first, line.slice(mark.length).trim());
    items.push({ indent, content: indent + sign.length + Math.min(gap.length, 4) });
  };
  const addText = (first: number, line: string, indent: number): void => {
    const text = line.trim();
    const plain = plainText(text);
    if (open?.kind === "item" && (indent > (items.at(-1)?.indent ?? 0) || goesOn(open, plain))) {
      open.lines.push(plain);
      return;
    }
    if (indent === 0) items.length = 0;
    const label = levelOfLabel(text, plain, findNextLine(source, first), isMarkdown);
    if (label !== undefined) {
      add("label", label, first, text);
      open = undefined;
    } else if (BOX.test(text)) {
      open = add("item", items.length, first, text);
    } else if (open?.kind === "paragraph") {
      open.lines.push(plain);
    } else {
      open = add("paragraph", items.length, first, text);
    }
  };

  for (let first = bodyStart; first < source.length; first += 1) {
    const line = (source[first] ?? "").slice(0, MAX_LINE);
    const text = line.trim();
    if (endOfSilence !== undefined) {
      if (endOfSilence(text)) endOfSilence = undefined;
      continue;
    }
    if (REPLY_BELOW.test(text)) break;
    if (text === "") {
      open = undefined;
      continue;
    }
    const indent = widthOf(line);
    const isIndentedCode = indent >= 4 + (items.at(-1)?.content ?? 0) && open === undefined;
    if (isMarkdown && isIndentedCode) continue;
    const silence = findSilence(line, isMarkdown);
    if (silence !== undefined) {
      endOfSilence = silence.end;
      end(indent);
      continue;
    }
    const heading = HEADING.exec(line);
    const level = heading?.[1]?.length ?? levels.get(first);
    if (level !== undefined) {
      end(0);
      add("heading", level, first, withoutClosingSigns(heading?.[2] ?? text));
      continue;
    }
    const underline = UNDERLINE.exec(line);
    if (underline !== null || RULE.test(line)) {
      if (underline !== null && open?.kind === "paragraph" && open.lines.length === 1) {
        open.kind = "heading";
        open.level = underline[1] === undefined ? 2 : 1;
      }
      end(indent);
      continue;
    }
    const mark = readMark(line);
    if (mark === undefined || (open?.kind === "paragraph" && isMidSentence(mark))) {
      addText(first, line, indent);
    } else {
      addItem(first, line, indent, mark);
    }
  }
  return { source, blocks, bodyStart };
}

/** The lines of a block as they stand in the document: what its quote shows. */
export function sourceOf(outline: Outline, first: number, lines: number): string {
  return outline.source
    .slice(first, first + lines)
    .join("\n")
    .trim();
}

/**
 * Whether a line that is broken for width goes on in the next: an author who wraps at 72 columns leaves
 * long lines that end inside a sentence.
 */
export function isWrapped(line: string, next: string): boolean {
  return line.length >= 55 && !/[.!?:;]$/u.test(line) && /^[\p{Ll}\p{N}("'“]/u.test(next);
}

function goesOn(open: Block, plain: string): boolean {
  return isWrapped(open.lines.at(-1) ?? "", plain);
}

function isProse(contentType: string, fileName: string): boolean {
  if (contentType === "text/plain") return PROSE_NAME.test(fileName);
  return !DATA_TYPES.has(contentType);
}

function findBodyStart(source: readonly string[]): number {
  if (source[0]?.trimEnd() !== "---") return 0;
  const end = source.slice(1, 200).findIndex((line) => /^(?:---|\.\.\.)[ \t]*$/u.test(line));
  const inner = source.slice(1, end + 1);
  const isYaml = end > 0 && inner.every((line) => /^(?:[\w-]+:|[ \t#-]|$)/u.test(line));
  const isAll = source.slice(end + 2).every((line) => line.trim() === "");
  return isYaml && !isAll ? end + 2 : 0;
}

/** The width of the white space a line begins with; a tab reaches to the next multiple of four. */
function widthOf(line: string): number {
  let width = 0;
  for (const character of line) {
    if (character === " ") width += 1;
    else if (character === "\t") width += 4 - (width % 4);
    else break;
  }
  return width;
}

/**
 * What a line begins that says nothing of itself, with the test for its last line; without one where it
 * is this line alone. Undefined for any other line.
 */
function findSilence(
  line: string,
  isMarkdown: boolean,
): { end: ((text: string) => boolean) | undefined } | undefined {
  const fence = FENCE.exec(line)?.[1];
  if (fence !== undefined) {
    const sign = fence.charAt(0);
    return { end: (text) => text.length >= fence.length && text === sign.repeat(text.length) };
  }
  if (isMarkdown && /^\s*<!--/u.test(line)) {
    return { end: line.includes("-->") ? undefined : (text) => text.includes("-->") };
  }
  return IGNORED.test(line) ? { end: undefined } : undefined;
}

/** The mark of a list item: all of it, its indentation, its sign and the space after. */
type Mark = readonly [whole: string, indentation: string, sign: string, gap: string];

function readMark(line: string): Mark | undefined {
  const [whole, indentation = "", sign = "", gap = ""] = ITEM.exec(line) ?? [];
  return whole === undefined ? undefined : [whole, indentation, sign, gap];
}

/** CommonMark: only a list that begins with 1 may follow a line of prose without a blank line. */
function isMidSentence([, , sign, gap]: Mark): boolean {
  return gap === "" || /^(?!1[.)])\d/u.test(sign);
}

function withoutClosingSigns(heading: string): string {
  return heading.trimEnd().replace(/(?<=\s)#{1,50}$/u, "");
}

function splitBox(text: string): { box: Box | null; rest: string } {
  const marked = BOX.exec(text);
  if (marked === null) return { box: null, rest: text };
  const sign = marked[1] ?? marked[2] ?? "";
  const rest = text.slice(marked[0].length);
  return { box: "xX☑".includes(sign) ? "done" : "-☒".includes(sign) ? "cancelled" : "open", rest };
}

function findNextLine(source: readonly string[], line: number): string {
  return source.slice(line + 1, line + 3).find((next) => next.trim() !== "") ?? "";
}

function levelOfLabel(
  text: string,
  plain: string,
  next: string,
  isMarkdown: boolean,
): number | undefined {
  if (plain.length > 60) return undefined;
  const isAction = isActionHeading(plain);
  if (/^(?:\*\*|__)[^*_]+(?:\*\*|__):?$/u.test(text) && !/:\s/u.test(plain)) return 6;
  if (plain.endsWith(":") && (isAction || ITEM.test(next))) {
    // "Ann:" or "This week:" divides a section; a longer line begins something else.
    return isAction || plain.split(" ").length > 3 ? 6 : 7;
  }
  if (isMarkdown) return undefined;
  const isShouted = /^[\p{Lu}\p{N} &/'’()-]+$/u.test(plain) && /\p{Lu}{3}/u.test(plain);
  return isAction || isShouted ? 6 : undefined;
}
