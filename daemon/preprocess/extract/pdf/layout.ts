import { oneLine } from "../../../core/one-line.ts";
import { formatTable } from "../../text-writer.ts";

/** A run of text on a page. Lengths are points from the lower left corner. */
export interface Run {
  text: string;
  x: number;
  y: number;
  width: number;
  /** The font size. */
  size: number;
  rightToLeft: boolean;
}

/** Text that belongs together on a page. */
export interface Block {
  kind: "paragraph" | "item" | "table";
  /** The lines as the author ended them, each with the pieces that the page width broke it into; or table rows. */
  lines: string[][];
  size: number;
}

// Shares of a line's font size, as typesetters set them.
const SAME_LINE = 0.4;
const WORD_GAP = 0.15;
const CELL_GAP = 1;
// Shares of the page's usual distance between lines.
const PARAGRAPH_GAP = 1.3;
const WIDEST_SPACING = 2.2;
const COLUMN_JUMP = 1.5;
// Cells are short, and the lines of a column of prose are not.
const CELL_CHARS = 22;
const PROSE_CHARS = 30;
// The share of the text width that a line broken inside a sentence fills, with a ragged margin.
const INSIDE = 0.75;

interface Cell {
  text: string;
  left: number;
  right: number;
}

interface Line {
  cells: Cell[];
  y: number;
  size: number;
  left: number;
  right: number;
}

/** The text of a page in reading order. */
export function layOut(runs: readonly Run[]): Block[] {
  const written = runs.filter(({ text }) => text.trim() !== "");
  return orderColumns(written).flatMap((column) => joinLines(findLines(column)));
}

/**
 * Divides the runs of a page into columns, in reading order. The file goes down the page and up again for the
 * next column, but also up again for each column of a table.
 */
function orderColumns(runs: readonly Run[]): Run[][] {
  const columns: Column[] = [];
  let above: Run | undefined;
  for (const run of runs) {
    const column = columns.at(-1);
    const isNew = above === undefined || run.y > above.y + COLUMN_JUMP * above.size;
    above = run;
    if (column === undefined || isNew) columns.push({ runs: [run], top: run.y, bottom: run.y });
    else extend(column, { runs: [run], top: run.y, bottom: run.y });
  }
  const ordered: Column[] = [];
  for (const column of columns) {
    const beside = ordered.find((other) => isBeside(other, column) && isTable(other, column));
    if (beside) extend(beside, column);
    else if (ordered.every((other) => column.bottom > other.top)) ordered.unshift(column);
    else ordered.push(column);
  }
  return ordered.map((column) => column.runs);
}

interface Column {
  runs: Run[];
  top: number;
  bottom: number;
}

function extend(column: Column, { runs, top, bottom }: Column): void {
  column.runs.push(...runs);
  column.top = Math.max(column.top, top);
  column.bottom = Math.min(column.bottom, bottom);
}

function isBeside(one: Column, other: Column): boolean {
  return Math.min(one.top, other.top) >= Math.max(one.bottom, other.bottom);
}

/** Whether one of two columns side by side is a column of table cells. */
function isTable(one: Column, other: Column): boolean {
  return [one, other].some(({ runs }) => {
    const lines = findLines(runs);
    const chars = lines.reduce(
      (sum, { cells }) => sum + cells.reduce((s, c) => s + c.text.length, 0),
      0,
    );
    const cells = lines.reduce((sum, line) => sum + line.cells.length, 0);
    return chars / cells <= CELL_CHARS;
  });
}

/** The lines from top to bottom, their runs joined to cells from left to right. */
function findLines(runs: readonly Run[]): Line[] {
  const rows: Run[][] = [];
  for (const run of runs.toSorted((a, b) => b.y - a.y)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && first.y - run.y <= SAME_LINE * Math.max(first.size, run.size))
      row.push(run);
    else rows.push([run]);
  }
  return rows.map(toLine);
}

// The dots between an entry of a table of contents and its page number.
const DOT_LEADER = /(?:[^\S\n]?\.){4,}/g;

function toLine(row: readonly Run[]): Line {
  const size = row.reduce((most, run) => (run.text.length > most.text.length ? run : most)).size;
  const isRightToLeft = row.filter((run) => run.rightToLeft).length * 2 > row.length;
  const cells: Cell[] = [];
  for (const run of row.toSorted((a, b) => a.x - b.x)) {
    const cell = cells.at(-1);
    const right = run.x + run.width;
    const gap = cell ? run.x - cell.right : Infinity;
    if (cell === undefined || gap > CELL_GAP * size) {
      cells.push({ text: run.text, left: run.x, right });
      continue;
    }
    const isApart = gap > WORD_GAP * size && !/\s$/.test(cell.text) && !/^\s/.test(run.text);
    const space = isApart ? " " : "";
    cell.text = isRightToLeft ? run.text + space + cell.text : cell.text + space + run.text;
    cell.right = Math.max(cell.right, right);
  }
  const ordered = isRightToLeft ? cells.toReversed() : cells;
  return {
    cells: ordered.map((cell) => ({
      ...cell,
      text: oneLine(cell.text.replaceAll(DOT_LEADER, " … ")),
    })),
    y: row[0]?.y ?? 0,
    size,
    left: Math.min(...cells.map(({ left }) => left)),
    right: Math.max(...cells.map(({ right }) => right)),
  };
}

// The dot or number of a list item, also as in specifications: ".1".
const MARK = String.raw`(?:[•◦▪‣●○■–*-]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\.\d{1,3})`;
const ITEM = new RegExp(String.raw`^${MARK}\s+\S`);
const MARK_APART = new RegExp(`^(${MARK}) {2}`);

/** Joins the lines of a column to paragraphs, list items and tables. */
function joinLines(lines: readonly Line[]): Block[] {
  const blocks: Block[] = [];
  const spacing = findSpacing(lines);
  const right = lines.reduce((most, line) => Math.max(most, line.right), 0);
  for (let index = 0; index < lines.length;) {
    const table = findTable(lines, index, spacing);
    if (table.length > 1) {
      const size = lines[index]?.size ?? 0;
      blocks.push({ kind: "table", lines: formatRows(table).map((row) => [row]), size });
      index += table.length;
    } else {
      const { block, end } = takeBlock(lines, index, spacing, right);
      blocks.push(block);
      index = end;
    }
  }
  return blocks;
}

/**
 * The paragraph or list item that begins at `start`.
 *
 * @param right the right edge of the column
 */
function takeBlock(
  lines: readonly Line[],
  start: number,
  spacing: number,
  right: number,
): { block: Block; end: number } {
  const { size = 0, left = 0 } = lines[start] ?? {};
  const block: Block = { kind: "paragraph", lines: [], size };
  let end = start + 1;
  for (let line = lines[start]; line !== undefined; line = lines[end++]) {
    const above = lines[end - 2];
    const text = textOf(line);
    const isBroken =
      block.lines.length > 0 && above !== undefined && breaksInto(above, line, right);
    if (isBroken) block.lines.at(-1)?.push(text);
    else block.lines.push([text]);
    const next = lines[end];
    if (!next || !continuesBlock(line, next, spacing)) break;
    const isBack = next.left < left - 0.5 * size;
    if (isItem(block) && isBack && !breaksInto(line, next, right)) break;
    if (findTable(lines, end, spacing).length > 1) break;
  }
  if (isItem(block)) block.kind = "item";
  return { block, end };
}

function isItem({ lines }: Block): boolean {
  return ITEM.test(lines[0]?.[0] ?? "");
}

/** The usual distance between lines; 0 for a single line. */
function findSpacing(lines: readonly Line[]): number {
  const gaps = lines.slice(1).map(({ y }, index) => (lines[index]?.y ?? y) - y);
  return gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
}

function textOf(line: Line): string {
  // The mark of a list item belongs to its text. Other gaps stay visible.
  return line.cells
    .map(({ text }) => text)
    .join(line.cells.length > 2 ? " | " : "  ")
    .replace(MARK_APART, "$1 ");
}

/** Whether a line belongs to the same block as the line above it. */
function continuesBlock(above: Line, line: Line, spacing: number): boolean {
  const size = Math.max(above.size, line.size);
  if (Math.abs(above.size - line.size) > 0.1 * size || ITEM.test(textOf(line))) return false;
  const usual = Math.min(Math.max(spacing, size), WIDEST_SPACING * size);
  return above.y - line.y <= PARAGRAPH_GAP * usual;
}

/** Whether a line continues in the next: inside a sentence, or because the next word did not fit. */
function breaksInto(above: Line, line: Line, right: number): boolean {
  const [before, text] = [textOf(above), textOf(line)];
  if (before.length < PROSE_CHARS || !/\p{L}/u.test(before)) return false;
  const left = above.cells.at(-1)?.left ?? above.left;
  if (cellsOf(above).length > 1 || line.left > left + 4 * line.size) return false;
  if (/\p{L}[-\u2010]$/u.test(before.slice(-3)) && /^\p{Ll}/u.test(text)) return true;
  const isInSentence = /[^.!?:;]$/.test(before) && /^\p{Ll}{2}(?![^.]{0,30}:)/u.test(text);
  if (isInSentence && above.right > INSIDE * right) return true;
  const [word = ""] = text.split(" ", 1);
  const wordWidth = ((line.right - line.left) * word.length) / Math.max(text.length, 1);
  return above.right + wordWidth + WORD_GAP * line.size > right;
}

/** The lines from `start` on that are rows of a table. */
function findTable(lines: readonly Line[], start: number, spacing: number): Line[] {
  let end = start;
  for (; end < lines.length; end += 1) {
    const [above, line] = [lines[end - 1], lines[end]];
    if (!line || cellsOf(line).length < 2) break;
    const widest = 2 * PARAGRAPH_GAP * Math.max(spacing, line.size);
    if (end > start && above && above.y - line.y > widest) break;
  }
  return lines.slice(start, end);
}

/** The cells of a line; empty if the first of two is only the mark of a list item. */
function cellsOf(line: Line): Cell[] {
  return ITEM.test(`${line.cells[0]?.text} x`) && line.cells.length === 2 ? [] : line.cells;
}

function formatRows(lines: readonly Line[]): string[] {
  const columns = findColumns(lines);
  const rows = lines.map((line) => {
    const row = columns.map(() => "");
    for (const cell of line.cells) {
      const column = columns.findIndex(({ right }) => cell.left < right);
      row[column] = `${row[column] ?? ""} ${cell.text}`;
    }
    return row;
  });
  return formatTable(rows);
}

/** The columns in which the cells of the lines are above one another. */
function findColumns(lines: readonly Line[]): { left: number; right: number }[] {
  const most = Math.max(...lines.map(({ cells }) => cells.length));
  // A title over several columns must not join them.
  const cells = lines.filter((line) => line.cells.length * 2 > most).flatMap((line) => line.cells);
  const columns: { left: number; right: number }[] = [];
  for (const { left, right } of cells.toSorted((a, b) => a.left - b.left)) {
    const column = columns.at(-1);
    if (column && left < column.right) column.right = Math.max(column.right, right);
    else columns.push({ left, right });
  }
  const last = columns.at(-1);
  if (last) last.right = Infinity;
  return columns;
}
