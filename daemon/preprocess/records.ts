import { oneLine } from "../core/one-line.ts";
import { formatTable } from "./text-writer.ts";

// A larger table is hard to read, so it is written record by record.
const TABLE_COLUMNS = 12;
const TABLE_CELL_CHARS = 60;

/**
 * Writes records as a Markdown table if that is legible, else each record as `name: value` lines.
 *
 * @param names of the columns
 */
export function formatRecords(
  names: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const isLegible =
    names.length <= TABLE_COLUMNS &&
    rows.every((row) => row.every((cell) => cell.length <= TABLE_CELL_CHARS));
  if (isLegible) return `${formatTable([names, ...rows]).join("\n")}\n`;
  const records = rows.map((row) =>
    formatFields(row.map((value, index) => [names[index] ?? `column ${index + 1}`, value])),
  );
  return `${records.filter((record) => record !== "").join("\n\n")}\n`;
}

/** Rows that begin with the names of their columns, where the first row has such; written like {@link formatRecords}. */
export function formatRows(rows: readonly (readonly string[])[]): string {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const head = rows[0] ?? [];
  const isHead = isHeader(head);
  const names = Array.from({ length: columns }, (_, index) => {
    const name = isHead ? oneLine(head[index] ?? "") : "";
    return name === "" ? `column ${index + 1}` : name;
  });
  return formatRecords(names, isHead ? rows.slice(1) : rows);
}

/** Whether a row holds column names: words, each only once. A row of values has numbers or repeats a value. */
export function isHeader(row: readonly string[]): boolean {
  const names = row.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  return (
    names.length > 0 &&
    new Set(names).size === names.length &&
    names.every((name) => !/^[-+\d.,:/ €$£%]+$/.test(name))
  );
}

/** The fields of a record that have a value, one per line; a value of several lines goes below its name. */
export function formatFields(fields: readonly (readonly [name: string, value: string])[]): string {
  return fields
    .filter(([, value]) => value.trim() !== "")
    .map(([name, value]) => {
      const text = value.trim();
      const isLong = text.includes("\n");
      return isLong
        ? `${oneLine(name)}:\n  ${text.replaceAll("\n", "\n  ")}`
        : `${oneLine(name)}: ${text}`;
    })
    .join("\n");
}
