import { oneLine } from "../../../core/one-line.ts";
import { formatTable } from "../../text-writer.ts";
import type { Entry } from "./paragraph.ts";

/** A table while it is read. `spans` has the columns that each cell covers. */
export interface Table {
  rows: { cells: Entry[][]; spans: number[] }[];
}

// The longest cell of a table of data.
const CELL_CHARS = 1_000;
const MAX_SPAN = 50;

/** A table of data as one entry; the entries of a table that only lays out the page. */
export function toEntries(table: Table): Entry[] {
  const texts = table.rows.map(({ cells, spans }) =>
    cells.flatMap((cell, index) => [
      cell.map(({ text }) => oneLine(text)).join("; "),
      ...Array.from({ length: Math.min((spans[index] ?? 1) - 1, MAX_SPAN) }, () => ""),
    ]),
  );
  const rows = texts.filter((row) => row.some((text) => text !== ""));
  const isData =
    rows.some((row) => row.length > 1) && rows.flat().every((text) => text.length <= CELL_CHARS);
  if (!isData) return table.rows.flatMap(({ cells }) => cells.flat());
  return [{ text: formatTable(rows).join("; "), write: (writer) => writer.table(rows) }];
}
