import Papa from "papaparse";
import { decode } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatRecords } from "../records.ts";
import { oneLine } from "../text-writer.ts";

const MAX_ROWS = 20_000;
const MAX_COLUMNS = 500;

/** Comma- or tab-separated values as a table or as records, each value with the name of its column. */
export function extractCsv({ bytes, content_type }: FileContent): Extracted {
  const decoded = decode(bytes);
  // Excel's way to say what separates.
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
  if (rows.length > MAX_ROWS) warnings.push(`Only the first ${MAX_ROWS} rows were read.`);
  if (columns > MAX_COLUMNS) {
    warnings.push(`Only the first ${MAX_COLUMNS} of ${columns} columns were read.`);
  }
  if (errors.some(({ type }) => type === "Quotes")) {
    warnings.push("A quoted value does not end; rows after it may be wrong.");
  }
  const names = Array.from({ length: Math.min(columns, MAX_COLUMNS) }, (_, index) => {
    const name = isHead ? oneLine(head[index] ?? "") : "";
    return name === "" ? `column ${index + 1}` : name;
  });
  const kept = rows.slice(0, MAX_ROWS).map((row) => row.slice(0, MAX_COLUMNS));
  // A file of one column is no table but lines.
  const text = columns === 1 ? `${data.flat().join("\n")}\n` : formatRecords(names, kept);
  return { title: null, text: data.length === 0 ? "" : text, headings: [], metadata: {}, warnings };
}

/** Names are words, and each stands once; a row of values has numbers or says the same twice. */
function isHeader(row: readonly string[]): boolean {
  const names = row.map((name) => name.trim().toLowerCase()).filter((name) => name !== "");
  return (
    names.length > 0 &&
    new Set(names).size === names.length &&
    names.every((n) => !/^[-+\d.,:/ €$£%]+$/.test(n))
  );
}
