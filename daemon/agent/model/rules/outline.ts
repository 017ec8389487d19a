import type { Document } from "../../../protocol/document.ts";
import { cut } from "./excerpt.ts";
import { type Box, indentOf, levelOfLabel, readBox, readLine } from "./line.ts";
import { plainText } from "./markup.ts";

/*
 * The outline of a text or Markdown document: headings, list items and paragraphs with their lines.
 * One pass with no nesting to follow down, so that the cost stays linear whatever the document holds; a
 * CommonMark parser takes seconds for a few thousand nested items. Code, quoted replies, tables, HTML
 * blocks and comments give nothing: what stands there is not said by the document itself.
 */

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
const REPLY_BELOW = /^-{2,}\s*Original Message\s*-{2,}$/iu;
// No sentence or task is longer; what goes on is a data dump.
const MAX_LINE = 5_000;
const MAX_QUOTE = 500;

/** Reads the outline of a document; that of data and programs has no blocks, since they say nothing. */
export function readOutline(document: Document, fileName: string): Outline {
  const source = document.text.split("\n");
  const bodyStart = findBodyStart(source);
  if (!isProse(document.content_type, fileName)) return { source, blocks: [], bodyStart };
  const isMarkdown = document.content_type === "text/markdown";
  const found = new Map(document.headings.map(({ line, level }) => [line, level]));
  const blocks: Block[] = [];
  // The items that the next line may stand in, the outermost first: columns of their marks and texts.
  const items: { indent: number; content: number }[] = [];
  // The block that the next line may go on with; none after a blank line.
  let open: Block | undefined;
  let endOfSilence: ((text: string) => boolean) | null = null;

  const add = (kind: Block["kind"], level: number, first: number, markup: string): Block => {
    const { box, rest } = kind === "item" ? readBox(markup) : { box: null, rest: markup };
    const isStruck = /^~~[^~]+~~$/u.test(rest);
    const block = { kind, level, first, lines: [plainText(rest)], box, isStruck };
    blocks.push(block);
    return block;
  };
  const addText = (first: number, text: string, indent: number): Block | undefined => {
    const plain = plainText(text);
    const isInItem = indent > (items.at(-1)?.indent ?? 0);
    if (open?.kind === "item" && (isInItem || isWrapped(open.lines.at(-1) ?? "", plain))) {
      open.lines.push(plain);
      return open;
    }
    if (indent === 0) items.length = 0;
    const next = source.slice(first + 1, first + 3).find((line) => line.trim() !== "") ?? "";
    const label = levelOfLabel(text, plain, next, isMarkdown);
    if (label !== undefined) {
      add("label", label, first, text);
      return undefined;
    }
    const kind = readBox(text).box === null ? "paragraph" : "item";
    if (kind === "item" || open?.kind !== "paragraph") return add(kind, items.length, first, text);
    open.lines.push(plain);
    return open;
  };

  for (let first = bodyStart; first < source.length; first += 1) {
    const whole = (source[first] ?? "").slice(0, MAX_LINE);
    const text = whole.trim();
    if (endOfSilence !== null) {
      if (endOfSilence(text)) endOfSilence = null;
      continue;
    }
    if (REPLY_BELOW.test(text)) break;
    const indent = indentOf(whole);
    const isCode = isMarkdown && open === undefined && indent >= 4 + (items.at(-1)?.content ?? 0);
    if (isCode) continue;

    const line = readLine(whole, isMarkdown);
    const level = line.kind === "heading" ? line.level : found.get(first);
    if (level !== undefined) {
      add("heading", level, first, line.kind === "heading" ? line.text : text);
      open = undefined;
      items.length = 0;
    } else if (line.kind === "item" && (line.isClear || open?.kind !== "paragraph")) {
      while (indent < (items.at(-1)?.indent ?? -2) + 2) items.pop();
      open = add("item", items.length, first, line.text);
      items.push({ indent, content: indent + line.width });
    } else if (line.kind === "item" || line.kind === "text") {
      open = addText(first, text, indent);
    } else {
      if (line.kind === "silent") endOfSilence = line.end;
      const isTitle = open?.kind === "paragraph" && open.lines.length === 1;
      if (line.kind === "underline" && open !== undefined && isTitle) {
        open.kind = "heading";
        open.level = line.level;
      }
      if (line.kind !== "blank" && indent === 0) items.length = 0;
      open = undefined;
    }
  }
  return { source, blocks, bodyStart };
}

/** Some lines as they stand in the document, for a quote; the beginning where they are long. */
export function quoteOf(outline: Outline, first: number, lines: number): string {
  const passage = outline.source.slice(first, first + lines).join("\n");
  return cut(passage.trim(), MAX_QUOTE).trim();
}

/**
 * Whether a line that is broken for width goes on in the next: an author who wraps at 72 columns leaves
 * long lines that end inside a sentence.
 */
export function isWrapped(line: string, next: string): boolean {
  return line.length >= 55 && !/[.!?:;]$/u.test(line) && /^[\p{Ll}\p{N}("'“]/u.test(next);
}

function isProse(contentType: string, fileName: string): boolean {
  if (contentType === "text/plain") return PROSE_NAME.test(fileName);
  return !DATA_TYPES.has(contentType);
}

/** Front matter that could not be read was left in the text; a text that is nothing else is all body. */
function findBodyStart(source: readonly string[]): number {
  if (source[0]?.trimEnd() !== "---") return 0;
  const end = source.slice(1, 200).findIndex((line) => /^(?:---|\.\.\.)[ \t]*$/u.test(line));
  const inner = source.slice(1, end + 1);
  const isYaml = end > 0 && inner.every((line) => /^(?:[\w-]+:|[ \t#-]|$)/u.test(line));
  const hasBody = source.slice(end + 2).some((line) => line.trim() !== "");
  return isYaml && hasBody ? end + 2 : 0;
}
