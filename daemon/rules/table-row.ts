import type { Document } from "../protocol/document.ts";
import { isRecord } from "../core/record.ts";

/** A row of a table: the first one of a table names its columns. */
export interface Row {
  isHeader: boolean;
  cells: string[];
  /** 0-based, its first line. */
  first: number;
}

// Far more than the records of one document.
const MAX_ROWS = 2_000;
const MAX_NODES = 100_000;
const MAX_COLUMNS = 50;
const MAX_CELL = 2_000;
// A value is looked for within so many characters of the one before it.
const NEAR = 50_000;

/** The rows of a CSV, TSV or JSON document; empty for any other. */
export function readRows(document: Document): Row[] {
  switch (document.content_type) {
    case "text/csv":
    case "text/tab-separated-values":
      return readRecords(document.text) ?? readDelimited(document.text);
    case "application/json":
      return readRecords(document.text) ?? readJson(document.text);
    default:
      return [];
  }
}

const FIELD = /^([^\s:][^:]{0,59}):(?: (.*))?$/u;

/**
 * The rows of a document that is written record by record, as `name: value` lines with a blank line between records;
 * undefined for any other.
 */
function readRecords(text: string): Row[] | undefined {
  const records: { fields: Map<string, string>; first: number }[] = [];
  let record: (typeof records)[number] | undefined;
  let name = "";
  for (const [number, line] of text.split("\n").entries()) {
    if (line.trim() === "") {
      record = undefined;
      continue;
    }
    const field = FIELD.exec(line);
    if (record !== undefined && line.startsWith("  ")) {
      const before = record.fields.get(name) ?? "";
      record.fields.set(name, `${before}${before === "" ? "" : " "}${line.trim()}`);
    } else if (field === null) return undefined;
    else {
      if (record === undefined) {
        if (records.length === MAX_ROWS) break;
        record = { fields: new Map(), first: number };
        records.push(record);
      }
      name = field[1] ?? "";
      record.fields.set(name, field[2] ?? "");
    }
  }
  const names = [...new Set(records.slice(0, 50).flatMap(({ fields }) => [...fields.keys()]))];
  const columns = names.slice(0, MAX_COLUMNS);
  if (records.length === 0 || columns.length < 2) return undefined;
  const rows = records.map(({ fields, first }) => ({
    isHeader: false,
    cells: columns.map((column) => (fields.get(column) ?? "").slice(0, MAX_CELL)),
    first,
  }));
  return [{ isHeader: true, cells: columns.map(inWords), first: 0 }, ...rows];
}

/** The cells of a line of a Markdown table; null for the line below the header, undefined for any other line. */
export function readTableLine(line: string): string[] | null | undefined {
  const text = line.trim();
  if (!text.startsWith("|") || text.length < 3) return undefined;
  if (/^[|:\s-]+$/u.test(text) && text.includes("-")) return null;
  const inner = text.slice(1, text.endsWith("|") && !text.endsWith("\\|") ? -1 : undefined);
  return inner
    .split(/(?<!\\)\|/u)
    .slice(0, MAX_COLUMNS)
    .map((cell) => cell.trim());
}

function readDelimited(text: string): Row[] {
  const end = text.indexOf("\n");
  const head = text.slice(0, end === -1 ? undefined : end);
  const [delimiter = ","] = [",", ";", "\t", "|"]
    .map((sign) => ({ sign, count: head.split(sign).length }))
    .toSorted((left, right) => right.count - left.count)
    .map(({ sign }) => sign);
  const rows: Row[] = [];
  let cells: string[] = [];
  let cell = "";
  let hasText = false;
  let isQuoted = false;
  let line = 0;
  let first = 0;
  const endCell = (): void => {
    cells.push(cell.trim());
    cell = "";
    hasText = false;
  };
  const endRow = (): void => {
    endCell();
    const isBlank = cells.every((one) => one === "");
    if (!isBlank) rows.push({ isHeader: rows.length === 0, cells, first });
    cells = [];
  };
  for (let index = 0; index < text.length && rows.length < MAX_ROWS; index += 1) {
    const sign = text.charAt(index);
    if (isQuoted) {
      if (sign !== '"') cell += sign === "\n" ? " " : sign;
      else if (text.charAt(index + 1) === '"') cell += text.charAt((index += 1));
      else isQuoted = false;
    } else if (sign === '"' && !hasText) {
      isQuoted = true;
      hasText = true;
      cell = "";
    } else if (sign === delimiter) endCell();
    else if (sign === "\n") endRow();
    else {
      cell += sign;
      hasText ||= sign !== " ";
    }
    if (sign === "\n") {
      line += 1;
      if (!isQuoted) first = line;
    }
  }
  if (cell !== "" || cells.length > 0) endRow();
  return rows;
}

function readJson(text: string): Row[] {
  const rows: Row[] = [];
  let cursor = 0;
  let line = 0;
  const lineOf = (values: readonly unknown[]): number => {
    const value = values.find((one) => typeof one === "string" && one.length > 2);
    const near = text.slice(cursor, cursor + NEAR);
    const index = value === undefined ? -1 : near.indexOf(JSON.stringify(value).slice(1, -1));
    if (index !== -1) {
      line += near.slice(0, index).split("\n").length - 1;
      cursor += index;
    }
    return line;
  };
  // Depth first and in order, without recursion: a document may be nested to any depth.
  const open: unknown[] = parseJson(text);
  const openAll = (values: readonly unknown[]): void => {
    for (const one of values.slice(0, MAX_NODES).toReversed()) open.push(one);
  };
  for (let nodes = 0; open.length > 0 && nodes < MAX_NODES; nodes += 1) {
    const value = open.pop();
    if (!Array.isArray(value)) {
      if (isRecord(value)) openAll(Object.values(value));
      continue;
    }
    const records = value.slice(0, MAX_ROWS - rows.length).filter(isRecord);
    const keys = [...new Set(records.slice(0, 50).flatMap((one) => Object.keys(one)))];
    const columns = keys.slice(0, MAX_COLUMNS);
    if (columns.length > 1) {
      const isDue = (key: string): boolean =>
        records.some((one) => datesOf(one[key]) !== undefined);
      const names = columns.map((key) => (isDue(key) ? "due" : inWords(key)));
      rows.push({ isHeader: true, cells: names, first: line });
      for (const record of records) {
        const values = columns.map((key) => datesOf(record[key]) ?? record[key]);
        rows.push({ isHeader: false, cells: values.map(toCell), first: lineOf(values) });
      }
    }
    openAll(value);
  }
  return rows;
}

/** The value of a JSON text in a list, or a list with the lines of JSONL as one list. */
function parseJson(text: string): unknown[] {
  const parse = (part: string): unknown[] => {
    try {
      return [JSON.parse(part)];
    } catch {
      return [];
    }
  };
  const whole = parse(text);
  if (whole.length > 0) return whole;
  return [text.split("\n").slice(0, MAX_ROWS).flatMap(parse)];
}

/** The due date in an object, such as the milestone of an issue, or undefined. */
function datesOf(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const key = Object.keys(value).find((one) => /^(?:due|deadline)/iu.test(one));
  return key === undefined ? undefined : value[key];
}

/** Changes "dueDate" and "due_date" to "due date". */
function inWords(key: string): string {
  return key.replaceAll(/(?<=\p{Ll})(?=\p{Lu})|[_-]/gu, " ");
}

/** The text of a value, of a list of values, or the name of an object; nothing deeper. */
function toCell(value: unknown): string {
  const values: unknown[] = Array.isArray(value) ? value.slice(0, 10) : [value];
  return values.map(toText).filter(Boolean).join(", ").slice(0, MAX_CELL);
}

function toText(value: unknown): string {
  const one = isRecord(value) ? (value["name"] ?? value["login"] ?? value["title"]) : value;
  return typeof one === "string" || typeof one === "number" || typeof one === "boolean"
    ? String(one)
    : "";
}
