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
