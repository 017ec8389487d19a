import Papa from "papaparse";
import { oneLine } from "../../core/one-line.ts";
import { decode } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatRecords } from "../records.ts";

const MAX_ROWS = 20_000;
const MAX_COLUMNS = 500;

/** Comma- or tab-separated values as a table, or as records with the name of the column before each value. */
export function extractCsv({ bytes, content_type }: FileContent): Extracted {
  const decoded = decode(bytes);
  // Excel names the separator in this line.
  const [first = "", separator] = /^sep=(.)\n/.exec(decoded.text) ?? [];
  const { data, errors } = Papa.parse<string[]>(decoded.text.slice(first.length), {
    delimiter: separator ?? (content_type === "text/tab-separated-values" ? "\t" : ""),
    delimitersToGuess: [",", ";", "\t", "|"],
    skipEmptyLines: "greedy",
    preview: MAX_ROWS + 2,
  });
  const warnings = [...decoded.warnings];
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0);
  const head = data[0] ?? [];
  const isHead = isHeader(head);
  const rows = isHead ? data.slice(1) : data;
  if (rows.length > MAX_ROWS) {
    const message = `Only the first ${MAX_ROWS} rows were read.`;
    warnings.push({ code: "rows_beyond_limit", message });
  }
  if (columns > MAX_COLUMNS) {
    const message = `Only the first ${MAX_COLUMNS} of ${columns} columns were read.`;
    warnings.push({ code: "columns_beyond_limit", message });
  }
  if (errors.some(({ type }) => type === "Quotes")) {
    const message = "A quoted value does not end; rows after it may be wrong.";
    warnings.push({ code: "quote_unclosed", message });
  }
  const names = Array.from({ length: Math.min(columns, MAX_COLUMNS) }, (_, index) => {
    const name = isHead ? oneLine(head[index] ?? "") : "";
    return name === "" ? `column ${index + 1}` : name;
  });
  const kept = rows.slice(0, MAX_ROWS).map((row) => row.slice(0, MAX_COLUMNS));
  // A file with one column is a list of lines, not a table.
  const text = columns === 1 ? `${data.flat().join("\n")}\n` : formatRecords(names, kept);
  return { title: null, text: data.length === 0 ? "" : text, headings: [], metadata: {}, warnings };
}

/** Whether a row holds column names: words, each only once. A row of values has numbers or repeats a value. */
function isHeader(row: readonly string[]): boolean {
  const names = row.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  return (
    names.length > 0 &&
    new Set(names).size === names.length &&
    names.every((name) => !/^[-+\d.,:/ €$£%]+$/.test(name))
  );
}
