import { type CellObject, read, set_cptable, type WorkBook, type WorkSheet } from "@e965/xlsx";
import * as codePages from "@e965/xlsx/dist/cpexcel.full.mjs";
import { oneLine } from "../../core/one-line.ts";
import type { Document } from "../../protocol/document.ts";
import type { Warning } from "../../protocol/warning.ts";
import { openArchive } from "../archive.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatRows } from "../records.ts";
import { createTextWriter, type TextWriter } from "../text-writer.ts";

const MAX_ROWS = 20_000;
const MAX_COLUMNS = 500;
const MAX_COMMENTS = 1_000;

// Files of Excel 95 and older name the code page of their texts.
set_cptable(codePages);

/**
 * The sheets of a spreadsheet, each below a heading with its name: its tables, dates as `YYYY-MM-DD`, other values as
 * the program shows them, then its comments. Leaves out hidden sheets.
 */
export async function extractSpreadsheet({ bytes }: FileContent): Promise<Extracted> {
  if (bytes[0] === 0x50 && (await openArchive(bytes)).encrypted) return { skipped: "encrypted" };
  const book = open(bytes);
  if (book === undefined) return { skipped: "encrypted" };
  const writer = createTextWriter();
  const warnings: Warning[] = [];
  const hidden: string[] = [];
  for (const [index, name] of book.SheetNames.entries()) {
    const sheet = book.Sheets[name];
    if (sheet === undefined) continue;
    if (book.Workbook?.Sheets?.[index]?.Hidden) hidden.push(oneLine(name));
    else warnings.push(...writeSheet(name, sheet, writer));
  }
  if (hidden.length > 0) {
    const message = `Sheets that the file hides were left out: ${hidden.join(", ").slice(0, 300)}.`;
    warnings.push({ code: "hidden_sheet", message });
  }
  const { text, headings, warnings: ofText } = writer.finish();
  const metadata = readProperties(book);
  const title = typeof metadata["title"] === "string" ? metadata["title"] : null;
  return { title, text, headings, metadata, warnings: [...ofText, ...warnings] };
}

/** undefined: it needs a password. @throws where the bytes are no spreadsheet */
function open(bytes: Uint8Array): WorkBook | undefined {
  try {
    return read(bytes, {
      type: "array",
      dense: true,
      cellDates: true,
      UTC: true,
      cellFormula: false,
      cellHTML: false,
      cellNF: true,
      sheetRows: MAX_ROWS + 2,
    });
  } catch (error) {
    if (error instanceof Error && /password|encrypt/iu.test(error.message)) return undefined;
    throw error;
  }
}

/** Writes a sheet that has something in it, and gives the warnings about it. */
function writeSheet(name: string, sheet: WorkSheet, writer: TextWriter): Warning[] {
  const cells = sheet["!data"] ?? [];
  // Rows and cells without a value are left out of the arrays.
  const rows = Array.from(cells.slice(0, MAX_ROWS), (row) =>
    Array.from((row ?? []).slice(0, MAX_COLUMNS), textOf),
  );
  const comments = listComments(cells);
  if (rows.every(isBlank) && comments.length === 0) return [];
  const plain = oneLine(name);
  writer.heading(2, plain);
  for (const block of splitAtBlankRows(rows)) writeBlock(block, writer);
  if (comments.length > 0) writer.block("Comments:");
  for (const comment of comments) writer.block(comment, { indent: 2, marker: "- " });
  const warnings: Warning[] = [];
  if (cells.length > MAX_ROWS) {
    const message = `Only the first ${MAX_ROWS} rows of the sheet ${plain} were read.`;
    warnings.push({ code: "rows_beyond_limit", message });
  }
  const columns = cells.reduce((most, row) => Math.max(most, row?.length ?? 0), 0);
  if (columns > MAX_COLUMNS) {
    const message = `Only the first ${MAX_COLUMNS} of ${columns} columns of the sheet ${plain} were read.`;
    warnings.push({ code: "columns_beyond_limit", message });
  }
  return warnings;
}

/** Writes rows that belong together: lines of one cell above a table are its title. */
function writeBlock(rows: readonly (readonly string[])[], writer: TextWriter): void {
  const first = rows.findIndex((row) => row.filter((cell) => cell !== "").length > 1);
  const above = first === -1 ? rows : rows.slice(0, first);
  for (const row of above) writer.block(row.join("").trim());
  if (first === -1) return;
  const table = rows.slice(first);
  const width = table.reduce((most, row) => Math.max(most, row.length), 0);
  const used = Array.from({ length: width }, (_, column) => column).filter((column) =>
    table.some((row) => (row[column] ?? "") !== ""),
  );
  writer.block(formatRows(table.map((row) => used.map((column) => row[column] ?? ""))).trimEnd());
}

function splitAtBlankRows(rows: readonly string[][]): string[][][] {
  const blocks: string[][][] = [[]];
  for (const row of rows) {
    if (!isBlank(row)) blocks.at(-1)?.push(row);
    else if (blocks.at(-1)?.length !== 0) blocks.push([]);
  }
  return blocks.filter((block) => block.length > 0);
}

function isBlank(row: readonly string[]): boolean {
  return row.every((cell) => cell === "");
}

const MINUTE_MS = 60_000;
// Before it, a number with the format of a time is a time without a day.
const FIRST_DAY_MS = Date.UTC(1900, 0, 1);

function textOf(cell: CellObject | undefined): string {
  if (cell === undefined || cell.t === "z") return "";
  // Programs round a number of no format to the width of its column.
  const isExact = cell.t === "n" && (cell.z === undefined || cell.z === "General");
  const shown = (isExact ? String(cell.v ?? "") : (cell.w ?? String(cell.v ?? ""))).trim();
  if (!(cell.v instanceof Date)) return shown;
  const ms = cell.v.getTime();
  if (Number.isNaN(ms) || ms < FIRST_DAY_MS) return shown;
  // A fraction of a day has no exact milliseconds.
  const instant = new Date(Math.round(ms / MINUTE_MS) * MINUTE_MS).toISOString();
  const [day = "", time = ""] = instant.split("T");
  return time.startsWith("00:00") ? day : `${day} ${time.slice(0, 5)}`;
}

function listComments(cells: NonNullable<WorkSheet["!data"]>): string[] {
  const found: string[] = [];
  for (const [row, ofRow] of cells.entries()) {
    for (const [column, cell] of (ofRow ?? []).entries()) {
      for (const { a: author = "", t: text = "" } of cell?.c ?? []) {
        if (found.length === MAX_COMMENTS) return found;
        const by = oneLine(author) === "" ? "" : ` (${oneLine(author)})`;
        if (/\S/u.test(text)) found.push(`${nameOf(column)}${row + 1}${by}: ${oneLine(text)}`);
      }
    }
  }
  return found;
}

/** The letters of a column, 0-based: A to Z, then AA. */
function nameOf(column: number): string {
  const last = String.fromCodePoint(65 + (column % 26));
  return column < 26 ? last : nameOf(Math.floor(column / 26) - 1) + last;
}

function readProperties({ Props = {} }: WorkBook): Document["metadata"] {
  const { Title, Author, Subject, Keywords, ModifiedDate, CreatedDate } = Props;
  const fields: [name: string, value: unknown][] = [
    ["title", Title],
    ["author", Author],
    ["subject", Subject],
    ["keywords", Keywords],
    ["date", toDay(ModifiedDate)],
    ["created", toDay(CreatedDate)],
  ];
  const told = fields.map(([name, value]) => [
    name,
    typeof value === "string" ? oneLine(value) : "",
  ]);
  return Object.fromEntries(told.filter(([, value]) => value !== ""));
}

function toDay(date: unknown): string {
  return date instanceof Date && !Number.isNaN(date.getTime())
    ? date.toISOString().slice(0, 10)
    : "";
}
