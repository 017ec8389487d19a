import type { Document } from "../protocol/document.ts";
import { cut } from "./excerpt.ts";
import { type Box, indentOf, levelOfLabel, readBox, readLine } from "./line.ts";
import { type Envelope, isIntroduction, readEnvelope } from "./mail.ts";
import { plainText } from "./markup.ts";
import { isOrg, readDeadline, readHeadline } from "./org.ts";
import { readRows, readTableLine } from "./record.ts";
import { readTalk } from "./talk.ts";
import { isTodoTxt, readTodoLine } from "./todo-txt.ts";

/*
 * The outline of a document: headings, list items, paragraphs, what is said in a chat or call, and the rows
 * of tables, with their lines. One pass with no nesting to follow down, so that the cost stays linear
 * whatever the document holds; a CommonMark parser takes seconds for a few thousand nested items. Code, quoted
 * replies, signatures, HTML blocks and comments give nothing: what stands there is not said by the document
 * itself.
 */

export interface Block {
  /** A label is a line that heads what follows without being marked as a heading: `Next steps:`. */
  kind: "heading" | "label" | "item" | "paragraph" | "said" | "row";
  /**
   * heading: 1-6. label: 6, or 7 where it may stand below another label. item, paragraph: how many items
   * it stands in. row: 0 for the one that names the columns, 1 for the others.
   */
  level: number;
  /** 0-based line of the document's text. */
  first: number;
  /** The text of each of its lines, without markup; of a row, its cells as they are. */
  lines: string[];
  box: Box | null;
  /** All of it is struck out: it was dropped, or done. */
  isStruck: boolean;
  /** Who says it, and on which day; only of what is said. */
  speaker: string | null;
  day: string | null;
}

export interface Outline {
  /** The lines of the document's text, as they are. */
  source: readonly string[];
  blocks: readonly Block[];
  /** The line after front matter and header. */
  bodyStart: number;
  envelope: Envelope;
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
// Shorter lines were ended by their author; longer ones than the other by the width of the page.
const MIN_WRAPPED = 55;
const SURELY_WRAPPED = 70;
// No sentence and no line of a list ends with one of these.
const UNFINISHED =
  /\s(?:a|an|and|as|at|before|by|for|from|in|my|of|on|or|our|than|the|their|to|until|with|your)$/u;
const MAX_QUOTE = 500;

/** Reads the outline of a document; that of data has rows at the most, that of programs nothing. */
export function readOutline(document: Document, fileName: string): Outline {
  const source = document.text.split("\n");
  const envelope = readEnvelope(document, source, findBodyStart(source));
  const outline = { source, bodyStart: envelope.start, envelope };
  if (!isProse(document.content_type, fileName)) {
    const rows = readRows(document).map(({ isHeader, cells, first }) =>
      blockOf("row", isHeader ? 0 : 1, first, cells),
    );
    return { ...outline, blocks: rows };
  }
  if (isTodoTxt(fileName, source)) return { ...outline, blocks: readTodoTxt(source) };
  if (isOrg(fileName)) return { ...outline, blocks: readOrg(source) };
  return { ...outline, blocks: readBlocks(document, source, envelope) };
}

function readOrg(source: readonly string[]): Block[] {
  const blocks: Block[] = [];
  // What the lines below belong to; null where they say nothing of their own.
  let open: Block | null = null;
  for (const [first, whole] of source.entries()) {
    const line = whole.slice(0, MAX_LINE);
    const headline = readHeadline(line);
    const text = line.trim();
    if (headline !== undefined) {
      const { level, box, isWaiting } = headline;
      const kind = box === undefined ? "heading" : "item";
      open = {
        ...blockOf(kind, box === undefined ? level : 0, first, [headline.text]),
        box: box ?? null,
      };
      if (isWaiting) open = null;
      else blocks.push(open);
    } else if (open?.box !== null && open !== null && readDeadline(text) !== undefined) {
      open.lines[0] += ` (due ${readDeadline(text)})`;
    } else if (text !== "" && !/^(?:#\+|:[A-Z_]+:|CLOSED:|SCHEDULED:|DEADLINE:)/iu.test(text)) {
      blocks.push(blockOf("paragraph", 0, first, [plainText(text)]));
    } else {
      const [, name = "", value = ""] = /^#\+(TITLE|DATE):\s+(\S.*)$/iu.exec(text) ?? [];
      if (name !== "") blocks.push(blockOf("paragraph", 0, first, [`${name}: ${value}`]));
    }
  }
  return blocks;
}

function readTodoTxt(source: readonly string[]): Block[] {
  return source.flatMap((line, first) => {
    if (line.trim() === "") return [];
    const { text, box } = readTodoLine(line.slice(0, MAX_LINE));
    return [{ ...blockOf("item", 0, first, [text]), box }];
  });
}

function readBlocks(document: Document, source: readonly string[], envelope: Envelope): Block[] {
  const isMarkdown = document.content_type === "text/markdown";
  const found = new Map(document.headings.map(({ line, level }) => [line, level]));
  const blocks: Block[] = [];
  // The items that the next line may stand in, the outermost first: columns of their marks and texts.
  const items: { indent: number; content: number }[] = [];
  // The block that the next line may go on with; none after a blank line.
  let open: Block | undefined;
  let endOfSilence: ((text: string) => boolean) | null = null;
  let isInTable = false;
  const talk = readTalk(document, source);
  const said = new Map(talk?.said.map((utterance) => [utterance.first, utterance]));

  const add = (kind: Block["kind"], level: number, first: number, markup: string): Block => {
    const { box, rest } = kind === "item" ? readBox(markup) : { box: null, rest: markup };
    // What follows in few words says why: "~~Rent a car~~ (too dear)".
    const [, reason] = /^~~[^~]+~~(.{0,60})$/u.exec(rest) ?? [];
    const isStruck = reason !== undefined;
    const isDone = kind === "item" && /^[\s–—(-]*(?:done|finished|[✅✔])/iu.test(reason ?? "");
    const plain = blockOf(kind, level, first, [plainText(rest)]);
    const block = { ...plain, box: isDone ? "done" : box, isStruck } as const;
    blocks.push(block);
    return block;
  };
  const addText = (first: number, text: string, indent: number): Block | undefined => {
    const plain = plainText(text);
    const isInItem = indent > (items.at(-1)?.indent ?? 0);
    const isBox = readBox(text).box !== null;
    const goesOn = isInItem || isWrapped(open?.lines.at(-1) ?? "", plain);
    if (open?.kind === "item" && goesOn && !isBox) {
      open.lines.push(plain);
      return open;
    }
    if (indent === 0) items.length = 0;
    const next = source.slice(first + 1, first + 3).find((line) => line.trim() !== "") ?? "";
    const label = isBox
      ? undefined
      : levelOfLabel(text, plain, next, { isMarkdown, isAlone: open === undefined });
    if (label !== undefined) {
      add("label", label, first, text);
      return undefined;
    }
    const kind = isBox ? "item" : "paragraph";
    if (kind === "item" || open?.kind !== "paragraph") return add(kind, items.length, first, text);
    open.lines.push(plain);
    return open;
  };

  for (let first = envelope.start; first < envelope.end; first += 1) {
    const whole = (source[first] ?? "").slice(0, MAX_LINE);
    const text = whole.trim();
    const utterance = said.get(first);
    if (utterance !== undefined) {
      const { speaker, day, lines } = utterance;
      blocks.push({ ...blockOf("said", 0, first, lines.map(plainText)), speaker, day });
      open = undefined;
      first += lines.length - 1;
      continue;
    }
    if (talk?.isCaptions === true) {
      // Between what is said there are numbers, times and settings.
      const note = /^NOTE\s+(\S.*)$/u.exec(text)?.[1];
      if (note !== undefined) add("paragraph", 0, first, note);
      continue;
    }
    if (endOfSilence !== null) {
      if (endOfSilence(text)) endOfSilence = null;
      continue;
    }
    if (envelope.isMail && isIntroduction(text, (source[first + 1] ?? "").trim())) continue;
    const cells = readTableLine(whole);
    if (cells !== undefined) {
      if (cells !== null) blocks.push(blockOf("row", isInTable ? 1 : 0, first, cells));
      isInTable = true;
      open = undefined;
      continue;
    }
    isInTable = false;
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
  return blocks;
}

function blockOf(kind: Block["kind"], level: number, first: number, lines: string[]): Block {
  return { kind, level, first, lines, box: null, isStruck: false, speaker: null, day: null };
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
  if (line.length < MIN_WRAPPED || /[.!?:;]$/u.test(line)) return false;
  if (/^[\p{Ll}\p{N}("'“]/u.test(next) || UNFINISHED.test(line)) return true;
  return line.length >= SURELY_WRAPPED && /^\p{L}[^:]*$/u.test(next.slice(0, 40));
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
