import type { Warning } from "../../protocol/warning.ts";
import { isRecord } from "../../core/record.ts";
import { decodeSource } from "../decode.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { formatJson } from "../json-layout.ts";
import { formatFields } from "../records.ts";

const MAX_RECORDS = 20_000;
// The longest line that is still easy to read.
const LINE_CHARS = 200;

/** JSON in readable lines with numbers unchanged; JSON Lines record by record. */
export function extractJson({ bytes }: FileContent): Extracted {
  const decoded = decodeSource(bytes);
  const { text, warnings } = format(decoded.text);
  return {
    title: null,
    text,
    headings: [],
    metadata: {},
    warnings: [...decoded.warnings, ...warnings],
  };
}

function format(text: string): { text: string; warnings: Warning[] } {
  if (parse(text) !== undefined) {
    const isReadable =
      !/\\[u/]/u.test(text) && text.split("\n").every((line) => line.length <= LINE_CHARS);
    return { text: isReadable ? text : formatJson(text), warnings: [] };
  }
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const records = lines.slice(0, MAX_RECORDS).map(parse);
  const broken = records.filter((record) => record === undefined).length;
  if (lines.length < 2 || broken * 2 > records.length) {
    const message = "It is not valid JSON, and was read as plain text.";
    return { text, warnings: [{ code: "invalid_json", message }] };
  }
  const warnings: Warning[] = [];
  if (lines.length > MAX_RECORDS) {
    const message = `Only the first ${MAX_RECORDS} lines were read.`;
    warnings.push({ code: "rows_beyond_limit", message });
  }
  if (broken > 0) {
    const message = `Lines that are not valid JSON: ${broken}; they stand as they are.`;
    warnings.push({ code: "invalid_json_lines", message });
  }
  const formatted = records.map((record, index) => formatRecord(record, lines[index] ?? ""));
  return { text: `${formatted.join("\n\n")}\n`, warnings };
}

/** The value of a JSON text; undefined if it is not valid. */
function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}

/** An object as `name: value` lines; anything else as its line is. */
function formatRecord(record: unknown, line: string): string {
  if (!isRecord(record)) return line.trim();
  const fields = Object.entries(record).map(([name, value]): [string, string] => [
    name,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return formatFields(fields);
}
