import iconv from "iconv-lite";
import { oneLine } from "../../core/one-line.ts";
import type { Extracted, FileContent } from "../extractor.ts";
import { createTextWriter, type TextWriter } from "../text-writer.ts";
import { readTokens, type Token } from "./rtf/tokens.ts";

/** The text of an RTF file as Markdown: paragraphs, list items, tables, footnotes. Leaves out hidden and deleted text. */
export function extractRtf({ bytes }: FileContent): Extracted {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
  // Outlook ends it with a NUL.
  const source = all.replaceAll("\0", "");
  if (!source.trimStart().startsWith("{\\rtf")) throw new Error("it does not begin as RTF");
  const reading = startReading();
  for (const token of readTokens(source)) take(reading, token);
  endParagraph(reading);
  endTable(reading);
  for (const [index, note] of reading.notes.entries()) {
    reading.writer.block(`[^${index + 1}]: ${oneLine(note)}`);
  }
  const { text, headings, warnings } = reading.writer.finish();
  if (reading.hidden_chars > 0) {
    const message = `Text that the document hides was left out: ${reading.hidden_chars} characters.`;
    warnings.unshift({ code: "hidden_text", message });
  }
  const metadata = Object.fromEntries(
    Object.entries(reading.fields).map(([name, value]) => [name, oneLine(value)]),
  );
  return { title: metadata["title"] ?? null, text, headings, metadata, warnings };
}

/** Where the text of a group goes. */
type Target = "body" | "list mark" | "note" | "fonts" | "nowhere" | { field: string };

/** What a group sets, and its end takes back. */
interface Group {
  target: Target;
  /** The number of the current font. */
  font: number;
  /** How many pieces after a Unicode character repeat it for older programs. */
  unicodeSkip: number;
  isHidden: boolean;
  isDeleted: boolean;
}

interface Reading {
  writer: TextWriter;
  groups: Group[];
  group: Group;
  /** Code pages by the number of the font. */
  fonts: Map<number, string>;
  codePage: string;
  /** Bytes that are not decoded yet, since a character may have two. */
  bytes: number[];
  skip: number;
  /** Whether a group has just begun: its first word says what it is for. */
  isFresh: boolean;
  /** Whether that word may be left out by programs that don't know it. */
  isOptional: boolean;
  words: string[];
  listMark: string;
  note: string | undefined;
  notes: string[];
  /** The open row, and the rows of the open table. */
  cells: string[] | undefined;
  rows: string[][];
  isInTable: boolean;
  fields: Record<string, string>;
  hidden_chars: number;
}

const CODE_PAGES: Readonly<Record<number, string>> = {
  77: "macintosh",
  128: "cp932",
  129: "cp949",
  134: "cp936",
  136: "cp950",
  161: "cp1253",
  162: "cp1254",
  163: "cp1258",
  177: "cp1255",
  178: "cp1256",
  186: "cp1257",
  204: "cp1251",
  222: "cp874",
  238: "cp1250",
  255: "cp437",
};
const MAX_GROUPS = 10_000;
// Outlook writes it in fonts whose code page does not have it.
const NO_BREAK_SPACE = 0xa0;

function startReading(): Reading {
  const group: Group = {
    target: "body",
    font: -1,
    unicodeSkip: 1,
    isHidden: false,
    isDeleted: false,
  };
  return {
    writer: createTextWriter(),
    groups: [],
    group,
    fonts: new Map(),
    codePage: "cp1252",
    bytes: [],
    skip: 0,
    isFresh: false,
    isOptional: false,
    words: [],
    listMark: "",
    note: undefined,
    notes: [],
    cells: undefined,
    rows: [],
    isInTable: false,
    fields: {},
    hidden_chars: 0,
  };
}

function take(reading: Reading, token: Token): void {
  if (token.kind === "byte") {
    reading.isFresh = false;
    if (reading.skip > 0) reading.skip -= 1;
    else if (token.byte === NO_BREAK_SPACE && reading.bytes.length === 0) addText(reading, " ");
    else reading.bytes.push(token.byte);
    return;
  }
  // A second byte of a character may be ASCII.
  const { bytes } = reading;
  if (token.kind === "text" && bytes.length > 0 && isHalf(reading)) {
    bytes.push(token.text.codePointAt(0) ?? 0);
    flush(reading);
    addText(reading, token.text.slice(1));
    return;
  }
  flush(reading);
  switch (token.kind) {
    case "open":
      if (reading.groups.length > MAX_GROUPS) throw new Error("its groups are nested too deeply");
      reading.groups.push(reading.group);
      reading.group = { ...reading.group };
      reading.skip = 0;
      reading.isFresh = true;
      break;
    case "close":
      endGroup(reading);
      break;
    case "text": {
      const skipped = Math.min(reading.skip, token.text.length);
      reading.skip -= skipped;
      addText(reading, token.text.slice(skipped));
      break;
    }
    case "word":
      takeWord(reading, token.name, token.value);
      break;
  }
}

function endGroup(reading: Reading): void {
  const { group, groups } = reading;
  const outer = groups.pop();
  reading.skip = 0;
  reading.isFresh = false;
  if (outer === undefined) return;
  if (group.target === "note" && outer.target !== "note" && reading.note !== undefined) {
    reading.notes.push(reading.note);
    reading.note = undefined;
  }
  reading.group = outer;
}

/** Whether the bytes so far are the first half of a character. */
function isHalf(reading: Reading): boolean {
  const page = pageOf(reading);
  if (!/^cp9(?:32|36|49|50)$/u.test(page)) return false;
  return iconv.decode(Buffer.from(reading.bytes), page).endsWith("\ufffd");
}

function pageOf({ fonts, group, codePage }: Reading): string {
  return fonts.get(group.font) ?? codePage;
}

function flush(reading: Reading): void {
  if (reading.bytes.length === 0) return;
  const text = iconv.decode(Buffer.from(reading.bytes), pageOf(reading));
  reading.bytes = [];
  addText(reading, text);
}

function addText(reading: Reading, text: string): void {
  const { group } = reading;
  const { target } = group;
  reading.isFresh = false;
  if (target === "nowhere" || target === "fonts" || group.isDeleted) return;
  if (typeof target === "object") {
    reading.fields[target.field] = `${reading.fields[target.field] ?? ""}${text}`;
  } else if (target === "list mark") reading.listMark += text;
  else if (group.isHidden) reading.hidden_chars += text.trim().length;
  else if (target === "note") reading.note = `${reading.note ?? ""}${text}`;
  else reading.words.push(text);
}

const FIELDS: Readonly<Record<string, string>> = {
  title: "title",
  author: "author",
  subject: "subject",
  keywords: "keywords",
};
// Groups whose text is not of the document.
const NOWHERE = new Set(
  (
    "colortbl stylesheet info pict objdata header headerl headerr headerf footer footerl footerr footerf " +
    "listtable listoverridetable rsidtbl generator themedata datastore xmlnstbl latentstyles fldinst ftnsep " +
    "ftnsepc aftnsep aftnsepc revtbl filetbl operator creatim revtim printim company category manager doccomm " +
    "bkmkstart bkmkend shpinst template private nonshppict xe tc"
  ).split(" "),
);
// Optional groups that have text all the same.
const SHOWN = new Set(["shppict", "shptxt", "footnote", "pntext", "listtext", "ud", "annotation"]);
const CHARACTERS: Readonly<Record<string, string>> = {
  tab: "\t",
  line: "\n",
  lquote: "‘",
  rquote: "’",
  ldblquote: "“",
  rdblquote: "”",
  emdash: "—",
  endash: "–",
  bullet: "•",
  "~": "\u00a0",
  _: "-",
  "\\": "\\",
  "{": "{",
  "}": "}",
};

function takeWord(reading: Reading, name: string, value: number | undefined): void {
  const { group } = reading;
  const { isFresh, isOptional } = reading;
  reading.isFresh = false;
  reading.isOptional = isFresh && name === "*";
  if (name === "*") return;
  if (NOWHERE.has(name) || (isOptional && !SHOWN.has(name))) {
    if (group.target !== "fonts") group.target = "nowhere";
    // The title is in the group of what the file says of itself.
    return;
  }
  const field = FIELDS[name];
  if (field !== undefined) {
    group.target = { field };
    return;
  }
  const character = CHARACTERS[name];
  if (character !== undefined) addText(reading, character);
  else if (!setsPage(reading, name, value)) SETTERS[name]?.(reading, value);
}

/** Whether a control word is about fonts and code pages. */
function setsPage(reading: Reading, name: string, value = 0): boolean {
  const { group, fonts } = reading;
  switch (name) {
    case "ansicpg":
      if (iconv.encodingExists(`cp${value}`)) reading.codePage = `cp${value}`;
      return true;
    case "mac":
      reading.codePage = "macintosh";
      return true;
    case "pc":
      reading.codePage = "cp437";
      return true;
    case "pca":
      reading.codePage = "cp850";
      return true;
    case "fonttbl":
      group.target = "fonts";
      return true;
    case "f":
    case "deff":
      group.font = value;
      return true;
    case "fcharset": {
      const page = CODE_PAGES[value];
      if (group.target === "fonts" && page !== undefined) fonts.set(group.font, page);
      return true;
    }
    default:
      return false;
  }
}

const SETTERS: Readonly<Record<string, (reading: Reading, value: number | undefined) => void>> = {
  u(reading, value = 0) {
    const code = value < 0 ? value + 0x1_00_00 : value;
    addText(reading, String.fromCharCode(code));
    reading.skip = reading.group.unicodeSkip;
  },
  uc({ group }, value = 1) {
    group.unicodeSkip = Math.min(Math.max(value, 0), 100);
  },
  plain({ group }) {
    group.isHidden = false;
    group.isDeleted = false;
  },
  v({ group }, value = 1) {
    group.isHidden = value !== 0;
  },
  deleted({ group }, value = 1) {
    group.isDeleted = value !== 0;
  },
  listtext({ group }) {
    group.target = "list mark";
  },
  pntext({ group }) {
    group.target = "list mark";
  },
  footnote(reading) {
    addText(reading, `[^${reading.notes.length + 1}]`);
    reading.group.target = "note";
  },
  pard(reading) {
    reading.isInTable = false;
  },
  intbl(reading) {
    reading.isInTable = true;
  },
  par: endParagraph,
  sect: endParagraph,
  page: endParagraph,
  cell: endCell,
  nestcell: endCell,
  row: endRow,
  nestrow: endRow,
};

function endParagraph(reading: Reading): void {
  const { group, isInTable, writer } = reading;
  if (group.target !== "body") {
    if (group.target === "note") addText(reading, " ");
    return;
  }
  if (isInTable) {
    reading.words.push("\n");
    return;
  }
  const text = takeText(reading);
  const mark = oneLine(reading.listMark);
  reading.listMark = "";
  if (text === "") return;
  endTable(reading);
  if (mark === "") writer.block(text);
  else {
    const marker = /[\p{L}\p{N}]/u.test(mark) ? `${mark} ` : "- ";
    writer.block(text, { indent: marker.length, marker });
  }
}

function takeText(reading: Reading): string {
  const text = reading.words
    .join("")
    .replaceAll(/[^\S\n]+/gu, " ")
    .trim();
  reading.words = [];
  return text;
}

function endCell(reading: Reading): void {
  const mark = oneLine(reading.listMark);
  reading.listMark = "";
  const text = takeText(reading)
    .split("\n")
    .map(oneLine)
    .filter((line) => line !== "");
  reading.cells ??= [];
  reading.cells.push(`${mark === "" ? "" : `${mark} `}${text.join("; ")}`);
}

function endRow(reading: Reading): void {
  if (reading.cells?.some((cell) => cell !== "")) reading.rows.push(reading.cells);
  reading.cells = undefined;
}

function endTable(reading: Reading): void {
  endRow(reading);
  const { rows, writer } = reading;
  reading.rows = [];
  if (rows.length === 0) return;
  if (rows.every((row) => row.length === 1)) for (const [cell = ""] of rows) writer.block(cell);
  else writer.table(rows);
}
