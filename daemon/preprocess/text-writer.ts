import { oneLine } from "../core/one-line.ts";
import type { Document } from "../protocol/document.ts";
import { cleanText } from "./clean.ts";
import { LIMITS } from "./limits.ts";

/** The place of a block. */
export interface Place {
  /** Columns by which to indent the lines, if the block belongs to a list item above. */
  indent?: number;
  /** How many quotes the block is in. */
  quotes?: number;
  /** Replaces the last columns of the indent of the first line: `- `, `1. `. */
  marker?: string;
}

/**
 * Writes a document's text block by block, as Markdown: headings, paragraphs, list items, tables with a line
 * for each row. Drops blocks beyond the limit of a text.
 */
export interface TextWriter {
  heading(level: number, text: string, place?: Place): void;
  /** Writes lines that belong together. A list item, or text below one, follows without a blank line. */
  block(text: string, place?: Place): void;
  /** The first row is the header. */
  table(rows: readonly (readonly string[])[], place?: Place): void;
  code(text: string, place?: Place): void;
  finish(): Pick<Document, "text" | "headings" | "warnings">;
}

const LINE_END = /\r\n?|[\n\v\f\u0085\u2028\u2029]/;
// Deeper ones look the same: they are hard to tell apart, and their marks would outgrow the text.
const MAX_QUOTES = 5;
const MAX_INDENT = 16;

export function createTextWriter(): TextWriter {
  const lines: string[] = [];
  const headings: Document["headings"] = [];
  let size = 0;
  let previous: { isItem: boolean; quotes: number } | undefined;

  function add(blockLines: readonly string[], place: Place, isItem: boolean): void {
    if (size > LIMITS.text_chars) return;
    const quotes = Math.min(place.quotes ?? 0, MAX_QUOTES);
    const quote = "> ".repeat(quotes);
    const indent = " ".repeat(Math.min(place.indent ?? 0, MAX_INDENT));
    const marker = place.marker ?? "";
    if (previous !== undefined && !(isItem && previous.isItem && quotes === previous.quotes)) {
      lines.push("> ".repeat(Math.min(quotes, previous.quotes)).trimEnd());
    }
    for (const [number, line] of blockLines.entries()) {
      const start = number === 0 ? indent.slice(0, indent.length - marker.length) + marker : indent;
      const whole = `${quote}${start}${line}`.trimEnd();
      lines.push(whole);
      size += whole.length + 1;
    }
    previous = { isItem, quotes };
  }

  return {
    heading(level, text, place = {}) {
      const plain = oneLine(text);
      if (plain === "") return;
      add([`${"#".repeat(level)} ${plain}`], { quotes: place.quotes ?? 0 }, false);
      if (!place.quotes) headings.push({ level, text: plain, line: lines.length - 1 });
    },
    block(text, place = {}) {
      const blockLines = text.split(LINE_END);
      if (/\S/.test(text)) add(blockLines, place, (place.indent ?? 0) > 0);
    },
    table(rows, place = {}) {
      const tableLines = formatTable(rows);
      if (tableLines.length > 0) add(tableLines, place, false);
    },
    code(text, place = {}) {
      const codeLines = text.split(LINE_END);
      while (codeLines[0]?.trim() === "") codeLines.shift();
      while (codeLines.at(-1)?.trim() === "") codeLines.pop();
      if (codeLines.length === 0) return;
      const longest = codeLines.map((line) => /^\s*(`{3,})/.exec(line)?.[1]?.length ?? 2);
      const fence = "`".repeat(longest.reduce((a, b) => Math.max(a, b), 2) + 1);
      add([fence, ...codeLines, fence], place, false);
    },
    finish() {
      const { text, warnings } = cleanText(lines.length === 0 ? "" : `${lines.join("\n")}\n`);
      return { text, headings, warnings };
    },
  };
}

/** A Markdown table. Cells may hold any text. */
export function formatTable(rows: readonly (readonly string[])[]): string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  if (columns === 0) return [];
  const format = (row: readonly string[]): string => {
    const cells = Array.from({ length: columns }, (_, index) => oneLine(row[index] ?? ""));
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  };
  const [header = [], ...body] = rows;
  return [format(header), `|${" --- |".repeat(columns)}`, ...body.map(format)];
}
