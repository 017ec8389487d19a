import Papa from "papaparse";
import { decode } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatRows, isHeader } from "../records.ts";

const MAX_ROWS = 20_000;
const MAX_COLUMNS = 500;

/** Comma- or tab-separated values as a table, or as records with the name of the column before each value. */
export function extractCsv({ bytes, content_type }: FileContent): Extracted {
  const decoded = decode(bytes);
  // Excel names the separator in this line.
  const [first = "", separator] = /^sep=(.)\n/.exec(decoded.text) ?? [];
  const parse = (quoteChar: string) =>
    Papa.parse<string[]>(decoded.text.slice(first.length), {
      delimiter: separator ?? (content_type === "text/tab-separated-values" ? "\t" : ""),
      delimitersToGuess: [",", ";", "\t", "|"],
      skipEmptyLines: "greedy",
      preview: MAX_ROWS + 2,
      quoteChar,
    });
  const quoted = parse('"');
  const isUnclosed = quoted.errors.some(({ type }) => type === "Quotes");
  // A quote that does not end would swallow all rows after it, so quotes are then characters as any.
  const data = isUnclosed ? parse("\0").data.map((row) => row.map(withoutQuote)) : quoted.data;
  const warnings = [...decoded.warnings];
  const columns = data.reduce((most, row) => Math.max(most, row.length), 0);
  const headRows = isHeader(data[0] ?? []) ? 1 : 0;
  if (data.length > headRows + MAX_ROWS) {
    const message = `Only the first ${MAX_ROWS} rows were read.`;
    warnings.push({ code: "rows_beyond_limit", message });
  }
  if (columns > MAX_COLUMNS) {
    const message = `Only the first ${MAX_COLUMNS} of ${columns} columns were read.`;
    warnings.push({ code: "columns_beyond_limit", message });
  }
  if (isUnclosed) {
    const message = "A quoted value does not end, so quotes were read as part of the values.";
    warnings.push({ code: "quote_unclosed", message });
  }
  const kept = data.slice(0, headRows + MAX_ROWS).map((row) => row.slice(0, MAX_COLUMNS));
  // A file with one column is a list of lines, not a table.
  const text = columns === 1 ? `${data.flat().join("\n")}\n` : formatRows(kept);
  return { title: null, text: data.length === 0 ? "" : text, headings: [], metadata: {}, warnings };
}

/** A value without the quote at one of its ends that has no other. */
function withoutQuote(value: string): string {
  const pair = /^"([^]*)"$/u.exec(value)?.[1];
  return pair ?? value.replace(/^"|"$/u, "");
}
